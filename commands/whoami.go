package commands

import (
	"context"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/commands/settings"
)

const whoamiHelp = `Shows whose the access token is: the home server and its software, the account, the
scopes as far as the server shows them, and how many requests its rate limit leaves.`

const whoamiExamples = `tootfill whoami
tootfill --profile work whoami --json`

// newWhoamiCommand is `tootfill whoami`.
func newWhoamiCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "whoami",
		Usage:       "show whose the access token is, and what it may do",
		Description: whoamiHelp,
		UsageText:   whoamiExamples,
		Action: func(c *cli.Context) error {
			o, err := readSharedOptions(c)
			if err != nil {
				return err
			}
			if c.Args().Present() {
				return usagef("lookup shows other accounts", "whoami takes no arguments: %q", cleantext.Line(c.Args().First(), wordWidth))
			}
			return runWhoami(c.Context, env, o)
		},
	}
}

func runWhoami(ctx context.Context, env Env, o sharedOptions) error {
	s, err := readSettings(o.Flags, env.Getenv, settings.ByAPI)
	if err != nil {
		return err
	}
	identity, err := askIdentity(ctx, env, s, o)
	if err != nil {
		return err
	}
	if err := identity.Write(env.Stdout, o.JSON, env.Clock.Now()); err != nil {
		return err
	}
	if identity.Missing != "" {
		return adviseOnToken(&backfill.UnauthorizedError{Server: identity.Server, Scope: identity.Missing}, s.Server, identity.Software)
	}
	return nil
}
