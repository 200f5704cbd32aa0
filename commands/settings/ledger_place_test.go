package settings

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func TestParseLedgerPlace(t *testing.T) {
	for text, shown := range map[string]string{
		"postgres://":                                                "postgres://",
		"postgres://db.example":                                      "postgres://db.example",
		"PostgreSQL://db.example/x":                                  "postgresql://db.example/x",
		"postgres:///ledger?host=/var/run/postgresql":                "postgres:///ledger?host=/var/run/postgresql",
		"postgres://%2Fvar%2Frun/ledger":                             "postgres://%2Fvar%2Frun/ledger",
		"postgres://role@one:1,[::1]:2,three/l?sslmode=verify-full":  "postgres://role@one:1,[::1]:2,three/l?sslmode=verify-full",
		"postgres://role:marker@db.example:5433/ledger":              "postgres://role:********@db.example:5433/ledger",
		"postgres://role:#?marker@db.example/ledger":                 "postgres://role:********@db.example/ledger",
		"postgres://:marker@/ledger":                                 "postgres://:********@/ledger",
		"postgres://h/l?password=marker&sslmode=require":             "postgres://h/l?password=********&sslmode=require",
		"postgres://h/l?sslpassword=marker":                          "postgres://h/l?sslpassword=********",
		"postgres://h/l?p%61ssword=marker":                           "postgres://h/l?p%61ssword=********",
		"postgres://h/l?password=":                                   "postgres://h/l?password=",
		"postgres://role@h/l?application_name=a%20b&passfile=/a%40b": "postgres://role@h/l?application_name=a%20b&passfile=/a%40b",
	} {
		p, err := ParseLedgerPlace(text)
		if err != nil || !p.InDatabase() || p.IsNone() || p.Folder != "" || p.String() != shown || fmt.Sprintf("%#v", p) != shown {
			t.Errorf("%s: %s, folder %q, %v", text, p, p.Folder, err)
		}
		if p.HasPassword() != strings.Contains(text, "marker") || strings.Contains(fmt.Sprintf("%v %+v", p, p), "marker") {
			t.Errorf("%s: %+v, password %t", text, p, p.HasPassword())
		}
		if scheme, rest, _ := strings.Cut(text, "://"); p.Address() != strings.ToLower(scheme)+"://"+rest {
			t.Errorf("%s: address %s", text, p.Address())
		}
	}
	for _, folder := range []string{"", "/var/lib/tootfill", "postgres", "a:b", "./postgres://x"} {
		p, err := ParseLedgerPlace(folder)
		if err != nil || p.InDatabase() || p.Folder != folder || p.IsNone() != (folder == "") {
			t.Errorf("%q: %+v, %v", folder, p, err)
		}
	}
	// Each may have a piece of a password in the wrong place.
	for _, text := range []string{
		"mysql://u:marker@h/d", "postgress://u:marker@h/d", "postgres:/u:marker@h/d", "postgresql:u:marker@h/d",
		"postgres://u:mar/ker@h/d", "postgres://u:m@rker@h/d", "postgres://u:12/marker@h", "postgres://u:marker", "postgres://h:0/d",
		"postgres://h:65536/d", "postgres://u:marker @h/d", "postgres://u:marker\n@h/d", "postgres://h/d?marker", "postgres://h/d?marker=1",
		"postgres://h?password=marker@h/d", "postgres://h/d?%zz=marker", "postgres://h/d?sslmode=a&pasword=marker",
	} {
		_, err := ParseLedgerPlace(text)
		var unusable *addressError
		if !errors.As(err, &unusable) || unusable.hint == "" || strings.Contains(unusable.message+unusable.hint, "mark") {
			t.Errorf("%q: %v", text, err)
		}
		if shown := shownPlace(text); shown != hidden {
			t.Errorf("%q is shown as %s", text, shown)
		}
	}
}

