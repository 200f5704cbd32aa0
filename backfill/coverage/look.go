package coverage

import (
	"context"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Look is an engine that reads what the origins list of accounts and what home holds of
// that, within all limits and refusals of a backfill, and delivers nothing. It changes
// neither home nor the ledger. Each account's reading goes to found; what else happens,
// to the engine's own listener.
func Look(e *backfill.Engine, found func(Reading)) *backfill.Engine {
	looking := *e
	looking.Options.Limit, looking.Options.Since, looking.Options.Until = 0, time.Time{}, time.Time{}
	looking.Options.NotFollowed = true // reading is not importing
	looking.Options.Full, looking.Options.RetryLeft = true, true
	looking.Requester = nil
	if e.Resolve != nil {
		looking.Resolve, looking.Options.Via = looker{e.Resolve}, backfill.ViaResolve
	}
	if e.Push != nil { // home's database tells at once what home holds
		looking.Push, looking.Options.Via = looker{e.Push}, backfill.ViaSidekiq
	}
	looking.Listener = &listener{Listener: e.Listener, home: e.Home, clock: e.Clock, found: found, open: make(map[fediverse.Handle]*Record)}
	return looking.DryRun()
}

// looker finds out which posts home holds, and delivers none.
type looker struct{ backfill.Deliverer }

func (l looker) DryRun() backfill.Deliverer { return looker{l.Deliverer.DryRun()} }

func (l looker) Start(ctx context.Context, with backfill.Shared) func(backfill.Filling) (backfill.Delivery, error) {
	begin := l.Deliverer.Start(ctx, with)
	return func(f backfill.Filling) (backfill.Delivery, error) {
		d, err := begin(f)
		return look{d, f}, err
	}
}

// look is a delivery that has only to find out what is missing.
type look struct {
	backfill.Delivery
	filling backfill.Filling
}

// Send says what is known of posts that home does not hold. Whether home would take one
// that it has refused can only be told by asking it to import the post.
func (l look) Send(posts []backfill.KnownPost) error {
	for i, k := range posts {
		if Of(k.Outcome, k.Attempts, 1) != (Counts{Refused: 1}) {
			posts[i] = k.Arrived(backfill.WouldImport)
		}
	}
	return l.filling.Settle(posts...)
}

// Reading is what was found out about one account.
type Reading struct {
	Coverage
	// Result is what came of looking. If it has no coverage, it says why.
	Result backfill.Result
	// Read says that the listing was read, if not to its end.
	Read bool
}

// listener makes readings of the events of a look.
type listener struct {
	backfill.Listener
	home  string
	clock backfill.Clock
	found func(Reading)
	open  map[fediverse.Handle]*Record
}

// Event takes in an event.
func (l *listener) Event(e backfill.Event) {
	switch e := e.(type) {
	case backfill.PageListed:
		r := l.record(e.Account)
		r.Known, r.Whole, r.Claimed = true, e.All, max(r.Claimed, e.About)
	case backfill.PostSettled:
		m := Month{Counts: settled(e.Outcome)}
		if !e.Published.IsZero() {
			m.Start = MonthOf(e.Published)
		}
		l.record(e.Account).Add(m)
	case backfill.AccountFinished:
		l.finish(e.Result)
		return
	}
	l.Listener.Event(e)
}

// settled counts a post with the outcome that the engine reports. It calls those held that
// earlier runs have imported.
func settled(o backfill.Outcome) Counts {
	if o == backfill.WouldImport {
		return Counts{Importable: 1}
	}
	return Of(o, 0, 1)
}

func (l *listener) record(h fediverse.Handle) *Record {
	if l.open[h] == nil {
		l.open[h] = new(Record)
	}
	return l.open[h]
}

func (l *listener) finish(result backfill.Result) {
	r, now := l.record(result.Account), l.clock.Now()
	delete(l.open, result.Account)
	r.ReadAt = now.Truncate(time.Second)
	reading := Reading{Coverage: r.Coverage(result.Account, l.home, now), Result: result, Read: r.Known}
	reading.Fresh = true
	l.found(reading)
}
