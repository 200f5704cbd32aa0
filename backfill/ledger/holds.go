package ledger

import (
	"context"
	"fmt"
	"sync"

	"tootfill/backfill"
)

// holds are the runs that this process has begun and not ended, as it knows them. The
// ledger may know better: if the process could not be heard of for too long, others may
// have taken accounts from it.
type holds struct {
	mu    sync.Mutex
	byRun map[int64]*hold
	// term is that of the process ([Owners]) in which they were last compared with the
	// ledger.
	term int64
	// comparing is held while they are.
	comparing sync.Mutex
}

// hold is a run that this process works on.
type hold struct {
	run backfill.Run
	// taken says who has taken the account; nil while nobody has.
	taken *backfill.BusyError
	// end ends the work on it; nil if nothing is to be ended.
	end context.CancelCauseFunc
}

// take notes that h is now about a run. Whoever begins something with the same account
// must find that before the ledger shows the claim to it.
func (s *holds) take(h *hold, r backfill.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byRun == nil {
		s.byRun = make(map[int64]*hold)
	}
	h.run = r
	s.byRun[r.ID] = h
}

// leave forgets a hold that has come to nothing.
func (s *holds) leave(h *hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byRun[h.run.ID] == h {
		delete(s.byRun, h.run.ID)
	}
}

// drop forgets a run that has ended.
func (s *holds) drop(run int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byRun, run)
}

func (s *holds) has(run int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byRun[run] != nil
}

// lose ends the work on a run whose account was taken.
func (s *holds) lose(run int64, taken *backfill.BusyError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.byRun[run]
	if h == nil || h.taken != nil {
		return
	}
	h.taken = taken
	if h.end != nil {
		h.end(taken)
	}
}

// endBy has a run's work ended by end if its account is taken.
func (s *holds) endBy(run int64, end context.CancelCauseFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.byRun[run]
	if h == nil {
		return
	}
	h.end = end
	if h.taken != nil {
		end(h.taken)
	}
}

// all returns the runs that nobody has taken.
func (s *holds) all() (runs []backfill.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.byRun {
		if h.taken == nil {
			runs = append(runs, h.run)
		}
	}
	return runs
}

// WhileClaimed derives a context for the work on a run; see [backfill.Ledger].
func (l *Ledger) WhileClaimed(ctx context.Context, r backfill.Run) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	l.holds.endBy(r.ID, end)
	return ctx, func() { end(nil) }
}

// Permit returns nil if this process may begin a request to a server. While it does not
// count as alive, others may take the accounts that it has claimed, so it waits until it
// does again, and ends the work on those that were taken. Errors are the ledger's and
// those of ctx, which may be such work's.
func (l *Ledger) Permit(ctx context.Context) error {
	term, err := l.db.Term(ctx)
	if err != nil {
		return fmt.Errorf("making sure that the accounts are still claimed: %w", l.db.Explain(ctx, err))
	}
	if err := l.compareClaims(ctx, term); err != nil {
		return err
	}
	return ctx.Err()
}

// compareClaims ends the work on the runs that the ledger no longer knows as those of this
// process, once in each term.
func (l *Ledger) compareClaims(ctx context.Context, term int64) error {
	if l.holds.isCompared(term) {
		return nil
	}
	l.holds.comparing.Lock()
	defer l.holds.comparing.Unlock()
	if l.holds.isCompared(term) {
		return nil
	}
	for _, r := range l.holds.all() {
		err := l.write(ctx, "looking whether "+r.Account.String()+" is still claimed", func(tx Transaction) error {
			_, err := l.claimed(ctx, tx, r)
			return err
		})
		if err != nil && l.holds.isOpen(r.ID) {
			return err
		}
	}
	l.holds.compared(term)
	return nil
}

// isOpen reports whether a run has not ended and its account not been taken.
func (s *holds) isOpen(run int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.byRun[run]
	return h != nil && h.taken == nil
}

func (s *holds) isCompared(term int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.term >= term
}

func (s *holds) compared(term int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.term = term
}
