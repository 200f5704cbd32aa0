package commands

import (
	"testing"

	"tootfill/commands/settings"
)

func TestDueCommandSaysWhere(t *testing.T) {
	for _, c := range []struct {
		options sharedOptions
		want    string
	}{
		{sharedOptions{}, "tootfill accounts backfill --due"},
		{sharedOptions{Flags: settings.Flags{Config: "a b.toml", State: "/var/x", Server: "home.example", EnvFile: ".env.production"}},
			"tootfill --config 'a b.toml' --state /var/x --server home.example --env-file .env.production accounts backfill --due"},
		{sharedOptions{Flags: settings.Flags{Sandbox: true}}, ""},
		{sharedOptions{Flags: settings.Flags{Sandbox: true, State: "here"}}, "tootfill --sandbox --state here accounts backfill --due"},
	} {
		if got := dueCommand(c.options); got != c.want {
			t.Errorf("%+v: %q, want %q", c.options, got, c.want)
		}
	}
}
