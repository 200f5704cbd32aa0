package commands

import (
	"github.com/urfave/cli/v2"
)

// newApp is the tree of commands and their flags.
func newApp(env Env) *cli.App {
	app := &cli.App{
		Name:     "tootfill",
		HelpName: "tootfill",
		Usage:    "fill a Mastodon server with an account's older public posts",
		Flags:    programFlags(),
		Commands: []*cli.Command{
			{
				Name:        "accounts",
				Usage:       "work on accounts",
				Subcommands: []*cli.Command{newBackfillCommand(env), newListCommand(env), newCoverageCommand(env)},
			},
			newLoginCommand(env),
			newLogoutCommand(env),
			newWhoamiCommand(env),
			newLookupCommand(env),
			newQueuesCommand(env),
			newStateCommand(env),
			newServeCommand(env),
			newConfigCommand(env),
			newManCommand(env),
			newCompletionCommand(env),
		},
	}
	for _, c := range app.Commands {
		prepare(c, app.HelpName)
	}
	return app
}

// prepare gives a command and those below it their full names, and the flags
// that every command has.
func prepare(c *cli.Command, above string) {
	c.HelpName = above + " " + c.Name
	c.Flags = append(c.Flags, sharedFlags()...)
	for _, sub := range c.Subcommands {
		prepare(sub, c.HelpName)
	}
}
