package service

import (
	"context"
	"iter"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// pollEvery is how often to look for what other processes have noted, and for accounts
// whose time has come.
const pollEvery = 10 * time.Second

// Asked is an account that was asked for and of which nothing has come yet.
type Asked struct {
	Account fediverse.Handle
	// ID is its id at home.
	ID string
	// At is when it was first asked for.
	At time.Time
}

// Backlog is what there is to do.
type Backlog interface {
	// Asked reads the accounts that were asked for and of which nothing has come yet,
	// the first ones first.
	Asked(ctx context.Context) iter.Seq2[Asked, error]
	// Due reads the accounts that were put off and whose time has come, the earliest
	// first.
	Due(ctx context.Context) iter.Seq2[backfill.Deferral, error]
}

// Source yields accounts to the engine for as long as the service runs, and learns from
// the engine's events what has come of them. It must be made by NewSource.
type Source struct {
	backlog Backlog
	clock   backfill.Clock
	// woken has an element if something was noted since the last look.
	woken chan struct{}

	mu sync.Mutex
	// underway are the accounts that were yielded and of which nothing has come yet.
	underway map[fediverse.Handle]struct{}
}

// NewSource returns a source that yields what a backlog has.
func NewSource(b Backlog, c backfill.Clock) *Source {
	return &Source{backlog: b, clock: c, woken: make(chan struct{}, 1), underway: make(map[fediverse.Handle]struct{})}
}

// Wake has the source look at once for what was noted.
func (s *Source) Wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

// Event takes note of what comes of accounts.
func (s *Source) Event(e backfill.Event) {
	if f, ok := e.(backfill.AccountFinished); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.underway, f.Result.Account)
	}
}

// Targets yields accounts until ctx ends, each when it is wanted: those that were asked
// for come first, even if others have waited for longer. An error of the backlog ends it.
func (s *Source) Targets(ctx context.Context) iter.Seq2[backfill.Target, error] {
	return func(yield func(backfill.Target, error) bool) {
		s.startOver()
		for ctx.Err() == nil {
			t, found, err := s.next(ctx)
			switch {
			case ctx.Err() != nil:
				return
			case !found && err == nil:
				s.wait(ctx)
			case !yield(t, err) || err != nil:
				return
			}
		}
	}
}

// startOver forgets what an earlier run has left.
func (s *Source) startOver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.underway)
}

// next is the next account; found is false if there is none now.
func (s *Source) next(ctx context.Context) (t backfill.Target, found bool, err error) {
	for a, err := range s.backlog.Asked(ctx) {
		if err != nil {
			return t, false, err
		}
		if s.take(a.Account) {
			return backfill.Target{Handle: a.Account, Named: true}, true, nil
		}
	}
	for d, err := range s.backlog.Due(ctx) {
		if err != nil {
			return t, false, err
		}
		if s.take(d.Account) {
			return d.Target(), true, nil
		}
	}
	return t, false, nil
}

// take reports whether an account is not underway, and notes that it is.
func (s *Source) take(h fediverse.Handle) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, is := s.underway[h]; is {
		return false
	}
	s.underway[h] = struct{}{}
	return true
}

// wait waits until something was noted here, or may have been noted elsewhere.
func (s *Source) wait(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_ = s.clock.Wait(ctx, pollEvery) // whatever ends the wait, it is time to look
	}()
	select {
	case <-s.woken:
	case <-ctx.Done():
	}
}
