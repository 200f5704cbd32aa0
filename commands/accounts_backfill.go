package commands

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/limit"
	"tootfill/commands/accountlist"
	"tootfill/commands/monitor"
	"tootfill/commands/report"
	"tootfill/commands/settings"
	"tootfill/commands/shell"
)

const backfillHelp = `Imports the older public posts of remote accounts into the home server. Write an
account as user@domain; profile addresses work too.

The ledger records what was done: the same command again resumes where the last
one stopped, and asks for nothing twice. A backfill of an account starts at most
once an hour; an account that has to wait is deferred, and --due resumes it later.

On the server's own machine, where it finds Mastodon's .env.production, tootfill
needs neither a server nor a token, and Mastodon's own workers do the importing.

Flags take precedence over TOOTFILL_* in the environment, and the environment over
the config file (~/.config/tootfill/config.toml).`

const backfillExamples = `tootfill accounts backfill alice@photos.example
tootfill accounts backfill --since 1y --limit 0 alice@photos.example
tootfill accounts backfill --from following_accounts.csv --dry-run
tootfill accounts backfill --following --quiet
tootfill accounts backfill --new-follows --due --quiet`

// newBackfillCommand is `tootfill accounts backfill`.
func newBackfillCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "backfill",
		Usage:       "import the older public posts of accounts into the home server",
		ArgsUsage:   "[HANDLE...]",
		Description: backfillHelp,
		UsageText:   backfillExamples,
		Flags:       slices.Concat(accountFlags(), postFlags(), routeFlags(), limitFlags(), rateFlags(), monitoringFlags()),
		Action: func(c *cli.Context) error {
			o, err := readBackfillOptions(c, env)
			if err != nil {
				return err
			}
			return runBackfill(c.Context, env, o)
		},
	}
}

// runBackfill runs a backfill from its settings to its summary.
func runBackfill(ctx context.Context, env Env, o backfillOptions) error {
	s, err := readSettings(o.Flags, env.Getenv, o.homeAccess())
	run := &backfillRun{env: env, options: o, settings: s, began: env.Clock.Now()}
	watchers := run.monitoring()
	if err == nil {
		err = o.fit(s)
	}
	if err == nil {
		err = watchers.begin(ctx)
	}
	if err == nil {
		err = run.whole(ctx)
	}
	return watchers.end(ctx, err)
}

// whole is the run with all that people see of it.
func (r *backfillRun) whole(ctx context.Context) error {
	o := r.options
	r.report = report.Begin(report.Options{
		Streams: r.env.streams(o.NoColor), Clock: r.env.Clock, Hints: r.env.hintText, Limit: r.settings.Limit,
		JSON: o.JSON, Quiet: o.Quiet, Verbose: o.Verbose, DryRun: o.DryRun, Due: o.Due,
	})
	if !r.mayTakeNewFollows() {
		return r.endUnbegun(ctx)
	}
	defer r.listenForSignals(ctx)()
	defer r.env.answerProgress(r.report)()
	err := r.run(ctx)
	if !r.working {
		r.report.Abandon()
		return err
	}
	if closing := r.report.Close(r.summary(ctx)); err == nil && !readerGone(closing) {
		err = closing
	}
	if err == nil {
		err = r.tally().result()
	}
	r.tellFailures(exitStatus(ctx, err))
	return err
}

// endUnbegun ends a run that has nothing to do. Only programs want a summary.
func (r *backfillRun) endUnbegun(ctx context.Context) error {
	if r.options.JSON {
		return r.report.Close(r.summary(ctx))
	}
	r.report.Abandon()
	return nil
}

// backfillRun is one run of the command.
type backfillRun struct {
	env      Env
	options  backfillOptions
	settings settings.Settings
	report   *report.Run
	began    time.Time

	files []*accountlist.List
	// homeLists are the lists of accounts that home keeps and that are asked for.
	homeLists []homeList
	// failures are about accounts that no event mentions.
	failures []accountFailure
	// requests are those that were made, once they are known.
	requests monitor.Requests
	// nextDue is when a deferred account may run next; zero if none is deferred.
	nextDue time.Time
	// listCut says that the time was up before the lists of accounts were read.
	listCut bool
	// follows are the new ones; nil if the run does not take them.
	follows *newFollows
	// working says that the settings and the token were good and work began.
	working bool
}

