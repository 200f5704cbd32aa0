package commands

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestHintCommands: the commands that hints name lead to the home of the command line.
func TestHintCommands(t *testing.T) {
	const work = "whoami --profile work --config=my.toml --server other.example"
	for _, tt := range []struct{ args, text, want string }{
		{"whoami", "tootfill login home.example gets one", "tootfill login home.example gets one"},
		{work, "tootfill login home.example gets one", "tootfill login --config my.toml --profile work home.example gets one"},
		{work, "see tootfill queues", "see tootfill queues --config my.toml --profile work --server other.example"},
		{work, "tootfill login SERVER sets it; or name it with --profile", "tootfill login --config my.toml --profile work SERVER sets it; or name it with --profile"},
		{work, "tootfill login --profile work makes it", "tootfill login --config my.toml --profile work makes it"},
		{work, "tootfill logout, then tootfill login", "tootfill logout --config my.toml --profile work, then tootfill login --config my.toml --profile work"},
		{work, "print the text with tootfill config init -", "print the text with tootfill config init -"},
		{work, "did you mean config show?", "did you mean config show?"},
		{work, "tootfill loginx, xtootfill login", "tootfill loginx, xtootfill login"},
		{"--sandbox accounts coverage", "tootfill accounts backfill a@b.example, or tootfill login", "tootfill accounts backfill --sandbox a@b.example, or tootfill login"},
		{"queues --env-file /srv/.env --state s", "tootfill config check", "tootfill config check --env-file /srv/.env --state s"},
		{"queues --config it's", "tootfill whoami", `tootfill whoami --config 'it'\''s'`},
		{"queues --config \x1b[31mred", "tootfill whoami", "tootfill whoami --config red"},
		{"lookup -- --profile=work", "tootfill whoami", "tootfill whoami"},
	} {
		env := Env{Args: strings.Fields(tt.args)}
		got := env.toSameHome(tt.text)
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.args, got, tt.want)
		}
		if again := env.toSameHome(got); again != got {
			t.Errorf("%s: added twice: %q", tt.args, again)
		}
	}
}

// TestHintFlagsOfEveryCommand: it is decided for every command which flags a hint takes
// over for it, and the command has them.
func TestHintFlagsOfEveryCommand(t *testing.T) {
	app := newApp(Env{})
	decided := 0
	var look func(commands []*cli.Command)
	look = func(commands []*cli.Command) {
		for _, c := range commands {
			if look(c.Subcommands); len(c.Subcommands) > 0 {
				continue
			}
			flags, ok := hintFlags[strings.TrimPrefix(c.HelpName, app.HelpName+" ")]
			if !ok {
				t.Errorf("%s is not in hintFlags", c.HelpName)
				continue
			}
			decided++
			for _, name := range flags {
				if !slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) }) {
					t.Errorf("%s has no --%s", c.HelpName, name)
				}
			}
		}
	}
	if look(app.Commands); decided != len(hintFlags) {
		t.Errorf("hintFlags has %d commands, and the program %d", len(hintFlags), decided)
	}
}
