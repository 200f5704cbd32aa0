package backfill

import (
	"context"
	"errors"
	"time"

	"tootfill/backfill/fediverse"
)

// DryRun returns the engine with every port that writes replaced by one that
// does not: home is not made to fetch anything and the ledger stays as it is.
func (e *Engine) DryRun() *Engine {
	dry := *e
	dry.Accounts = dryAccounts{e.Accounts}
	if e.Introducer != nil {
		dry.Introducer = dryIntroducer{e.Introducer}
	}
	if e.Requester != nil {
		dry.Requester = dryRequester{e.Requester}
	}
	dry.Refresher, dry.Replies = nil, nil // nothing is imported that could have replies
	if e.Resolve != nil {
		dry.Resolve = e.Resolve.DryRun()
	}
	if e.Push != nil {
		dry.Push = e.Push.DryRun()
	}
	dry.Ledger = dryLedger{e.Ledger}
	dry.Options.Wait, dry.Options.WaitLimit = 0, false
	dry.Options.DepthFirst = true // a later round would find nothing in the ledger
	return &dry
}

// dryAccounts finds only accounts that home knows: resolving another one would
// make home fetch it.
type dryAccounts struct{ Accounts }

func (d dryAccounts) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return d.Known(ctx, h)
}

type dryIntroducer struct{ Introducer }

func (dryIntroducer) Fetch(context.Context, fediverse.Handle, string) (fediverse.Account, error) {
	return fediverse.Account{}, ErrNoAccount
}

// errWouldRequest is the answer of a dry run.
var errWouldRequest = errors.New("would request")

type dryRequester struct{ Requester }

func (dryRequester) Request(context.Context, fediverse.Account) error { return errWouldRequest }

// dryLedger reads the ledger and writes nothing. It takes no token and observes no
// limit, since nothing is imported.
type dryLedger struct{ Ledger }

func (dryLedger) NextAllowed(context.Context, fediverse.Handle) (time.Time, error) {
	return time.Time{}, nil
}

func (dryLedger) Begin(_ context.Context, h fediverse.Handle) (Run, error) {
	return Run{Account: h}, nil
}

func (dryLedger) Settle(context.Context, ...Settlement) error { return nil }

func (dryLedger) RecordRound(context.Context, Run, int) error { return nil }

// RecordPage records nothing: a dry walk reads every page of the listing.
func (d dryLedger) RecordPage(ctx context.Context, r Run, _ int64, p ListedPage) (Stretch, []KnownPost, error) {
	uris := make([]string, len(p.Posts))
	for i, post := range p.Posts {
		uris[i] = post.URI
	}
	known, err := d.Recorded(ctx, r, uris)
	for i, post := range p.Posts[:len(known)] {
		known[i].Object, known[i].Replies = post.Object, post.Replies
		if known[i].Published.IsZero() {
			known[i].Published = post.Published
		}
	}
	return Stretch{Next: p.Next}, known, err
}

// Reread knows no source, since a dry walk reads every page.
func (dryLedger) Reread(context.Context, Run, string) (Stretch, bool, error) {
	return Stretch{}, false, nil
}

// Jobs returns none: a dry run does not follow jobs up.
func (dryLedger) Jobs(context.Context, Run) ([]RecordedJob, error) { return nil, nil }

func (dryLedger) RecordJobs(context.Context, Run, []Job) error { return nil }

func (dryLedger) RecordDates(context.Context, Run, []KnownPost) error { return nil }

func (dryLedger) RecordOutcomes(context.Context, Run, []KnownPost) error { return nil }

func (dryLedger) RenameDeferral(context.Context, fediverse.Handle, fediverse.Handle) error {
	return nil
}

func (dryLedger) Pause(context.Context, string, time.Time) error { return nil }

func (dryLedger) Remember(context.Context, string, string, string, time.Time) error { return nil }
