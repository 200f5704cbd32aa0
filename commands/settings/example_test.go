package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// The text that config init writes is the one at the top level.
func TestExampleIsTheSame(t *testing.T) {
	top, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	if string(top) != Example("") {
		t.Error("config.example.toml and commands/settings/config.example.toml differ: copy one over the other")
	}
}

func TestExampleForAServer(t *testing.T) {
	c := parsed(t, "c.toml", Example("home.example"))
	if server, _, _ := c.find("server"); server != "home.example" {
		t.Errorf("the server is %q", server)
	}
	if strings.Count(Example("home.example"), "\n") != strings.Count(example, "\n") {
		t.Error("more than the server differs")
	}
}

// New files are written to the first place that is read.
func TestConfigPath(t *testing.T) {
	for _, c := range []struct {
		flag string
		env  []string
		want string
	}{
		{"named.toml", []string{"TOOTFILL_CONFIG", "/env.toml", "HOME", "/h"}, "named.toml"},
		{"", []string{"TOOTFILL_CONFIG", "/env.toml", "HOME", "/h"}, "/env.toml"},
		{"", []string{"XDG_CONFIG_HOME", "/x", "HOME", "/h"}, "/x/tootfill/config.toml"},
		{"", []string{"XDG_CONFIG_HOME", "x", "HOME", "/h"}, "/h/.config/tootfill/config.toml"},
		{"", nil, ""},
	} {
		getenv := backfilltest.Environment(c.env...)
		got, err := ConfigPath(Flags{Config: c.flag}, getenv)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
		if first := configPaths(getenv)[0]; c.flag == "" && len(c.env) > 0 && c.env[0] != "TOOTFILL_CONFIG" && first != got {
			t.Errorf("%+v: %q is read, but %q would be written", c, first, got)
		}
	}
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a/b/config.toml")
	if err := Create(path, "one"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	var there *Error
	if err := Create(path, "two"); !errors.As(err, &there) || there.Hint.Kind != backfill.OtherConfig {
		t.Errorf("again: %v", err)
	}
	if data, err := os.ReadFile(path); string(data) != "one" || err != nil {
		t.Errorf("it was written over: %q, %v", data, err)
	}
	if err := Create(filepath.Join(path, "config.toml"), "x"); !errors.As(err, &there) || there.Hint.Kind != backfill.NameConfig {
		t.Errorf("below a file: %v", err)
	}
}
