package commands

import "github.com/urfave/cli/v2"

// newStateCommand is the group `tootfill state`.
func newStateCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "state",
		Usage:       "move the ledger",
		Subcommands: []*cli.Command{newStateCopyCommand(env)},
	}
}
