package postgres

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"

	"tootfill/backfill"
)

func fromEnv(pairs ...string) (Options, error) {
	env := map[string]string{"LOCAL_DOMAIN": "home.example"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return OptionsFromEnv(func(name string) string { return env[name] })
}

func TestOptionsFromEnv(t *testing.T) {
	standard := Options{
		Host: "localhost", Port: "5432", Name: "mastodon_production", User: "mastodon", SSLMode: "prefer",
		LocalDomain: "home.example", WebDomain: "home.example",
	}
	with := func(change func(*Options)) Options {
		o := standard
		change(&o)
		return o
	}
	for name, tt := range map[string]struct {
		env  []string
		want Options
	}{
		"nothing": {nil, standard},
		"empty":   {[]string{"DB_HOST", "", "DB_PORT", "", "DB_PASS", "", "DATABASE_URL", " ", "WEB_DOMAIN", ""}, standard},
		"parts": {[]string{"DB_HOST", "/var/run/postgresql", "DB_PORT", "5433", "DB_NAME", "m", "DB_USER", "u", "DB_PASS", " p w ", "DB_SSLMODE", "require"},
			with(func(o *Options) {
				o.Host, o.Port, o.Name, o.User, o.Password, o.SSLMode = "/var/run/postgresql", "5433", "m", "u", " p w ", "require"
			})},
		"web domain": {[]string{"LOCAL_DOMAIN", "Home.EXAMPLE", "WEB_DOMAIN", "Bücher.example"},
			with(func(o *Options) { o.WebDomain = "xn--bcher-kva.example" })},
		"local port": {[]string{"LOCAL_DOMAIN", "localhost:3000"},
			with(func(o *Options) { o.LocalDomain, o.WebDomain = "localhost:3000", "localhost:3000" })},
		"replica is left alone": {[]string{"REPLICA_DB_HOST", "replica", "REPLICA_DATABASE_URL", "postgres://x@replica/y"}, standard},
		"url": {[]string{"DATABASE_URL", "postgres://u:p%40s%2Fs@db.example:6432/m?sslmode=verify-full&pool=5&prepared_statements=false&sslrootcert=/ca.pem"},
			with(func(o *Options) {
				o.Host, o.Port, o.Name, o.User, o.Password, o.SSLMode = "db.example", "6432", "m", "u", "p@s/s", "verify-full"
				o.Parameters, o.fromURL = map[string]string{"sslrootcert": "/ca.pem"}, true
			})},
		"url over parts": {[]string{"DATABASE_URL", "postgresql://db.example", "DB_HOST", "other", "DB_NAME", "m", "DB_PASS", "p"},
			with(func(o *Options) { o.Host, o.Name, o.Password, o.fromURL = "db.example", "m", "p", true })},
		"url with a folder": {[]string{"DATABASE_URL", "postgres://u@%2Fvar%2Frun%2Fpostgresql/m"},
			with(func(o *Options) { o.Host, o.User, o.Name, o.fromURL = "/var/run/postgresql", "u", "m", true })},
		"url with a host below": {[]string{"DATABASE_URL", "postgres:///m?host=/run/pg&port=5433&user=u"},
			with(func(o *Options) { o.Host, o.Port, o.User, o.Name, o.fromURL = "/run/pg", "5433", "u", "m", true })},
		"url with addresses": {[]string{"DATABASE_URL", "postgres://[2001:db8::1]:6432,db2/m"},
			with(func(o *Options) { o.Host, o.Port, o.Name, o.fromURL = "2001:db8::1,db2", "6432,5432", "m", true })},
		"url with an at": {[]string{"DATABASE_URL", "postgres://u:a@b@db/m"},
			with(func(o *Options) { o.Host, o.User, o.Password, o.Name, o.fromURL = "db", "u", "a@b", "m", true })},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fromEnv(tt.env...)
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(got.Parameters, tt.want.Parameters) {
				t.Errorf("parameters %v, want %v", got.Parameters, tt.want.Parameters)
			}
			got.Parameters, tt.want.Parameters = nil, nil
			if fields(got) != fields(tt.want) {
				t.Errorf("options %s, want %s", fields(got), fields(tt.want))
			}
		})
	}
}

// fields writes options as text, so that they can be compared, password included.
func fields(o Options) string {
	return fmt.Sprintf("%q", []string{o.Host, o.Port, o.Name, o.User, o.Password, o.SSLMode, o.LocalDomain, o.WebDomain, fmt.Sprint(o.fromURL)})
}

