package backfill

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tootfill/backfill/fediverse"
)

// session is one Run of an engine.
type session struct {
	// engine is the engine with its ports made patient.
	engine *Engine
	// ctx ends when nothing new may be started: the caller's context ended, or
	// stop was called with an error that ends the run.
	ctx context.Context
	// saving never ends: what has happened must be recorded.
	saving context.Context
	cancel context.CancelCauseFunc
	// beginResolve and beginPush begin the delivery of one account; nil where there is no
	// such route.
	beginResolve, beginPush func(Filling) (Delivery, error)
	// beginReplies begins the work on the replies to one account's posts; nil where
	// there is none.
	beginReplies func(RepliesTo) AccountReplies

	// breadthFirst says that accounts are filled in rounds.
	breadthFirst bool

	// lookedUp counts the accounts that were looked up and wait for their turn.
	lookedUp atomic.Int64

	// origins are those that are being worked on.
	origins *originClaims

	unrecorded unrecorded

	// mu guards the fields below it.
	mu sync.Mutex
	// stopped is the error with which stop was first called.
	stopped error
	// admitted are the accounts that the run has had, by their canonical names.
	admitted map[fediverse.Handle]struct{}
	limited  []limitedTask
	// outages are the origins that are known to be down.
	outages map[string]originOutage
	// outage is that of a server that was given up; nil if there was none.
	outage *OutageError
	// putsOff says that it defers all accounts, however long the run takes.
	putsOff bool
	// outageTold says that people know that it defers accounts.
	outageTold bool

	telling sync.Mutex
	// onceClosed is for the one warning that route request is not open.
	onceClosed sync.Once
}

func (s *session) tell(e Event) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.engine.Listener.Event(e)
}

// now is what the engine's clock shows.
func (s *session) now() time.Time { return s.engine.Clock.Now() }

// wait waits for d and reports that.
func (s *session) wait(h fediverse.Handle, on string, d time.Duration, reason string) error {
	return s.waitIn(s.ctx, h, on, d, reason)
}

func (s *session) waitIn(ctx context.Context, h fediverse.Handle, on string, d time.Duration, reason string) error {
	if d <= 0 {
		return ctx.Err()
	}
	s.tell(Waiting{Account: h, On: on, Until: s.now().Add(d), Reason: reason})
	return s.engine.Clock.Wait(ctx, d)
}

// factOf is what is remembered of an account at home under a name.
func (s *session) factOf(a fediverse.Account, name string) Fact {
	return NewFact(s.engine.Ledger, s.engine.Home, name, a.Handle)
}

// isNew reports whether the account is new to the run, and notes that it no longer
// is.
func (s *session) isNew(h fediverse.Handle) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, twice := s.admitted[h]
	s.admitted[h] = struct{}{}
	return !twice
}

// forget lets an account come again.
func (s *session) forget(h fediverse.Handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.admitted, h)
}

// putOff keeps a task until its account's limit is over. Then it starts over.
func (s *session) putOff(t task, next time.Time) {
	t.found, t.recalled, t.unknown = nil, nil, false
	if !t.introducedAt.IsZero() {
		t.Account, t.Standing, t.introducedAt = nil, nil, time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = append(s.limited, limitedTask{task: t, next: next})
}