// ledgerOf reads where the ledger is.
func ledgerOf(t *testing.T, o Flags, env ...string) (Settings, error) {
	t.Helper()
	env = append([]string{"HOME", "/h", "TOOTFILL_SERVER", "h.example"}, env...)
	return readerOf(backfilltest.Environment(env...)).Read(o, ByAPI)
}

func TestLedgerInADatabase(t *testing.T) {
	const marker = "postgres://role:marker@db.example/ledger"
	config := filepath.Join(t.TempDir(), "config.toml")
	text := "state = \"" + marker + "\"\n"
	wrong := func(err error, want string) {
		t.Helper()
		var failed *Error
		if !errors.As(err, &failed) || !strings.Contains(failed.Message, want) || failed.Hint == (backfill.Hint{}) || strings.Contains(fmt.Sprintf("%v %+v", err, failed.Hint), "marker") {
			t.Errorf("%v, want %s and a hint", err, want)
		}
	}
	good := func(s Settings, err error, from string) {
		t.Helper()
		if err != nil || s.Ledger.Address() != marker || s.Ledger.From != from || s.SandboxDir != "" {
			t.Errorf("%+v, from %q, %v", s.Ledger, s.Ledger.From, err)
		}
		for _, v := range s.Values() {
			if v.Key == "state" && (v.Text != "postgres://role:********@db.example/ledger" || v.From == "default") {
				t.Errorf("%+v", v)
			}
		}
	}
	s, err := ledgerOf(t, Flags{}, "TOOTFILL_STATE", marker)
	good(s, err, "TOOTFILL_STATE")
	write(t, config, text, 0o600)
	s, err = ledgerOf(t, Flags{Config: config})
	good(s, err, config+", line 1: state")

	_, err = ledgerOf(t, Flags{State: marker})
	wrong(err, "--state holds a password")
	_, err = ledgerOf(t, Flags{State: marker, Sandbox: true})
	wrong(err, "--state holds a password")
	_, err = ledgerOf(t, Flags{State: "postgres://h/l?sslpassword=marker"})
	wrong(err, "--state holds a password")
	_, err = ledgerOf(t, Flags{State: "postgres://h:marker/l"})
	wrong(err, "--state: the address")
	write(t, config, text, 0o640)
	_, err = ledgerOf(t, Flags{Config: config})
	wrong(err, config+", line 1: state: other users can read the password of the ledger's database in "+config+" (mode 0640)")
	s, err = ledgerOf(t, Flags{Config: config}, "CREDENTIALS_DIRECTORY", filepath.Dir(config))
	good(s, err, config+", line 1: state")
	s, err = ledgerOf(t, Flags{Config: config, State: "/folder"})
	if err != nil || s.Ledger.Folder != "/folder" {
		t.Errorf("a flag takes precedence: %+v, %v", s.Ledger, err)
	}
}

// The sandbox is a folder even if its ledger is in a database.
func TestSandboxDir(t *testing.T) {
	s, err := ledgerOf(t, Flags{Sandbox: true, State: "postgres://db.example"}, "TOOTFILL_STATE", "/other")
	if err != nil || !s.Ledger.InDatabase() || s.SandboxDir != "/h/.local/state/tootfill/sandbox" {
		t.Errorf("%+v, %s, %v", s.Ledger, s.SandboxDir, err)
	}
	s, err = ledgerOf(t, Flags{Sandbox: true, State: "dir"})
	if err != nil || s.Ledger.Folder != "dir" || s.SandboxDir != "dir" {
		t.Errorf("%+v, %s, %v", s.Ledger, s.SandboxDir, err)
	}
	if s, err = ledgerOf(t, Flags{Sandbox: true}, "TOOTFILL_STATE", "/other"); err != nil || !s.Ledger.IsNone() || s.SandboxDir != "" {
		t.Errorf("%+v, %s, %v", s.Ledger, s.SandboxDir, err)
	}
}
