package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/mastodon"
)

const backfillHelp = `Brings the older public posts of remote accounts to the home server. An account
is written as user@domain; addresses of profiles are understood, too.

What was done is kept in a ledger: the same command again goes on where the last
one stopped, and asks for nothing twice. One account is begun at most once an
hour; one that must wait is noted, and --due takes it up later.

Settings come from the flags, from TOOTFILL_* in the environment, and from
~/.config/tootfill/config.toml, in that order.`

const backfillExamples = `   tootfill accounts backfill alice@photos.example
   tootfill accounts backfill --since 1y --limit 0 alice@photos.example
   tootfill accounts backfill --from following_accounts.csv --dry-run
   tootfill accounts backfill --following --quiet
   tootfill accounts backfill --due`

// newBackfillCommand is `tootfill accounts backfill`.
func newBackfillCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "backfill",
		Usage:       "bring the older public posts of accounts to the home server",
		ArgsUsage:   "[HANDLE...]",
		Description: backfillHelp,
		UsageText:   backfillExamples,
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "from", Usage: "take the accounts in `FILE`, one a line or as exported by Mastodon; - is stdin"},
			&cli.BoolFlag{Name: "following", Usage: "take all remote accounts that you follow", DisableDefaultText: true},
			&cli.BoolFlag{Name: "due", Usage: "take the accounts that were deferred and may run now", DisableDefaultText: true},
			&cli.StringFlag{Name: "via", Usage: "`ROUTE`: request (home does it), resolve (post by post), auto (what home offers)", Value: "auto"},
			&cli.IntFlag{Name: "limit", Usage: "the newest `N` posts of each account; 0 is all", Value: 500},
			&cli.StringFlag{Name: "since", Usage: "only posts since `DATE` or age, such as 2024-01-31 or 90d"},
			&cli.StringFlag{Name: "until", Usage: "only posts before `DATE` or age"},
			&cli.IntFlag{Name: "concurrency", Aliases: []string{"c"}, Usage: "`N` imports at a time", Value: 2},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be done, and change nothing", DisableDefaultText: true},
			&cli.StringFlag{Name: "wait", Usage: "having asked home, watch for posts for `DURATION`, such as 10m"},
			&cli.BoolFlag{Name: "wait-limit", Usage: "wait for the hourly limit of an account instead of deferring it", DisableDefaultText: true},
			&cli.BoolFlag{Name: "not-followed", Usage: "allow accounts that you do not follow", DisableDefaultText: true},
		}, rateFlags()...),
		Action: func(c *cli.Context) error {
			o, err := readBackfillOptions(c, env)
			if err != nil {
				return err
			}
			return runBackfill(c.Context, env, o)
		},
	}
}

// backfillOptions are what the command line asks for.
type backfillOptions struct {
	sharedOptions
	Handles        []backfill.Handle
	From           []string
	Following, Due bool
	DryRun         bool
	Engine         backfill.Options
}

// readBackfillOptions checks everything that can be checked before anything is
// done.
func readBackfillOptions(c *cli.Context, env Env) (backfillOptions, error) {
	shared, err := readSharedOptions(c)
	if err != nil {
		return backfillOptions{}, err
	}
	o := backfillOptions{
		sharedOptions: shared,
		From:          c.StringSlice("from"), Following: c.Bool("following"), Due: c.Bool("due"), DryRun: c.Bool("dry-run"),
	}
	if o.Handles, err = parseHandles(c.Args().Slice()); err != nil {
		return o, err
	}
	if len(o.Handles)+len(o.From) == 0 && !o.Following && !o.Due {
		return o, usagef("name accounts as user@domain, or use --from FILE, --following or --due", "No account(s) given")
	}
	o.Engine, err = readEngineOptions(c, env.Clock.Now())
	return o, err
}

func readEngineOptions(c *cli.Context, now time.Time) (backfill.Options, error) {
	o := backfill.Options{
		Via: backfill.Via(c.String("via")), Limit: c.Int("limit"), Concurrency: c.Int("concurrency"),
		NotFollowed: c.Bool("not-followed"), WaitLimit: c.Bool("wait-limit"),
	}
	switch o.Via {
	case backfill.ViaAuto, backfill.ViaRequest, backfill.ViaResolve:
	default:
		return o, usagef("the routes are auto, request and resolve", "unknown route %q", cleanText(string(o.Via), 60))
	}
	if o.Limit < 0 {
		return o, usagef("0 is all posts", "--limit must not be negative")
	}
	if o.Concurrency < 1 {
		return o, usagef("", "Cannot run with this concurrency setting, must be at least 1")
	}
	return o, readTimes(c, now, &o)
}

