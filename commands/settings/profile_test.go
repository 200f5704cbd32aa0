package settings

import (
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
)

const twoHomes = `
server = "top.example"
access_token_file = "top"
[signing]
key_id = "https://top.example/actor#main-key"
private_key_file = "top.pem"
[limits]
accounts = 8
[profiles.work]
server = "work.example"
access_token_file = "work"
[profiles.bare]
server = "bare.example"
`

// TestProfiles: a flag takes precedence over the environment, and that over the file;
// no token goes to a server that it is not for.
func TestProfiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, ".config/tootfill/config.toml"), twoHomes, 0o600)
	for _, name := range []string{"top", "work"} {
		write(t, filepath.Join(dir, ".config/tootfill", name), "token-"+name, 0o600)
	}
	for _, c := range []struct {
		flags         Flags
		env           []string
		server, token string // no token if empty
		signs         bool
	}{
		{Flags{}, nil, "top.example", "token-top", true},
		{Flags{Profile: "work"}, nil, "work.example", "token-work", false},
		{Flags{}, []string{"TOOTFILL_PROFILE", "work"}, "work.example", "token-work", false},
		{Flags{Profile: "work"}, []string{"TOOTFILL_PROFILE", "bare"}, "work.example", "token-work", false},
		{Flags{Profile: "work"}, []string{"TOOTFILL_SERVER", "env.example", "TOOTFILL_ACCESS_TOKEN", "token-env"}, "work.example", "token-work", false},
		{Flags{}, []string{"TOOTFILL_PROFILE", "work", "TOOTFILL_SERVER", "env.example", "TOOTFILL_ACCESS_TOKEN", "token-env"}, "env.example", "token-env", false},
		{Flags{}, []string{"TOOTFILL_PROFILE", "work", "TOOTFILL_ACCESS_TOKEN", "token-env"}, "work.example", "token-env", false},
		{Flags{}, []string{"TOOTFILL_PROFILE", "work", "TOOTFILL_SERVER", "env.example"}, "env.example", "", false},
		{Flags{Profile: "bare"}, nil, "bare.example", "", false},
		{Flags{Profile: "bare"}, []string{"TOOTFILL_ACCESS_TOKEN", "token-top"}, "bare.example", "", false},
		{Flags{Profile: "bare"}, []string{"TOOTFILL_SERVER", "env.example", "TOOTFILL_ACCESS_TOKEN", "token-env"}, "bare.example", "", false},
		{Flags{Profile: "bare"}, []string{"TOOTFILL_SERVER", "https://BARE.example/", "TOOTFILL_ACCESS_TOKEN", "token-bare"}, "bare.example", "token-bare", false},
		{Flags{Profile: "work", Server: "flag.example"}, nil, "flag.example", "", false},
		{Flags{Profile: "work", Server: "work.example"}, nil, "work.example", "token-work", false},
	} {
		s, err := readerOf(backfilltest.Environment(append(c.env, "HOME", dir)...)).Read(c.flags, ByAPI)
		if err != nil {
			t.Errorf("%+v, %v: %v", c.flags, c.env, err)
			continue
		}
		token, err := s.Token.Read(t.Context(), nil)
		if s.Server != c.server || token != c.token || (err == nil) != (c.token != "") || (s.Signing.ID != "") != c.signs || s.Accounts != 8 {
			t.Errorf("%+v, %v: %s, %q, %v, %+v", c.flags, c.env, s.Server, token, err, s.Signing)
		}
	}
}

func TestUnknownProfiles(t *testing.T) {
	dir := t.TempDir()
	config := write(t, filepath.Join(dir, "config.toml"), twoHomes, 0o600)
	for name, want := range map[string][2]string{
		"wrok":  {config + ": there is no profile wrok", "did you mean work?"},
		"other": {config + ": there is no profile other", "known profiles are bare, work; tootfill login --profile other makes it"},
		"a.b":   {`"a.b" is not the name of a profile`, "use up to 64 letters"},
	} {
		_, err := readerOf(backfilltest.Environment("HOME", dir)).Read(Flags{Profile: name, Config: config}, ByAPI)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if message, hint := told(err); message != want[0] || !strings.HasPrefix(hint, want[1]) {
			t.Errorf("%s: %q, %q", name, message, hint)
		}
	}
	for text, want := range map[string]string{
		"[profiles.x]\nservr = 'a'":             "c.toml, line 2: unknown key profiles.x.servr",
		"[profiles.x.signing]\nkey = 'a'":       "c.toml, line 2: unknown key profiles.x.signing.key",
		"[profiles.x.limits]\naccounts = 2":     "c.toml, line 1: unknown key profiles.x.limits",
		"[profiles]\nserver = 'a'":              "c.toml, line 2: profiles.server must be a table, not a string",
		"[profiles.x]\naccess_token_file = 1\n": "c.toml, line 2: profiles.x.access_token_file must be a string, not a whole number",
	} {
		if _, err := parseConfig("c.toml", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
