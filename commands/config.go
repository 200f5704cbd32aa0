package commands

import (
	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
)

// newConfigCommand is the group `tootfill config`.
func newConfigCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "config",
		Usage:       "show, check and write the settings",
		Subcommands: []*cli.Command{newConfigShowCommand(env), newConfigCheckCommand(env), newConfigInitCommand(env)},
	}
}

// readConfigOptions reads the flags of a command that takes no arguments.
func readConfigOptions(c *cli.Context) (sharedOptions, error) {
	o, err := readSharedOptions(c)
	if err == nil && c.Args().Present() {
		err = usagef("", "config %s takes no arguments: %q", c.Command.Name, cleantext.Line(c.Args().First(), wordWidth))
	}
	return o, err
}