func readTimes(c *cli.Context, now time.Time, o *backfill.Options) (err error) {
	if o.Since, err = readWhen(c, "since", now); err != nil {
		return err
	}
	if o.Until, err = readWhen(c, "until", now); err != nil {
		return err
	}
	if !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until) {
		return usagef("", "--since must be before --until")
	}
	if !c.IsSet("wait") {
		return nil
	}
	if o.Wait, err = backfill.ParseSpan(c.String("wait")); err != nil {
		return usagef("write it like 90s, 10m or 1h", "--wait: %v", err)
	}
	if o.Via == backfill.ViaResolve {
		return usagef("only route request has something to wait for", "use --wait or --via resolve, not both")
	}
	return nil
}

func readWhen(c *cli.Context, flag string, now time.Time) (time.Time, error) {
	if !c.IsSet(flag) {
		return time.Time{}, nil
	}
	t, err := backfill.ParseWhen(c.String(flag), now)
	if err != nil {
		return t, usagef("write a date like 2024-01-31, or an age like 90d, 6w or 1y", "--%s: %v", flag, err)
	}
	return t, nil
}

// runBackfill runs a backfill from its settings to its summary.
func runBackfill(ctx context.Context, env Env, o backfillOptions) error {
	s, err := readSettings(o.sharedOptions, env.Getenv)
	if err != nil {
		return err
	}
	report := newReporter(reportOptionsOf(env, o.sharedOptions, o.DryRun))
	run := &backfillRun{env: env, options: o, settings: s, report: report, began: env.Clock.Now()}
	defer context.AfterFunc(ctx, run.interrupted)()
	defer env.showProgress(report)()
	err = run.run(ctx)
	if !run.working {
		report.abandon()
		return err
	}
	if closing := report.Close(run.summary(ctx)); err == nil {
		err = closing
	}
	if err == nil {
		err = run.tally().result()
	}
	return err
}

// backfillRun is one run of the command.
type backfillRun struct {
	env      Env
	options  backfillOptions
	settings settings
	report   *reporter
	began    time.Time

	files []*accountFile
	// The requests that were made, once they are known.
	homeRequests, originRequests int64
	// working says that the settings and the token were good and work began.
	working bool
}

func (r *backfillRun) run(ctx context.Context) (err error) {
	files, shut, err := openAccountFiles(ctx, r.options.From, r.env.Stdin, r.warned)
	if err != nil {
		return err
	}
	defer shut()
	r.files = files
	sys, err := connect(ctx, r.env, r.settings, r.options.sharedOptions, r.options.DryRun, r.report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	defer func() { r.homeRequests, r.originRequests = sys.home.Requests(), sys.origins.Requests() }()
	software, err := sys.homeSoftware(ctx)
	if err != nil {
		return err
	}
	r.remark(sys, software)
	engine := sys.engine(r.options.Engine, software)
	if r.options.DryRun {
		engine = engine.DryRun()
	}
	r.working = true
	return engine.Run(ctx, r.jobs(ctx, sys))
}

// remark says what a person should know about home before the run.
func (r *backfillRun) remark(sys *system, software mastodon.Software) {
	if tooOld(software) {
		r.warned(fmt.Sprintf("%s runs Mastodon %s; before 4.0 route request is left out", sys.home.Host(), software.Version), "")
	}
	if r.settings.HomeRate == mastodon.Auto && !sys.home.RateKnown() {
		r.warned(sys.home.Host()+" does not tell its rate limits; going slowly, at one request a second",
			"if it is a server of your own set --home-rate")
	}
}

func (r *backfillRun) warned(text, hint string) {
	r.report.Event(backfill.Warned{Text: text, Hint: hint})
}

func (r *backfillRun) jobs(ctx context.Context, sys *system) jobs {
	sources := []jobs{handleJobs(r.options.Handles)}
	for _, f := range r.files {
		sources = append(sources, f.jobs)
	}
	if r.options.Following {
		sources = append(sources, followingJobs(sys.home.Following(ctx, sys.identity), r.warned))
	}
	if r.options.Due {
		sources = append(sources, dueJobs(sys.ledger.Due(ctx)))
	}
	return allJobs(sources...)
}

// interrupted tells that the first signal has been heard.
func (r *backfillRun) interrupted() {
	r.report.notice("tootfill: finishing what is in flight, press ^C again to stop now")
}

func (r *backfillRun) summary(ctx context.Context) runSummary {
	s := runSummary{
		HomeRequests: r.homeRequests, OriginRequests: r.originRequests,
		Elapsed: r.env.Clock.Now().Sub(r.began), Interrupted: ctx.Err() != nil,
	}
	// What a sandbox in a temporary folder did is gone with it.
	if !r.options.Sandbox || r.options.State != "" {
		s.ResumeCommand = shellLine(append([]string{"tootfill"}, r.env.Args...))
	}
	return s
}

func (r *backfillRun) tally() tally {
	t := r.report.Totals()
	sum := tally{Accounts: t.Accounts, Failed: t.Failed, Partial: t.Partial, Deferred: t.Deferred}
	for _, f := range r.files {
		sum.BadLines += f.bad
	}
	return sum
}