func TestOptionsFromEnvRefuses(t *testing.T) {
	for _, tt := range []struct {
		env  []string
		want string
	}{
		{[]string{"LOCAL_DOMAIN", ""}, "LOCAL_DOMAIN is not set"},
		{[]string{"LOCAL_DOMAIN", "\"home.example\""}, "LOCAL_DOMAIN"},
		{[]string{"WEB_DOMAIN", "https://home.example/"}, "WEB_DOMAIN"},
		{[]string{"DB_PORT", "hunter2"}, "DB_PORT is not a port"},
		{[]string{"DB_PORT", "0"}, "DB_PORT is not a port"},
		{[]string{"DB_PORT", "65536"}, "DB_PORT is not a port"},
		{[]string{"DB_SSLMODE", "hunter2"}, "DB_SSLMODE is not one of"},
		{[]string{"DB_PASS", "hunter2\nx"}, "DB_PASS holds a control"},
		{[]string{"DB_HOST", "hunter2\x00"}, "DB_HOST holds a control"},
		{[]string{"DATABASE_URL", "hunter2"}, "DATABASE_URL is not of the form"},
		{[]string{"DATABASE_URL", "mysql://u:hunter2@db/m"}, "DATABASE_URL is not of the form"},
		{[]string{"DATABASE_URL", "postgres://u:hunter2%zz@db/m"}, "DATABASE_URL is not of the form"},
		{[]string{"DATABASE_URL", "postgres://u:hunter2@db:x/m"}, "the PORT in DATABASE_URL"},
		{[]string{"DATABASE_URL", "postgres://u:hunter2@a:b:c/m"}, "DATABASE_URL is not of the form"},
		{[]string{"DATABASE_URL", "postgres://u:hunter2@[::1]x/m"}, "DATABASE_URL is not of the form"},
		{[]string{"DATABASE_URL", "postgres://u:hunter2@db/m?sslmode=off"}, "the SSLMODE in DATABASE_URL"},
		{[]string{"DATABASE_URL", "postgres://u:hunter2@db/m?x=%zz"}, "DATABASE_URL is not of the form"},
		{[]string{"DATABASE_URL", "postgres://u:1/hunter2@db/m"}, "percent sign"},
		{[]string{"DATABASE_URL", "postgres://u:1?hunter2@db/m"}, "percent sign"},
		{[]string{"DATABASE_URL", "postgres://u:1#hunter2@db/m"}, "percent sign"},
		{[]string{"DATABASE_URL", "postgres://u:1@2/hunter2@db/m"}, "percent sign"},
	} {
		o, err := fromEnv(tt.env...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, %v, want an error with %q", tt.env, o, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error shows a value: %v", tt.env, err)
		}
	}
	_, err := fromEnv("LOCAL_DOMAIN", "")
	var hinted *backfill.Hinted
	if !errors.As(err, &hinted) || hinted.Hint.Kind != backfill.FindVariable {
		t.Errorf("without a domain: %v", err)
	}
}

func TestOptionsHideThePassword(t *testing.T) {
	o, err := fromEnv("DB_PASS", "hunter2", "DB_HOST", "db.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(verb, o)
		if strings.Contains(text, "hunter2") || !strings.Contains(text, "db.example:5432") {
			t.Errorf("%s shows %s", verb, text)
		}
	}
	if text := fmt.Sprintf("%+v", &Database{options: o}); strings.Contains(text, "hunter2") || !strings.Contains(text, "db.example:5432") {
		t.Errorf("a database shows %s", text)
	}
}

func TestConfig(t *testing.T) {
	o, err := fromEnv("DB_PASS", `a' b\`, "DB_NAME", `it's`, "DB_USER", `back\slash`, "DB_SSLMODE", "disable")
	if err != nil {
		t.Fatal(err)
	}
	c, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	if c.Password != o.Password || c.Database != o.Name || c.User != o.User || c.Host != "localhost" || c.Port != 5432 || c.TLSConfig != nil {
		t.Errorf("config: %q %q %q %q %d", c.Password, c.Database, c.User, c.Host, c.Port)
	}
	// PgBouncer accepts few startup parameters.
	if len(c.RuntimeParams) != 1 || c.RuntimeParams["application_name"] != "tootfill" {
		t.Errorf("parameters with the connection: %v", c.RuntimeParams)
	}
	o.SSLMode, o.Parameters = "verify-full", map[string]string{"sslrootcert": "/none/ca.pem", "sslpassword": "hunter2"}
	if _, err := o.config(); err == nil || !strings.Contains(err.Error(), "/none/ca.pem") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a certificate that is not there: %v", err)
	}
}

func FuzzTakeURL(f *testing.F) {
	for _, s := range []string{
		"postgres://u:p@h:1/d?sslmode=prefer", "postgresql://%2Ftmp/d", "postgres://[::1]:5432,h/d", "postgres:///", "postgres://@", "postgres://u:a@b@c#d",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := fromEnv("DATABASE_URL", text)
		if err != nil {
			return
		}
		if _, err := o.config(); err != nil && strings.Contains(err.Error(), "cannot parse") {
			t.Errorf("%q: the driver does not understand %s: %v", text, o, err)
		}
		if u, err := url.Parse(text); err == nil && u.User != nil && u.Host != "" && u.RawQuery == "" {
			if password, _ := u.User.Password(); password != o.Password {
				t.Errorf("%q: password %q, want %q", text, o.Password, password)
			}
		}
	})
}
