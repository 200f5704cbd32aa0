package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
)

func loginOf(t *testing.T, o Flags, env ...string) Login {
	t.Helper()
	l, err := readerOf(backfilltest.Environment(env...)).Login(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func save(t *testing.T, l Login, server, token string) {
	t.Helper()
	if err := l.Writable(); err != nil {
		t.Fatal(err)
	}
	if err := l.Save(server, Application{ID: "id-" + token, Secret: "secret"}, token); err != nil {
		t.Fatal(err)
	}
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestLogins: two logins of one file, their secrets, and what is left when they are
// gone.
func TestLogins(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, ".config/tootfill")
	save(t, loginOf(t, Flags{}, "HOME", home), "home.example", "t1")
	save(t, loginOf(t, Flags{Profile: "work"}, "HOME", home), "http://127.0.0.1:3000", "t2")
	want := newConfig + "server = \"home.example\"\naccess_token_file = \"access_token\"\n\n" +
		"[profiles.work]\nserver = \"http://127.0.0.1:3000\"\naccess_token_file = \"access_token_work\"\n"
	if got := contentOf(t, filepath.Join(dir, "config.toml")); got != want {
		t.Errorf("%q", got)
	}
	for _, name := range []string{"access_token", "access_token.client", "access_token_work", "access_token_work.client"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	work := loginOf(t, Flags{}, "HOME", home, "TOOTFILL_PROFILE", "work")
	app, token, err := work.Kept()
	if err != nil || token != "t2" || app != (Application{"http://127.0.0.1:3000", "id-t2", "secret"}) {
		t.Errorf("%+v, %q, %v", app, token, err)
	}
	if got := work.Replaces("other.example"); len(got) != 2 || !strings.HasPrefix(got[0], `server = "http://127.0.0.1:3000" of profile work in `) {
		t.Errorf("%q", got)
	}
	if err := work.Forget(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Errorf("%v, %v", files, err)
	}
	if got := contentOf(t, filepath.Join(dir, "config.toml")); got != strings.Replace(want, "access_token_file = \"access_token_work\"", "# access_token_file = \"access_token_work\"", 1) {
		t.Errorf("%q", got)
	}
	if _, _, err := loginOf(t, Flags{Profile: "work"}, "HOME", home).Kept(); err == nil {
		t.Error("it is still there")
	}
}

// TestSharedTokens: those who have the same token of the same server lose it together.
func TestSharedTokens(t *testing.T) {
	dir := t.TempDir()
	config := write(t, filepath.Join(dir, "config.toml"), `server = "https://home.example/"
access_token_file = "one"
[profiles.a]
server = "home.example"
access_token_file = "one"
[profiles.b]
server = "HOME.example"
access_token_file = "two"
[profiles.elsewhere]
server = "other.example"
access_token_file = "one"
[profiles.another]
server = "home.example"
access_token_file = "three"
[profiles.none]
server = "home.example"
`, 0o644)
	for name, token := range map[string]string{"one": "t", "two": "t\n", "three": "u"} {
		write(t, filepath.Join(dir, name), token, 0o600)
	}
	var names []string
	for _, l := range loginOf(t, Flags{Config: config, Profile: "b"}).Sharing("home.example", "t") {
		names = append(names, l.Profile)
		if err := l.Forget(); err != nil {
			t.Error(err)
		}
	}
	if strings.Join(names, ",") != "b,,a" {
		t.Errorf("%q", names)
	}
	if got := contentOf(t, config); strings.Count(got, "# access_token_file") != 3 {
		t.Errorf("%s", got)
	}
	if info, err := os.Stat(config); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestWhereALoginCannotBeKept(t *testing.T) {
	if _, err := readerOf(backfilltest.Environment()).Login(Flags{}); err == nil {
		t.Error("there is no home folder")
	}
	dir := t.TempDir()
	l := loginOf(t, Flags{Config: filepath.Join(dir, "folder", "config.toml")})
	write(t, filepath.Join(dir, "folder"), "", 0o600)
	if err := l.Writable(); err == nil || !strings.HasPrefix(err.Error(), "the login cannot be kept: ") {
		t.Errorf("%v", err)
	}
	odd := write(t, filepath.Join(dir, "config.toml"), "profiles = {work = {server = 'a.example'}}\n", 0o600)
	err := loginOf(t, Flags{Config: odd, Profile: "work"}).Save("b.example", Application{}, "t")
	if message, hint := told(err); message != odd+": "+errOddLayout.Error() || hint != `change these keys by hand: server = "b.example", access_token_file = "access_token_work"` {
		t.Errorf("%q, %q", message, hint)
	}
	if _, err := os.Stat(filepath.Join(dir, "access_token_work")); !os.IsNotExist(err) {
		t.Errorf("a token was kept: %v", err)
	}
}

// TestTheMachinesConfigFile: somebody who cannot write it logs in beside it.
func TestTheMachinesConfigFile(t *testing.T) {
	dir := t.TempDir()
	own, machine := filepath.Join(dir, "own.toml"), filepath.Join(dir, "config.toml")
	for _, c := range []struct{ found, want string }{
		{"", own}, {own, own}, {machine, machine}, {filepath.Join(dir, "not there", "config.toml"), own},
	} {
		found := configFile{path: c.found, data: "server = \"a.example\""}
		if got := found.orOwn(own); got.path != c.want || (got.data != "") != (c.found == c.want) {
			t.Errorf("%q: %q, %q", c.found, got.path, got.data)
		}
	}
}

// TestLinksStay: a config file that is a link to one elsewhere stays a link.
func TestLinksStay(t *testing.T) {
	dir := t.TempDir()
	real := write(t, filepath.Join(dir, "dotfiles/tootfill.toml"), "# mine\n", 0o640)
	link := filepath.Join(dir, "config.toml")
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	save(t, loginOf(t, Flags{Config: link}), "home.example", "t")
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
	if info, err := os.Stat(real); err != nil || info.Mode() != 0o640 || !strings.Contains(contentOf(t, real), "home.example") {
		t.Errorf("%v, %v", info, err)
	}
	if token := contentOf(t, filepath.Join(dir, "access_token")); token != "t\n" {
		t.Errorf("%q", token)
	}
}
