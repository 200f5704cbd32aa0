package commands

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/urfave/cli/v2"

	"tootfill/backfill"
	"tootfill/backfill/coverage"
	"tootfill/backfill/fediverse"
	"tootfill/commands/accountlist"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

const coverageHelp = `Shows, month by month, how many of an account's posts the home server holds, how many
can still be imported, how many it has refused, and how many the account's own server
counts but does not list: followers-only and deleted posts, boosts, and posts older
than its list. It imports nothing.

By default it reads only the ledger, asks no server, and may run beside a backfill.
With --fresh it reads the account's list and what the home server holds of it, within
the limits of both. An account that has opted out is not read.

--svg and --html draw the same numbers. The page is one file that needs nothing else.`

const coverageExamples = `tootfill accounts coverage alice@photos.example
tootfill accounts coverage --fresh alice@photos.example ben@notes.example
tootfill accounts coverage --json alice@photos.example
tootfill accounts coverage --html all.html alice@photos.example ben@b.example`

const freshFlag = "fresh"

// newCoverageCommand is `tootfill accounts coverage`.
func newCoverageCommand(env Env) *cli.Command {
	return &cli.Command{
		Name:        "coverage",
		Usage:       "show by month how many posts of accounts the home server holds",
		ArgsUsage:   "HANDLE...",
		Description: coverageHelp,
		UsageText:   coverageExamples,
		Flags: append(under("What is read",
			&cli.BoolFlag{Name: freshFlag, Usage: "read the lists of the accounts' servers and of the home server now, not the ledger", DisableDefaultText: true},
		), append(pictureFlags(), rateFlags()...)...),
		Action: func(c *cli.Context) error {
			o, err := readCoverageOptions(c)
			if err != nil {
				return err
			}
			return runCoverage(c.Context, env, o)
		},
	}
}

// coverageOptions are the values of the command's flags, and its arguments.
type coverageOptions struct {
	sharedOptions
	Names    []accountlist.Name
	Fresh    bool
	Pictures pictures
}

func readCoverageOptions(c *cli.Context) (o coverageOptions, err error) {
	if o.sharedOptions, err = readSharedOptions(c); err != nil {
		return o, err
	}
	o.Fresh = c.Bool(freshFlag)
	for _, rate := range []string{"home-rate", "origin-rate"} {
		if c.IsSet(rate) && !o.Fresh {
			return o, usagef("add --"+freshFlag, "--%s does nothing without --%s: no server is asked", rate, freshFlag)
		}
	}
	if o.Names, err = readNames(c.Args().Slice()); err != nil {
		return o, err
	}
	if len(o.Names) == 0 {
		return o, usagef("name accounts as user@domain", "No account(s) given")
	}
	o.Pictures, err = readPictures(c, len(o.Names))
	return o, err
}

// coverageRun is one run of the command.
type coverageRun struct {
	env      Env
	options  coverageOptions
	settings settings.Settings
	sys      *system
	records  coverage.Ledger
	remarks  report.Remarks
	out      report.CoverageWriter
	// failed is what ended the run early.
	failed error

	// mu guards the fields below it: targets are read while readings come in.
	mu       sync.Mutex
	sum      tally
	failures []accountFailure
}

func runCoverage(ctx context.Context, env Env, o coverageOptions) error {
	s, err := readSettings(o.Flags, env.Getenv, settings.ByAny)
	if err != nil {
		return err
	}
	r := &coverageRun{
		env: env, options: o, settings: s,
		remarks: report.Remarks{Stderr: env.Stderr, Clock: env.Clock, Quiet: o.Quiet, Hints: env.hintText},
		out:     report.CoverageWriter{Streams: env.streams(o.NoColor), JSON: o.JSON, Now: env.Clock.Now(), Flags: env.flagsGiven(homeFlags, "")},
	}
	if err := r.run(ctx); err != nil {
		return err
	}
	if err := r.options.Pictures.write(env.Stdout, env.Clock.Now()); err != nil {
		return err
	}
	if o.JSON {
		// Their code is the exit status, which is known only now.
		for _, f := range r.failures {
			env.tell(true, r.sum.status(), f)
		}
	}
	return r.sum.result()
}

