package commands

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const queuesHelp = `Shows the state of the home server's Sidekiq (its queues, workers and totals) and,
from the ledger, what tootfill itself is doing. Changes nothing.

tootfill finds Redis through Mastodon's own settings: --env-file, TOOTFILL_ENV_FILE,
.env.production in the working folder or, in a container, the environment. Without
them it shows only the ledger.

--watch refreshes the view until you press ^C, even while Redis is away. The exit
status is then 0.`

const queuesExamples = `tootfill queues
tootfill queues --watch --interval 5s
tootfill queues --env-file /home/mastodon/live/.env.production --jobs
tootfill --sandbox queues --watch`

const (
	// watchInterval is how often --watch refreshes by default, shortestInterval how
	// often it may.
	watchInterval    = 2 * time.Second
	shortestInterval = 100 * time.Millisecond
)

// queuesFlags are the command's own flags.
type queuesFlags struct {
	Watch    bool
	Interval time.Duration
	// Jobs lists the waiting jobs of tootfill.
	Jobs bool
	// Sidekiq makes a missing Redis an error.
	Sidekiq bool
}

// newQueuesCommand is `tootfill queues`.
func newQueuesCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "queues",
		Usage:       "show how busy home's Sidekiq is, and which accounts are deferred",
		Description: queuesHelp,
		UsageText:   queuesExamples,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "refresh the view until ^C", DisableDefaultText: true},
			&cli.DurationFlag{Name: "interval", Usage: "with --watch: the `TIME` between two views, such as 5s or 1m", Value: watchInterval, DefaultText: "2s"},
			&cli.BoolFlag{Name: "jobs", Usage: "list tootfill's own jobs that are waiting in Sidekiq", DisableDefaultText: true},
			&cli.BoolFlag{Name: "sidekiq", Usage: "fail if no Redis is configured", DisableDefaultText: true},
		},
		Action: func(c *cli.Context) error {
			o, err := readSharedOptions(c)
			if err != nil {
				return err
			}
			q, err := readQueuesOptions(c)
			if err != nil {
				return err
			}
			return runQueues(c.Context, env, o, q)
		},
	}
}

func readQueuesOptions(c *cli.Context) (queuesFlags, error) {
	q := queuesFlags{Watch: c.Bool("watch"), Interval: c.Duration("interval"), Jobs: c.Bool("jobs"), Sidekiq: c.Bool("sidekiq")}
	switch {
	case c.Args().Present():
		return q, usagef("it shows all queues", "queues takes no arguments: %q", cleantext.Line(c.Args().First(), wordWidth))
	case c.IsSet("interval") && !q.Watch:
		return q, usagef("add --watch", "--interval does nothing without --watch")
	case q.Interval < shortestInterval:
		return q, usagef("", "--interval must be at least %s", shortestInterval)
	}
	return q, nil
}

func runQueues(ctx context.Context, env Env, o sharedOptions, q queuesFlags) (err error) {
	s, err := readSettings(o.Flags, env.Getenv, settings.AtHand)
	if err != nil {
		return err
	}
	sys, err := connectLocal(ctx, env, s, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	source := sys.queues()
	hint := hintText(backfill.Hint{Kind: backfill.GiveInstallation})
	switch {
	case source.Workers != nil:
	case q.Sidekiq:
		return usagef(hint, "no Redis is configured")
	case !o.Quiet:
		report.Warn(env.Stderr, "no Redis is configured: showing only tootfill's own ledger", hint)
	}
	view := report.NewQueues(report.QueuesOptions{
		Streams: env.streams(o.NoColor), Home: sys.homeName, JSON: o.JSON, Jobs: q.Jobs, Interval: q.Interval,
		Explain: func(err error) report.Problem { return env.problemOf(err, exitFailed) },
	}, source)
	return showQueues(ctx, view, q.Watch)
}

// showQueues shows the state once, or again and again until ctx ends.
func showQueues(ctx context.Context, view *report.Queues, watch bool) error {
	if !watch {
		return view.Show(ctx)
	}
	err := view.Watch(ctx)
	if ctx.Err() != nil {
		return errors.Join(err, endOfWatch(ctx))
	}
	return err
}

// endOfWatch is the error of a watch whose context has ended; nil after ^C, the
// ordinary end.
func endOfWatch(ctx context.Context) error {
	if signalStatus(ctx) == exitSignal+sigint {
		return nil
	}
	return context.Cause(ctx)
}
