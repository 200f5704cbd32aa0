package settings

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
)

func find(getenv func(string) string, o Flags, file configFile) (*Installation, error) {
	return readerOf(getenv).findInstallation(places{flags: o, getenv: getenv, file: file})
}

func TestFindInstallation(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	named := write(t, filepath.Join(dir, "named.env"), "LOCAL_DOMAIN=Named.example\nREDIS_HOST=memory\n", 0o600)
	web := write(t, filepath.Join(dir, "web.env"), "LOCAL_DOMAIN=split.example\nWEB_DOMAIN=social.split.example\n", 0o600)
	config := parsed(t, filepath.Join(dir, "config.toml"), `env_file = "web.env"`)
	if i, err := find(backfilltest.Environment(), Flags{}, configFile{}); i != nil || err != nil {
		t.Errorf("nowhere: %+v, %v", i, err)
	}
	// In a container, the environment says everything or nothing.
	around := []string{"LOCAL_DOMAIN", "around.example", "DB_HOST", "db", "REDIS_URL", "redis://redis:6379"}
	i, err := find(backfilltest.Environment(around...), Flags{}, configFile{})
	if err != nil || i == nil || i.Host != "around.example" || i.Getenv("DB_HOST") != "db" || i.happened {
		t.Errorf("around: %+v, %v", i, err)
	}
	if other, err := i.servingOnly("else.example"); other != nil || err != nil {
		t.Errorf("around another server: %+v, %v", other, err)
	}
	if i, err := find(backfilltest.Environment("LOCAL_DOMAIN", "a.example", "DATABASE_URL", "postgres://u@h/d", "SIDEKIQ_REDIS_SENTINELS", "s", "SIDEKIQ_REDIS_SENTINEL_MASTER", "m"), Flags{}, configFile{}); i == nil || err != nil {
		t.Errorf("by the other variables: %+v, %v", i, err)
	}
	for at := 0; at < len(around); at += 2 {
		part := slices.Delete(slices.Clone(around), at, at+2)
		if i, err := find(backfilltest.Environment(part...), Flags{}, configFile{}); i != nil || err != nil {
			t.Errorf("without %s: %+v, %v", around[at], i, err)
		}
	}
	var usage *Error
	if _, err := find(backfilltest.Environment(append(around, "DB_PORT", "x")...), Flags{}, configFile{}); !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), "the environment: DB_PORT") {
		t.Errorf("a bad variable: %v", err)
	}
	write(t, filepath.Join(dir, envFileName), "LOCAL_DOMAIN=here.example\n", 0o600)
	tests := []struct {
		flag     string
		config   configFile
		env      []string
		host     string
		happened bool
	}{
		{"", configFile{}, nil, "here.example", true},
		{"", config, nil, "social.split.example", false},
		{"", config, []string{"TOOTFILL_ENV_FILE", named}, "named.example", false},
		{named, config, []string{"TOOTFILL_ENV_FILE", web}, "named.example", false},
		{named, config, []string{"LOCAL_DOMAIN", "real.example"}, "real.example", false},
		{"/dev/null", configFile{}, []string{"LOCAL_DOMAIN", "container.example"}, "container.example", false},
	}
	for _, tt := range tests {
		i, err := find(backfilltest.Environment(tt.env...), Flags{EnvFile: tt.flag}, tt.config)
		if err != nil || i.Host != tt.host || i.happened != tt.happened {
			t.Errorf("%+v: %+v, %v", tt, i, err)
		}
	}
}