func (r *coverageRun) run(ctx context.Context) (err error) {
	connected := connectLedger
	if r.options.Fresh {
		connected = connectReading
	}
	if r.sys, err = connected(ctx, r.env, r.settings, r.options.sharedOptions, r.remarks); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.sys.Close()) }()
	r.records = r.sys.coverageRecords()
	if !r.options.Fresh {
		return r.readLedger(ctx)
	}
	return r.readServers(ctx)
}

// connectReading builds all that reading takes.
func connectReading(ctx context.Context, env Env, s settings.Settings, o sharedOptions, l backfill.Listener) (*system, error) {
	return connect(ctx, env, wiring{settings: s, shared: o, listener: l, via: backfill.ViaAuto, readOnly: true})
}

// targets are the accounts that are asked about.
func (r *coverageRun) targets(find finder) targets {
	return found(named(r.options.Names, r.fail), find)
}

// fail notes that nothing can be told of an account.
func (r *coverageRun) fail(account string, err error) {
	f := accountFailure{account, err}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Accounts++
	r.sum.Failed++
	if r.failures = append(r.failures, f); !r.options.JSON {
		r.env.tell(false, exitFailed, f)
	}
}

// count counts an account that something can be told of.
func (r *coverageRun) count(s backfill.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Accounts++
	switch s {
	case backfill.Deferred:
		r.sum.Deferred++
	case backfill.Partial:
		r.sum.Partial++
	}
}

// readLedger shows what the ledger knows.
func (r *coverageRun) readLedger(ctx context.Context) error {
	for t, err := range r.targets(handlesOnly) {
		if err == nil {
			err = r.showRecord(ctx, t.Handle)
		}
		if err != nil {
			return err
		}
		r.count(backfill.Done)
	}
	return nil
}

// handlesOnly finds no account at an address, since that takes asking home.
func handlesOnly(address string) (backfill.Target, error) {
	return backfill.Target{}, &backfill.Hinted{
		Err:  fmt.Errorf("the ledger knows accounts by their handles, not by addresses such as %s", address),
		Hint: backfill.Say("write the account as user@domain, or add --" + freshFlag),
	}
}

// showRecord shows what the ledger knows of an account.
func (r *coverageRun) showRecord(ctx context.Context, h fediverse.Handle) error {
	known, err := r.records.Record(ctx, h)
	if err != nil {
		return err
	}
	c := known.Coverage(h, r.sys.homeName, r.env.Clock.Now())
	return r.show(report.Coverage{Coverage: c, Tried: known.Known})
}

// show shows an account, and keeps it for the pictures. A picture has standard output for
// itself.
func (r *coverageRun) show(c report.Coverage) error {
	p := &r.options.Pictures
	if p.wanted() {
		p.drawn = append(p.drawn, c.Coverage)
	}
	if p.onStdout() {
		return nil
	}
	return r.out.Write(c)
}

// readServers shows what the servers have now.
func (r *coverageRun) readServers(ctx context.Context) error {
	o := backfill.Options{RespectIndexable: r.settings.RespectIndexable, Accounts: r.settings.Accounts, Concurrency: 1}
	r.settings.Never.AddTo(&o.Exclusions)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	engine := r.sys.coverageEngine(o, func(found coverage.Reading) {
		if r.failed == nil {
			r.failed = r.showReading(ctx, found)
		}
		if r.failed != nil {
			stop()
		}
	})
	err := engine.Run(reading, r.targets(exceptFinder(r.sys.finder(reading, true), &o.Exclusions)))
	if r.failed != nil {
		return r.failed
	}
	return err
}

// showReading shows what was found out about an account. Of one that could not be read,
// or must not be, it shows what the ledger knows.
func (r *coverageRun) showReading(ctx context.Context, found coverage.Reading) error {
	result := found.Result
	switch {
	case result.Status == backfill.Interrupted:
		return nil
	case result.Status == backfill.FailedAccount:
		r.fail(result.Account.String(), &backfill.Hinted{Err: fmt.Errorf("%s: %s", result.Account, result.Reason), Hint: result.Hint})
		return nil
	}
	r.count(result.Status)
	remark := ""
	if result.Status != backfill.Done || result.Cause != "" {
		remark = result.Reason
	}
	if found.Read {
		return r.show(report.Coverage{Coverage: found.Coverage, Tried: true, Remark: remark})
	}
	r.remarks.Event(backfill.Warned{Text: result.Account.String() + " was not read: " + result.Reason, Hint: result.Hint})
	return r.showRecord(ctx, result.Account)
}
