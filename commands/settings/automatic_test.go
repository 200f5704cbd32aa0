package settings

import (
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
)

func TestAutomatic(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	config := func(name, text string) string {
		return write(t, filepath.Join(dir, name), "server = \"home.example\"\n"+text, 0o600)
	}
	none, on, off := config("none.toml", ""), config("on.toml", "automatic = true\n"), config("off.toml", "automatic = false\n")
	for _, c := range []struct {
		name              string
		config            string
		environment, file string // BACKFILL_ENABLED
		access            Access
		flags             Flags
		on                bool
		offBy             string
	}{
		{name: "nothing", config: none},
		{name: "the key", config: on, on: true},
		{name: "the key says no", config: off},
		{name: "the environment", config: none, environment: "true", on: true},
		{name: "the environment over the key", config: off, environment: "TRUE", on: true},
		{name: "the environment against the key", config: on, environment: "false", offBy: "BACKFILL_ENABLED=false in the environment"},
		{name: "the file", config: none, file: "true", on: true},
		{name: "the file against the key", config: on, file: "false", offBy: "BACKFILL_ENABLED=false in .env.production"},
		{name: "the environment over the file", config: none, environment: "true", file: "false", on: true},
		{name: "the environment against the file", config: none, environment: "false", file: "true", offBy: "BACKFILL_ENABLED=false in the environment"},
		{name: "the file, by the API", config: none, file: "true", access: ByAPI, on: true},
		{name: "the file of another server", config: none, file: "true", flags: Flags{Server: "else.example"}},
		{name: "the file of another server, by the API", config: none, file: "true", access: ByAPI, flags: Flags{Server: "else.example"}},
		{name: "the sandbox", flags: Flags{Sandbox: true}, file: "true"},
		{name: "the sandbox and the environment", flags: Flags{Sandbox: true}, environment: "true", on: true},
		{name: "another value", config: on, environment: "yes\x1b", offBy: "BACKFILL_ENABLED=yes in the environment"},
		{name: "a command", config: on, file: "$(date)", offBy: "BACKFILL_ENABLED in .env.production, which cannot be read (line 2: "},
	} {
		text := "LOCAL_DOMAIN=home.example\n"
		if c.file != "" {
			text += "BACKFILL_ENABLED=" + c.file + "\n"
		}
		write(t, envFileName, text, 0o600)
		c.flags.Config = c.config
		s, err := readerOf(backfilltest.Environment("HOME", dir, "BACKFILL_ENABLED", c.environment)).Read(c.flags, c.access)
		if err != nil || s.Automatic.On != c.on || !strings.HasPrefix(s.Automatic.OffBy, c.offBy) || c.offBy == "" && s.Automatic.OffBy != "" {
			t.Errorf("%s: %+v, %v", c.name, s.Automatic, err)
		}
	}
}