func (r *backfillRun) run(ctx context.Context) (err error) {
	if err := r.readExclusions(ctx); err != nil {
		return err
	}
	limits, stop := r.timeLimits(ctx)
	defer stop()
	files, shut, err := accountlist.Open(limits.lists, r.options.From, r.env.Stdin, r.badLine)
	if err != nil {
		return err
	}
	defer shut()
	r.files = files
	sys, err := connect(ctx, r.env, r.wiring())
	if err != nil {
		return err
	}
	r.began = r.began.Add(sys.ahead)
	defer func() { err = errors.Join(err, sys.Close()) }()
	defer func() { r.requests = sys.requests() }()
	if r.options.NewFollows {
		if err := r.takeNewFollows(sys); err != nil {
			return err
		}
	}
	if sys.outage != nil {
		return r.putOff(ctx, sys)
	}
	software, err := sys.homeSoftware(ctx)
	if err == nil {
		err = r.remark(ctx, sys, software)
	}
	if err == nil {
		r.homeLists, err = sys.homeLists(ctx, r.options)
	}
	switch {
	case errors.As(err, &sys.outage):
		return r.putOff(ctx, sys)
	case err != nil:
		return adviseOnToken(err, r.settings.Server, software)
	}
	engine := sys.engine(r.engineOptions(), software)
	if r.options.DryRun {
		engine = engine.DryRun()
	}
	targets, err := r.plan(limits, sys, engine)
	if err != nil {
		return err
	}
	r.working = true
	err = engine.Run(limits.run, r.whileTime(limits, targets))
	if err == nil && r.follows != nil {
		err = r.follows.failed
	}
	if err != nil || !r.options.Due {
		return adviseOnToken(err, r.settings.Server, software)
	}
	r.nextDue, err = sys.ledger.NextDue(ctx)
	return err
}

// putOff defers the accounts because a server was away for too long before the work
// could begin.
func (r *backfillRun) putOff(ctx context.Context, sys *system) error {
	r.working = true
	return sys.putOff(ctx, r.engineOptions(), r.options.DryRun, r.found(ctx, sys, r.candidates(ctx, sys)))
}

func (r *backfillRun) wiring() wiring {
	o := r.options
	return wiring{
		settings: r.settings, shared: o.sharedOptions, listener: r.report, via: o.Engine.Via, readOnly: o.DryRun,
		advice: dueAdvice(r.options.sharedOptions), putsOff: true, withRedis: true, follows: o.asksHome(), boosts: o.Engine.Boosts, due: o.Due,
	}
}

// engineOptions combines the options of the command line and of the settings.
func (r *backfillRun) engineOptions() backfill.Options {
	o := r.options.Engine
	o.RespectIndexable, o.Accounts = r.settings.RespectIndexable, r.settings.Accounts
	o.Listing = r.options.namedListing()
	o.MaxWaiting, o.MaxLatency = r.settings.MaxWaiting, r.settings.MaxLatency
	return o
}

// rateTeller reports whether home has announced its rate limits.
type rateTeller interface{ RateKnown() bool }

// deferrals are the accounts that wait for their time.
type deferrals interface {
	// Due are those whose time has come, and NextDue is when the next one's comes.
	Due(ctx context.Context) iter.Seq2[backfill.Deferral, error]
	NextDue(ctx context.Context) (time.Time, error)
}

// remark tells people what they should know about home before the run.
func (r *backfillRun) remark(ctx context.Context, sys *system, software fediverse.Software) error {
	if home.TooOld(software) {
		r.warned(fmt.Sprintf("%s runs Mastodon %s; route request needs 4.0 or later", sys.homeName, software.Version), backfill.Hint{})
	}
	if sys.spendsHomeLimits() && r.settings.HomeRate == limit.Auto && !sys.home.RateKnown() {
		r.warned(sys.homeName+" does not announce its rate limits; going slowly, at one request per second",
			backfill.Hint{Kind: backfill.SetHomeRate})
	}
	if sys.database == nil {
		return nil
	}
	var text string
	var hint backfill.Hint
	err := sys.ask(ctx, func() (err error) {
		text, hint, err = home.RetentionWarning(ctx, sys.database, sys.homeName, r.options.Engine.Since, r.env.Clock.Now())
		return err
	})
	if err == nil && text != "" {
		r.warned(text, hint)
	}
	return err
}

