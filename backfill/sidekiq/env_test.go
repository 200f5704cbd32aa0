package sidekiq

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestOptionsFromEnv(t *testing.T) {
	base := func(r Redis) Redis {
		if r.Network == "" {
			r.Network = "tcp"
		}
		return r
	}
	const hostPort = "REDIS_HOST and REDIS_PORT"
	const sentinels = "REDIS_SENTINELS and REDIS_SENTINEL_MASTER"
	for name, tt := range map[string]struct {
		env       map[string]string
		want      Redis
		namespace string
	}{
		"nothing": {want: Redis{Address: "localhost:6379", Variables: hostPort}},
		"parts": {
			env:  map[string]string{"REDIS_HOST": "db", "REDIS_PORT": "6380", "REDIS_DB": "3", "REDIS_USER": "u", "REDIS_PASSWORD": "p@:/+%"},
			want: Redis{Address: "db:6380", DB: 3, User: "u", Password: "p@:/+%", Variables: hostPort},
		},
		"empty counts as not set": {
			env:  map[string]string{"REDIS_URL": "", "SIDEKIQ_REDIS_URL": " ", "REDIS_HOST": "db", "REDIS_PORT": "", "REDIS_DB": ""},
			want: Redis{Address: "db:6379", Variables: hostPort},
		},
		"ipv6":       {env: map[string]string{"REDIS_HOST": "[::1]"}, want: Redis{Address: "[::1]:6379", Variables: hostPort}},
		"ipv6, bare": {env: map[string]string{"REDIS_HOST": "::1"}, want: Redis{Address: "[::1]:6379", Variables: hostPort}},
		"url before parts": {
			env:  map[string]string{"REDIS_URL": "redis://u:p%40ss@db:7000/2", "REDIS_HOST": "other", "REDIS_PASSWORD": "other", "REDIS_PORT": "x"},
			want: Redis{Address: "db:7000", DB: 2, User: "u", Password: "p@ss", Variables: "REDIS_URL"},
		},
		"sidekiq's url first": {
			env:  map[string]string{"SIDEKIQ_REDIS_URL": "rediss://sq", "REDIS_URL": "redis://db"},
			want: Redis{Address: "sq:6379", TLS: true, Variables: "SIDEKIQ_REDIS_URL"},
		},
		"sidekiq's host takes nothing from the others": {
			env:  map[string]string{"SIDEKIQ_REDIS_HOST": "sq", "REDIS_PASSWORD": "p", "REDIS_PORT": "7000", "REDIS_DB": "4", "REDIS_URL": "redis://db"},
			want: Redis{Address: "sq:6379", Variables: "SIDEKIQ_REDIS_HOST and SIDEKIQ_REDIS_PORT"},
		},
		"sidekiq's password without a host is nothing": {
			env:  map[string]string{"SIDEKIQ_REDIS_PASSWORD": "x", "REDIS_PASSWORD": "p"},
			want: Redis{Address: "localhost:6379", Password: "p", Variables: hostPort},
		},
		"a secret alone is the password": {
			env:  map[string]string{"REDIS_URL": "redis://s3cret@db"},
			want: Redis{Address: "db:6379", Password: "s3cret", Variables: "REDIS_URL"},
		},
		"no user": {env: map[string]string{"REDIS_URL": "redis://:a+b%2Bc@db/"}, want: Redis{Address: "db:6379", Password: "a b+c", Variables: "REDIS_URL"}},
		"no host": {env: map[string]string{"REDIS_URL": "redis:///5"}, want: Redis{Address: "localhost:6379", DB: 5, Variables: "REDIS_URL"}},
		"socket":  {env: map[string]string{"REDIS_URL": "unix:///run/redis.sock?db=2"}, want: Redis{Network: "unix", Address: "/run/redis.sock", DB: 2, Variables: "REDIS_URL"}},
		"sentinels": {
			env:  map[string]string{"REDIS_SENTINELS": "a, b:1234,,[::1]:5", "REDIS_SENTINEL_MASTER": "m", "REDIS_USER": "u", "REDIS_PASSWORD": "p", "REDIS_HOST": "other"},
			want: Redis{Master: "m", Sentinels: []string{"a:26379", "b:1234", "[::1]:5"}, User: "u", Password: "p", SentinelUser: "u", SentinelPassword: "p", Variables: sentinels},
		},
		"sentinels' own login and port": {
			env: map[string]string{"REDIS_SENTINELS": "a", "REDIS_SENTINEL_MASTER": "m", "REDIS_SENTINEL_PORT": "99", "REDIS_PASSWORD": "p",
				"REDIS_SENTINEL_USERNAME": "su", "REDIS_SENTINEL_PASSWORD": "sp", "REDIS_DB": "1"},
			want: Redis{Master: "m", Sentinels: []string{"a:99"}, Password: "p", SentinelUser: "su", SentinelPassword: "sp", DB: 1, Variables: sentinels},
		},
		"sentinels without a master": {env: map[string]string{"REDIS_SENTINELS": "a"}, want: Redis{Address: "localhost:6379", Variables: hostPort}},
		"sidekiq's sentinels": {
			env:  map[string]string{"SIDEKIQ_REDIS_SENTINELS": "a", "SIDEKIQ_REDIS_SENTINEL_MASTER": "m", "REDIS_URL": "redis://db"},
			want: Redis{Master: "m", Sentinels: []string{"a:26379"}, Variables: "SIDEKIQ_" + strings.ReplaceAll(sentinels, "and ", "and SIDEKIQ_")},
		},
		"namespace": {env: map[string]string{"REDIS_NAMESPACE": "mastodon"}, want: Redis{Address: "localhost:6379", Variables: hostPort}, namespace: "mastodon"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := OptionsFromEnv(func(name string) string { return tt.env[name] })
			if err != nil {
				t.Fatal(err)
			}
			if want := base(tt.want); !reflect.DeepEqual(got.Redis, want) || got.Namespace != tt.namespace {
				type plain Redis
				t.Errorf("got  %+v %q\nwant %+v %q", plain(got.Redis), got.Namespace, plain(want), tt.namespace)
			}
		})
	}
}

