package commands

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/cleantext"
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
		sources tokenSources
		want    string // the token, or a part of the error
	}{
		{"environment first", tokenSources{environment: "from-env", credential: credential, file: good}, "from-env"},
		{"systemd next, whatever its mode", tokenSources{credential: credential, file: good}, "from-systemd"},
		{"systemd without ours", tokenSources{credential: filepath.Join(dir, "none"), file: good}, "from-file"},
		{"file", tokenSources{file: good}, "from-file"},
		{"command", tokenSources{command: "echo from-$((40+2))"}, "from-42"},
		{"none", tokenSources{server: "h.example"}, "error: no access token for h.example given"},
		{"both", tokenSources{file: good, command: "true"}, "error: access_token_file and access_token_command are both set"},
		{"of another server", tokenSources{file: good, server: "h.example", foreign: "other.example"}, "error: the access token in the config file is for other.example, not for h.example"},
		{"of another server, in the environment", tokenSources{environment: "secret", server: "h.example", foreignEnvironment: "other.example"},
			"error: the access token in TOOTFILL_ACCESS_TOKEN is for other.example, not for h.example"},
		{"of another server, from systemd", tokenSources{credential: credential, file: good, server: "h.example", foreignEnvironment: "other.example"},
			"error: the access token in " + credential + " is for other.example, not for h.example"},
		{"of another server, but not there", tokenSources{credential: filepath.Join(dir, "none"), file: good, server: "h.example", foreignEnvironment: "other.example"}, "from-file"},
		{"readable by all", tokenSources{file: open}, "error: other users can read the access token in " + open + " (mode 0644)"},
		{"readable by the group", tokenSources{file: group}, "error: other users can read the access token in " + group + " (mode 0640)"},
		{"missing file", tokenSources{file: filepath.Join(dir, "none")}, "error: reading the access token: open "},
		{"folder", tokenSources{file: dir}, "error: "},
		{"empty", tokenSources{file: empty}, "error: there is no access token in " + empty},
		{"spaces", tokenSources{file: spaces}, "error: the access token in " + spaces + " contains spaces"},
		{"two lines", tokenSources{file: lines}, "error: the access token in " + lines + " contains spaces"},
		{"escapes", tokenSources{file: escape}, "error: the access token in " + escape + " contains spaces"},
		{"huge", tokenSources{file: huge}, "error: the content of " + huge + " is too long"},
		{"failing command", tokenSources{command: "echo secret; exit 3"}, "error: access_token_command failed: exit status 3"},
		{"endless command", tokenSources{command: "yes secret | head -c 9000000"}, "error: the content of access_token_command is too long"},
		{"silent command", tokenSources{command: "true"}, "error: there is no access token in access_token_command"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token, err := tt.sources.token(context.Background(), &bytes.Buffer{})
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
			var usage *usageError
			var wrong *tokenError
			if !errors.As(err, &usage) && !errors.As(err, &wrong) {
				t.Errorf("%T", err)
			}
			if message, hint := explain(err); strings.Contains(message+hint, "secret") {
				t.Errorf("the error shows the token: %s, %s", message, hint)
			}
		})
	}
}

func TestTokenCommandSpeaksOnStderrAndCanBeInterrupted(t *testing.T) {
	var stderr bytes.Buffer
	token, err := tokenSources{command: "echo asking >&2; echo t"}.token(context.Background(), &stderr)
	if token != "t" || err != nil || stderr.String() != "asking\n" {
		t.Errorf("%q, %v, %q", token, err, stderr.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (tokenSources{command: "sleep 60"}).token(ctx, &stderr); err == nil {
		t.Error("an interrupted command gave a token")
	}
}

func TestTokenHint(t *testing.T) {
	_, hint := explain(tokenSources{server: "h.example"}.missing("none"))
	for _, want := range []string{"https://h.example/settings/applications/new", "read:search", "read:accounts", "read:statuses", "read:follows"} {
		if !strings.Contains(hint, want) {
			t.Errorf("the hint lacks %s: %s", want, hint)
		}
	}
	if hint := tokenHint("http://127.0.0.1:3000"); !strings.Contains(hint, " http://127.0.0.1:3000/settings") {
		t.Error(hint)
	}
}

func TestFindToken(t *testing.T) {
	c := configFile{Server: "https://H.example/", AccessTokenFile: "/t", path: "/etc/tootfill/config.toml"}
	if got := findToken("h.example", c, getenv()); got.foreign != "" || got.file != "/t" {
		t.Errorf("%+v", got)
	}
	for _, same := range []string{"H.example.", "https://h.example:443", " h.example/"} {
		if got := findToken(same, c, getenv()); got.foreign != "" || got.foreignEnvironment != "" {
			t.Errorf("%q: %+v", same, got)
		}
	}
	for _, other := range []string{"http://h.example", "h.example:8443", "x.h.example"} {
		if got := findToken(other, c, getenv()); got.foreign == "" || got.foreignEnvironment == "" {
			t.Errorf("%q: %+v", other, got)
		}
	}
	// In CI both stand in the environment, and belong together.
	both := getenv("TOOTFILL_SERVER", "other.example", "TOOTFILL_ACCESS_TOKEN", "t")
	if got := findToken("other.example", c, both); got.foreignEnvironment != "" || got.foreign == "" {
		t.Errorf("%+v", got)
	}
	if got := findToken("h.example", c, both); got.foreignEnvironment != "other.example" {
		t.Errorf("%+v", got)
	}
	if got := findToken("h.example", configFile{}, getenv("TOOTFILL_ACCESS_TOKEN", "t")); got.foreignEnvironment != "" {
		t.Errorf("%+v", got)
	}
	got := findToken("other.example", c, getenv("CREDENTIALS_DIRECTORY", "/run/c"))
	if got.foreign == "" || got.credential != "/run/c/access_token" {
		t.Errorf("%+v", got)
	}
}

func TestTokenHintOfOtherSoftware(t *testing.T) {
	for software, want := range map[string]string{
		"":           "https://h.example/settings/applications/new",
		"mastodon":   "https://h.example/settings/applications/new",
		"gotosocial": "https://h.example/settings/user/applications/new",
		"pleroma":    "https://h.example/api/v1/apps",
		"akkoma":     "https://h.example/api/v1/apps",
	} {
		hint := tokenHintFor("h.example", software)
		for _, part := range []string{want, "read:accounts read:follows read:search read:statuses", "access_token_file", "TOOTFILL_ACCESS_TOKEN"} {
			if !strings.Contains(hint, part) {
				t.Errorf("%s: %q is missing in %s", software, part, hint)
			}
		}
		if mastodons := strings.Contains(hint, "Preferences"); mastodons != (want == "https://h.example/settings/applications/new") {
			t.Errorf("%s: %s", software, hint)
		}
		if shown := cleantext.Line(hint, errorWidth); shown != hint {
			t.Errorf("%s: the hint is cut: %s", software, shown)
		}
	}
}
