package commands

import (
	"context"

	"github.com/urfave/cli/v2"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/service"
)

const serveHelp = `Runs beside Mastodon, on the server's own machine, and answers what Mastodon does
not: POST /api/v1/accounts/:id/backfill, with which a member of the server asks for
the older posts of an account that he or she follows, and GET on the same path, which
tells how far that has come. tootfill accounts backfill --via request is such a
client.

It needs Mastodon's .env.production: it reads who follows whom in Mastodon's
PostgreSQL, and imports through Mastodon's Sidekiq. If Redis cannot be reached when
it starts, it imports through the API, with a token of your own.

Who asks is told by the access token alone, which is shown to nobody but the home
server. What is answered 202 is in the ledger, and done later even if the service is
stopped before. Accounts that were deferred are resumed when their time has come.

The web server in front of Mastodon hands the path on to it: see the README. SIGTERM
and ^C finish what is in flight, and save.`

const serveExamples = `tootfill serve
tootfill serve --listen unix:/run/tootfill/socket
tootfill serve --env-file live/.env.production --log-format json
tootfill --sandbox serve`

const (
	listenFlag         = "listen"
	listenAnywhereFlag = "listen-anywhere"
)

// newServeCommand is `tootfill serve`.
func newServeCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "serve",
		Usage:       "run beside Mastodon, and fill accounts for its members when they ask",
		Description: serveHelp,
		UsageText:   serveExamples,
		Flags: append(under("Listening",
			&cli.StringFlag{Name: listenFlag, Usage: "listen at `ADDR`, or at the socket unix:PATH", DefaultText: service.DefaultAddress},
			&cli.BoolFlag{Name: listenAnywhereFlag, Usage: "also allow addresses that other machines can reach: tokens come in the clear there", DisableDefaultText: true},
		), rateFlags()...),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("people ask it for accounts", "serve takes no arguments: %q", cleantext.Line(c.Args().First(), wordWidth))
			}
			o, err := readSharedOptions(c)
			if err != nil {
				return err
			}
			return runServe(c.Context, env, o, c.Bool(listenAnywhereFlag))
		},
	}
}

func runServe(ctx context.Context, env Env, o sharedOptions, anywhere bool) error {
	s, err := readSettings(o.Flags, env.Getenv, besideMastodon(o))
	if err != nil {
		return err
	}
	address, err := listenAddress(s, anywhere)
	if err != nil {
		return err
	}
	r := serviceRun{env: env, options: o, settings: s, address: address}
	err = r.run(ctx)
	if interruption(ctx, err) { // even before it has begun to listen
		return nil
	}
	return err
}