func TestOptionsFromEnvErrors(t *testing.T) {
	const secret = "hunter2"
	for _, tt := range []struct{ variable, value string }{
		{"REDIS_URL", "redis://u:hunter2@db:port/0"},
		{"REDIS_URL", "redis://u:hunter2#@db"},
		{"REDIS_URL", "redis://u:hunter2%zz@db"},
		{"REDIS_URL", "http://u:hunter2@db"},
		{"REDIS_URL", "hunter2"},
		{"REDIS_URL", "redis:hunter2"},
		{"REDIS_URL", "redis://db/hunter2"},
		{"REDIS_URL", "redis://db:70000/0"},
		{"REDIS_URL", "unix://hunter2/run/redis.sock"},
		{"SIDEKIQ_REDIS_URL", "redis://u:hunter2@[db"},
		{"REDIS_PORT", "hunter2"},
		{"REDIS_PORT", "0"},
		{"REDIS_DB", "hunter2"},
		{"REDIS_DB", "-1"},
		{"SIDEKIQ_REDIS_DB", "x"},
		{"REDIS_SENTINELS", "a:hunter2"},
		{"REDIS_SENTINELS", "redis://hunter2@a"},
	} {
		_, err := OptionsFromEnv(func(name string) string {
			if name == tt.variable {
				return tt.value
			}
			return ""
		})
		if err == nil {
			t.Errorf("%s=%s is accepted", tt.variable, tt.value)
			continue
		}
		if !strings.HasPrefix(err.Error(), tt.variable) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s=%s: %v", tt.variable, tt.value, err)
		}
	}
}

func TestRedisHidesPasswords(t *testing.T) {
	o := Options{Redis: Redis{Address: "db:6379", User: "u", Password: "hunter2", SentinelPassword: "hunter3"}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, o) + fmt.Sprintf(format, &o.Redis); strings.Contains(text, "hunter") {
			t.Errorf("%s writes %s", format, text)
		}
	}
}

func FuzzOptionsFromEnv(f *testing.F) {
	f.Add("redis://u:p@h:1/2", "", "", "", "", "", "")
	f.Add("", "host", "6379", "0", "secret", "a,b:1", "m")
	f.Add("unix:///x?db=1", "::1", "x", "-", "", ",", "")
	f.Fuzz(func(t *testing.T, url, host, port, db, password, sentinels, master string) {
		// Long enough to be recognised, whatever the rest of the message says.
		secret := "s3cret" + fmt.Sprintf("%x", password) + "t3rces"
		env := map[string]string{
			"REDIS_URL": url, "SIDEKIQ_REDIS_HOST": host, "REDIS_PORT": port, "REDIS_DB": db, "REDIS_PASSWORD": secret,
			"REDIS_SENTINELS": sentinels, "REDIS_SENTINEL_MASTER": master, "SIDEKIQ_REDIS_URL": "",
		}
		if url != "" {
			env["SIDEKIQ_REDIS_URL"] = url + secret
		}
		o, err := OptionsFromEnv(func(name string) string { return env[name] })
		if err != nil {
			if strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "REDIS_") {
				t.Fatalf("error: %v", err)
			}
			return
		}
		if o.Redis.Variables == "" || (o.Redis.Address == "") == (o.Redis.Master == "") || o.Redis.DB < 0 {
			t.Fatalf("%#v from %v", o, env)
		}
	})
}