func (r *backfillRun) warned(text string, hint backfill.Hint) {
	r.report.Event(backfill.Warned{Text: text, Hint: hint})
}

// found turns candidates into the targets of the run.
func (r *backfillRun) found(ctx context.Context, sys *system, all candidates) targets {
	return found(all, exceptFinder(sys.finder(ctx, r.options.DryRun), &r.options.Engine.Exclusions))
}

func (r *backfillRun) candidates(ctx context.Context, sys *system) candidates {
	allowed, lists := r.homeSources(ctx, sys)
	sources := append(allowed, named(r.options.Names, r.unfound))
	for _, f := range r.files {
		f.Title = r.options.ListTitle
		sources = append(sources, inFile(f, func(e accountlist.Entry, err error) {
			if !r.isLeftOut(err) {
				f.Refuse(e, err)
			}
		}))
	}
	switch {
	case sys.outage != nil && (r.options.Following || r.options.NewFollows):
		sources = append(sources, unreadable(fmt.Errorf("cannot read the list of followed accounts: %w", sys.outage)))
	case r.options.Following:
		sources = append(sources, sys.following(ctx, r.warned))
	}
	if r.follows != nil {
		sources = append(sources, r.follows.accounts(ctx))
	}
	sources = append(sources, lists...)
	if r.options.Due {
		sources = append(sources, dueAccounts(sys.ledger.Due(ctx), r.options.overrule))
	}
	return inOrder(sources...)
}

// badLine reports a line of a list that names no account.
func (r *backfillRun) badLine(b accountlist.BadLine) {
	message, hint := r.env.explain(b.Err)
	r.report.BadLine(report.BadLine{File: b.File, Line: b.Line, Text: b.Text, Message: message, Hint: hint})
}

// unfound notes that home finds no account at an address of the command line.
func (r *backfillRun) unfound(address string, err error) {
	if r.isLeftOut(err) {
		return
	}
	r.failures = append(r.failures, accountFailure{address, err})
	if !r.options.JSON && !r.env.logs() {
		r.report.Problem(r.env.problemOf(err, exitFailed))
	}
}

// isLeftOut reports, also to people, that home was not asked about an address because
// its server is left out.
func (r *backfillRun) isLeftOut(err error) bool {
	var excluded *backfill.ExcludedError
	if !errors.As(err, &excluded) {
		return false
	}
	r.warned(err.Error(), backfill.Hint{})
	return true
}

// tellFailures reports the failures to programs. It waits for the exit status, which
// is their code.
func (r *backfillRun) tellFailures(status int) {
	if !r.options.JSON && !r.env.logs() {
		return
	}
	for _, f := range r.failures {
		r.env.tell(true, status, f)
	}
}

// listenForSignals reports the first signal as soon as it ends ctx. The returned
// function stops listening; nothing is reported after it returns.
func (r *backfillRun) listenForSignals(ctx context.Context) (stop func()) {
	told := make(chan struct{})
	unlisten := context.AfterFunc(ctx, func() {
		defer close(told)
		r.interrupted(ctx)
	})
	return func() {
		if !unlisten() {
			<-told
		}
	}
}

// interrupted reports that the first signal has arrived.
func (r *backfillRun) interrupted(ctx context.Context) {
	again := "press ^C again"
	if signalStatus(ctx) != exitSignal+sigint {
		again = "send the signal again"
	}
	r.report.Notice("tootfill: finishing what is in flight, " + again + " to stop now")
}

func (r *backfillRun) summary(ctx context.Context) report.Summary {
	s := report.Summary{
		HomeRequests: r.requests.Home, OriginRequests: r.requests.Origins,
		DueCommand: dueCommand(r.options.sharedOptions),
		Elapsed:    r.env.Clock.Now().Sub(r.began), Interrupted: ctx.Err() != nil, NextDue: r.nextDue,
	}
	// A sandbox in a temporary folder leaves nothing to resume.
	if !r.options.forgets() {
		s.ResumeCommand = shell.Line(append([]string{"tootfill"}, withoutPing(r.env.Args)...))
	}
	return s
}

func (r *backfillRun) tally() tally {
	t := r.report.Totals()
	sum := tally{Accounts: t.Accounts + len(r.failures), Failed: t.Failed + len(r.failures), Partial: t.Partial, Deferred: t.Deferred}
	sum.BadLines, sum.ListCut = t.BadLines, r.listCut
	return sum
}
