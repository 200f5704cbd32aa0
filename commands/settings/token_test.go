package settings

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
)

func TestTokenSources(t *testing.T) {
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "good"), "from-file\n", 0o600)
	open := write(t, filepath.Join(dir, "open token"), "from-file\n", 0o644)
	group := write(t, filepath.Join(dir, "group"), "from-file\n", 0o640)
	empty := write(t, filepath.Join(dir, "empty"), "\n", 0o600)
	spaces := write(t, filepath.Join(dir, "spaces"), "secret one\n", 0o600)
	lines := write(t, filepath.Join(dir, "lines"), "secret\none\n", 0o600)
	escape := write(t, filepath.Join(dir, "escape"), "secret\x1b[m", 0o600)
	huge := write(t, filepath.Join(dir, "huge"), strings.Repeat("secret", tokenSize), 0o600)
	credential := write(t, filepath.Join(dir, "cred/access_token"), "from-systemd", 0o644)

	tests := []struct {
		name    string
		sources Token
		want    string // the token, or a part of the error
	}{
		{"environment first", Token{environment: "from-env", credential: credential, file: good}, "from-env"},
		{"systemd next, whatever its mode", Token{credential: credential, file: good}, "from-systemd"},
		{"systemd without ours", Token{credential: filepath.Join(dir, "none"), file: good}, "from-file"},
		{"file", Token{file: good}, "from-file"},
		{"command", Token{command: "echo from-$((40+2))"}, "from-42"},
		{"none", Token{server: "h.example"}, "error: no access token for h.example given"},
		{"both", Token{file: good, command: "true"}, "error: access_token_file and access_token_command are both set"},
		{"of another server", Token{file: good, server: "h.example", foreign: "other.example"}, "error: the access token in the config file is for other.example, not for h.example"},
		{"of another server, in the environment", Token{environment: "secret", server: "h.example", foreignEnvironment: "other.example"},
			"error: the access token in TOOTFILL_ACCESS_TOKEN is for other.example, not for h.example"},
		{"of another server, from systemd", Token{credential: credential, file: good, server: "h.example", foreignEnvironment: "other.example"},
			"error: the access token in " + credential + " is for other.example, not for h.example"},
		{"of another server, but not there", Token{credential: filepath.Join(dir, "none"), file: good, server: "h.example", foreignEnvironment: "other.example"}, "from-file"},
		{"readable by all", Token{file: open}, "error: other users can read the access token in " + open + " (mode 0644)"},
		{"readable by the group", Token{file: group}, "error: other users can read the access token in " + group + " (mode 0640)"},
		{"missing file", Token{file: filepath.Join(dir, "none")}, "error: reading the access token: open "},
		{"folder", Token{file: dir}, "error: "},
		{"empty", Token{file: empty}, "error: there is no access token in " + empty},
		{"spaces", Token{file: spaces}, "error: the access token in " + spaces + " contains spaces"},
		{"two lines", Token{file: lines}, "error: the access token in " + lines + " contains spaces"},
		{"escapes", Token{file: escape}, "error: the access token in " + escape + " contains spaces"},
		{"huge", Token{file: huge}, "error: the content of " + huge + " is too long"},
		{"failing command", Token{command: "echo secret; exit 3"}, "error: access_token_command failed: exit status 3"},
		{"endless command", Token{command: "yes secret | head -c 9000000"}, "error: the content of access_token_command is too long"},
		{"silent command", Token{command: "true"}, "error: there is no access token in access_token_command"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token, err := tt.sources.Read(context.Background(), &bytes.Buffer{})
			want, failing := strings.CutPrefix(tt.want, "error: ")
			if !failing {
				if token != want || err != nil {
					t.Errorf("%q, %v", token, err)
				}
				return
			}
			if err == nil || token != "" || !strings.HasPrefix(err.Error(), want) {
				t.Fatalf("%q, %v", token, err)
			}
			var usage *Error
			var wrong *TokenError
			if !errors.As(err, &usage) && !errors.As(err, &wrong) {
				t.Errorf("%T", err)
			}
			if message, hint := told(err); strings.Contains(message+hint, "secret") {
				t.Errorf("the error shows the token: %s, %s", message, hint)
			}
		})
	}
}

func TestTokenCommandWritesToStderrAndCanBeInterrupted(t *testing.T) {
	var stderr bytes.Buffer
	token, err := Token{command: "echo asking >&2; echo t"}.Read(context.Background(), &stderr)
	if token != "t" || err != nil || stderr.String() != "asking\n" {
		t.Errorf("%q, %v, %q", token, err, stderr.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Token{command: "sleep 60"}).Read(ctx, &stderr); err == nil {
		t.Error("an interrupted command gave a token")
	}
}

func TestFindToken(t *testing.T) {
	c := parsed(t, "/etc/tootfill/config.toml", "server = \"https://H.example/\"\naccess_token_file = \"/t\"")
	find := func(getenv func(string) string, server string, file configFile) Token {
		return readerOf(getenv).findToken(server, places{getenv: getenv, file: file})
	}
	if got := find(backfilltest.Environment(), "h.example", c); got.foreign != "" || got.file != "/t" {
		t.Errorf("%+v", got)
	}
	for _, same := range []string{"H.example.", "https://h.example:443", " h.example/"} {
		if got := find(backfilltest.Environment(), same, c); got.foreign != "" || got.foreignEnvironment != "" {
			t.Errorf("%q: %+v", same, got)
		}
	}
	for _, other := range []string{"http://h.example", "h.example:8443", "x.h.example"} {
		if got := find(backfilltest.Environment(), other, c); got.foreign == "" || got.foreignEnvironment == "" {
			t.Errorf("%q: %+v", other, got)
		}
	}
	// In CI both are in the environment, and belong together.
	both := backfilltest.Environment("TOOTFILL_SERVER", "other.example", "TOOTFILL_ACCESS_TOKEN", "t")
	if got := find(both, "other.example", c); got.foreignEnvironment != "" || got.foreign == "" {
		t.Errorf("%+v", got)
	}
	if got := find(both, "h.example", c); got.foreignEnvironment != "other.example" {
		t.Errorf("%+v", got)
	}
	if got := find(backfilltest.Environment("TOOTFILL_ACCESS_TOKEN", "t"), "h.example", configFile{}); got.foreignEnvironment != "" {
		t.Errorf("%+v", got)
	}
	got := find(backfilltest.Environment("CREDENTIALS_DIRECTORY", "/run/c"), "other.example", c)
	if got.foreign == "" || got.credential != "/run/c/access_token" {
		t.Errorf("%+v", got)
	}
}

// told returns everything that an error says.
func told(err error) (message, hint string) {
	var setting *Error
	var token *TokenError
	switch {
	case errors.As(err, &setting):
		hint = setting.Hint.About
	case errors.As(err, &token):
		hint = token.Hint.About
	}
	return err.Error(), hint
}
