package backfill_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
)

// errKilled is what a process that was killed gets from everything outside it: nothing
// of what it still does has an effect.
var errKilled = errors.New("the process was killed")

// death kills an engine, or interrupts it, at one of the steps that have an effect outside it.
type death struct {
	mu     sync.Mutex
	random *rand.Rand
	// steps are left until it comes; it never comes if they are negative.
	steps int
	// gentle says that it is an interrupt: what is in flight is finished and recorded.
	gentle    bool
	dead, cut bool
	end       context.CancelFunc
}

// step does something that has an effect. The step at which death comes may or may not
// have it.
func (d *death) step(do func() error) error {
	d.mu.Lock()
	if d.dead {
		d.mu.Unlock()
		return errKilled
	}
	if d.steps--; d.steps != 0 {
		d.mu.Unlock()
		return do()
	}
	d.cut, d.dead = true, !d.gentle
	before := d.random.IntN(2) == 0
	d.mu.Unlock()
	d.end()
	switch {
	case d.gentle:
		return do()
	case before:
		return errKilled
	}
	return errors.Join(do(), errKilled)
}

func (d *death) isDead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// isCut reports whether the run has ended early, one way or the other.
func (d *death) isCut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cut
}

// countingClock counts how far it has moved forwards in all: at least so much has
// passed for somebody who cannot know which of its steps were wrong.
type countingClock struct {
	*backfilltest.Clock
	mu       sync.Mutex
	forwards time.Duration
}

func (c *countingClock) Wait(ctx context.Context, d time.Duration) error {
	c.count(d)
	return c.Clock.Wait(ctx, d)
}

func (c *countingClock) Step(d time.Duration) {
	c.count(d)
	c.Clock.Step(d)
}

func (c *countingClock) count(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forwards += max(d, 0)
}

func (c *countingClock) passed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.forwards
}

// records is what the processes of one test have recorded, as their ledger confirmed.
type records struct {
	mu sync.Mutex
	// starts are when the accounts have taken a token, and tooSoon those that took
	// another one within the hour.
	starts  map[fediverse.Handle]time.Duration
	tooSoon []fediverse.Handle
	// settled are the posts with a final outcome.
	settled map[string]bool
}

// mortalLedger is the ledger as a process has it that will be killed.
type mortalLedger struct {
	backfill.Ledger
	*death
	clock   *countingClock
	records *records
	// shift steps the clock now and then.
	shift func()
}

func (l *mortalLedger) Begin(ctx context.Context, h fediverse.Handle) (r backfill.Run, err error) {
	err = l.step(func() error {
		before := l.clock.passed()
		if r, err = l.Ledger.Begin(ctx, h); err != nil || r.Resumed {
			return err
		}
		l.records.mu.Lock()
		defer l.records.mu.Unlock()
		if at, twice := l.records.starts[h]; twice && l.clock.passed()-at < time.Hour {
			l.records.tooSoon = append(l.records.tooSoon, h)
		}
		l.records.starts[h] = before
		return nil
	})
	return r, err
}

func (l *mortalLedger) Settle(ctx context.Context, all ...backfill.Settlement) error {
	return l.step(func() error { return l.Ledger.Settle(ctx, all...) })
}

func (l *mortalLedger) RecordRound(ctx context.Context, r backfill.Run, round int) error {
	return l.step(func() error { return l.Ledger.RecordRound(ctx, r, round) })
}

func (l *mortalLedger) RecordPage(ctx context.Context, r backfill.Run, id int64, p backfill.ListedPage) (s backfill.Stretch, known []backfill.KnownPost, err error) {
	l.shift()
	err = l.step(func() error {
		s, known, err = l.Ledger.RecordPage(ctx, r, id, p)
		return err
	})
	return s, known, err
}

func (l *mortalLedger) RecordJobs(ctx context.Context, r backfill.Run, jobs []backfill.Job) error {
	return l.step(func() error { return l.Ledger.RecordJobs(ctx, r, jobs) })
}

func (l *mortalLedger) RecordOutcomes(ctx context.Context, r backfill.Run, posts []backfill.KnownPost) error {
	return l.step(func() error {
		err := l.Ledger.RecordOutcomes(ctx, r, posts)
		l.records.mu.Lock()
		defer l.records.mu.Unlock()
		for _, k := range posts {
			if err == nil && k.Outcome.Final() {
				l.records.settled[k.URI] = true
			}
		}
		return err
	})
}

func (l *mortalLedger) Remember(ctx context.Context, server, name, value string, until time.Time) error {
	return l.step(func() error { return l.Ledger.Remember(ctx, server, name, value, until) })
}

// mortalHome is home as a process has it that will be killed.
type mortalHome struct {
	*enginetest.Home
	*death
}

// Import may come to home although the process never hears of it.
func (h mortalHome) Import(ctx context.Context, uri string) (id string, err error) {
	answer := h.step(func() error {
		id, err = h.Home.Import(context.WithoutCancel(ctx), uri)
		return nil
	})
	if answer != nil {
		return "", context.Canceled
	}
	return id, err
}

// mortalWorkers are home's workers as a process has them that will be killed.
type mortalWorkers struct {
	push.Workers
	*death
}

// Push leaves out the jobs that are there already, as its contract says.
func (w mortalWorkers) Push(ctx context.Context, jobs []backfill.Job) error {
	return w.step(func() error {
		places, err := w.Where(context.WithoutCancel(ctx), jobs)
		if err != nil {
			return err
		}
		var absent []backfill.Job
		for _, j := range jobs {
			if places[j.JID] == backfill.JobGone {
				absent = append(absent, j)
			}
		}
		return w.Workers.Push(context.WithoutCancel(ctx), absent)
	})
}

// mortalListener keeps what a process has reported before it was killed.
type mortalListener struct {
	*death
	enginetest.Listener
}

func (l *mortalListener) Event(e backfill.Event) {
	if !l.isDead() {
		l.Listener.Event(e)
	}
}

// isSettled reports whether the ledger has a final outcome of a post.
func (r *records) isSettled(uri string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settled[uri]
}