func TestInstallationErrors(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                                   "LOCAL_DOMAIN is not set",
		"LOCAL_DOMAIN=h.example\nDB_PORT=x":  "DB_PORT is not a port",
		"LOCAL_DOMAIN=h.example\nREDIS_DB=x": "REDIS_DB names a database",
		"LOCAL_DOMAIN=h.example\nDB_PORT=x\nDB_PASS=$(echo hunter2)":            "line 3: DB_PASS takes the output of a command",
		"LOCAL_DOMAIN=h.example\nX=`hunter2`$(y)\nREDIS_URL=redis://:$X@h:6379": "line 3: REDIS_URL takes the output of a command",
		"LOCAL_DOMAIN=h.example\nDATABASE_URL=postgres://u:hunter2@:x:/y":       "DATABASE_URL",
		"LOCAL_DOMAIN=h.example\nSIDEKIQ_REDIS_URL=ftp://u:hunter2@redis:6379":  "SIDEKIQ_REDIS_URL is not a URL",
	} {
		path := write(t, filepath.Join(dir, "x.env"), text, 0o600)
		_, err := find(backfilltest.Environment(), Flags{EnvFile: path}, configFile{})
		var usage *Error
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), path+": ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error()+usage.Hint.About, "hunter2") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestHomeOfTheSettings(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	named := write(t, filepath.Join(dir, "named.env"), "LOCAL_DOMAIN=home.example\nWEB_DOMAIN=social.home.example\n", 0o600)
	env := []string{"HOME", dir, "TOOTFILL_ACCESS_TOKEN", "secret"}
	tests := []struct {
		name         string
		flags        Flags
		access       Access
		server       string
		installation bool
		token        bool
	}{
		{"its own", Flags{EnvFile: named}, ByAny, "social.home.example", true, true},
		{"with its server", Flags{EnvFile: named, Server: "HTTPS://Social.home.example/"}, ByAny, "HTTPS://Social.home.example/", true, true},
		{"with its domain", Flags{EnvFile: named, Server: "home.example"}, ByInstallation, "home.example", true, true},
		{"not looked for", Flags{EnvFile: named, Server: "home.example"}, ByAPI, "home.example", false, true},
		{"nothing at hand", Flags{}, AtHand, "", false, false},
	}
	for _, tt := range tests {
		s, err := readerOf(backfilltest.Environment(env...)).Read(tt.flags, tt.access)
		if err != nil || s.Server != tt.server || (s.Installation != nil) != tt.installation || (s.Token.environment != "") != tt.token {
			t.Errorf("%s: %+v, %v", tt.name, s, err)
		}
	}
	write(t, filepath.Join(dir, envFileName), "LOCAL_DOMAIN=here.example\n", 0o600)
	s, err := readerOf(backfilltest.Environment(env...)).Read(Flags{}, ByAny)
	if err != nil || s.Server != "here.example" || s.Token.environment != "" {
		t.Errorf("a token for a folder's server: %+v, %v", s, err)
	}
	s, err = readerOf(backfilltest.Environment(env...)).Read(Flags{Server: "else.example"}, ByAny)
	if err != nil || s.Server != "else.example" || s.Installation != nil {
		t.Errorf("another server's folder: %+v, %v", s, err)
	}
	if _, err = readerOf(backfilltest.Environment(env...)).Read(Flags{Server: "else.example", EnvFile: named}, ByAny); !isUsage(err) {
		t.Errorf("another server's file: %v", err)
	}
	if _, err = readerOf(backfilltest.Environment(env...)).Read(Flags{Server: "else.example"}, ByInstallation); !isUsage(err) {
		t.Errorf("no installation for route sidekiq: %v", err)
	}
}

func isUsage(err error) bool {
	var usage *Error
	return errors.As(err, &usage)
}

func TestChoices(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "config.toml"), `
server = "home.example"
rest_on_secure_origins = true
respect_indexable = true
[signing]
key_id = "https://home.example/actor#main-key"
private_key_file = "key.pem"
[listing]
max_pages = 7
max_items = 70
[sidekiq]
max_waiting = 5
max_latency = "2m"
[replies]
threads = 3
per_post = 4
per_account = 44
`, 0o644)
	s, err := readerOf(backfilltest.Environment("HOME", dir)).Read(Flags{Config: path}, ByAny)
	if err != nil {
		t.Fatal(err)
	}
	want := SigningKey{ID: "https://home.example/actor#main-key", file: filepath.Join(dir, "key.pem"), line: path + ", line 7"}
	if !s.RestOnSecureOrigins || !s.RespectIndexable || s.Signing != want || s.MaxPages != 7 || s.MaxItems != 70 ||
		s.MaxWaiting != 5 || s.MaxLatency != 2*time.Minute || s.Threads != 3 || s.RepliesPerPost != 4 || s.RepliesPerAccount != 44 {
		t.Errorf("%+v", s)
	}
	s, err = readerOf(backfilltest.Environment("HOME", t.TempDir())).Read(Flags{Server: "home.example"}, ByAny)
	if err != nil || s.MaxWaiting != 200 || s.MaxLatency != time.Minute || s.RespectIndexable || s.RestOnSecureOrigins {
		t.Errorf("defaults: %+v, %v", s, err)
	}
	for _, text := range []string{
		"[sidekiq]\nmax_latency = \"soon\"", "[sidekiq]\nmax_latency = \"0\"",
		"[signing]\nkey_id = \"https://h.example/actor\"", "[signing]\nkey_id = \"ftp://h\"\nprivate_key_file = \"x\"",
	} {
		path := write(t, filepath.Join(dir, "wrong.toml"), text, 0o644)
		if _, err := readerOf(backfilltest.Environment("HOME", dir)).Read(Flags{Config: path, Server: "home.example"}, ByAny); !isUsage(err) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
