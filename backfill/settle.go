package backfill

import (
	"errors"
	"fmt"
)

// settle records the result and says when the account may be resumed.
func (r *accountRun) settle(v verdict, result Result) error {
	beyond, err := r.notedBeyond(result)
	if err != nil {
		return err
	}
	if !v.noted {
		if err := r.s.note(result, r.wanted, beyond); err != nil {
			return err
		}
	}
	if !r.begun {
		return nil
	}
	r.run.Wanted = r.options.wanted()
	// Last, so that a crash before it leaves the run open and nothing undone.
	if err := r.s.engine.Ledger.Finish(r.s.saving, r.run, result, v.open); err != nil {
		return fmt.Errorf("recording the result of %s: %w", result.Account, err)
	}
	return nil
}

// note notes when an account is to be resumed, or removes such a note unless it is
// to be kept.
func (s *session) note(result Result, wanted Wanted, keep bool) error {
	if !result.RetryAt.IsZero() {
		d := Deferral{Account: result.Account, RetryAt: result.RetryAt, Reason: result.Reason, Wanted: &wanted}
		if d.Reason == "" {
			d.Reason = "some posts will be tried again"
		}
		if err := s.engine.Ledger.Defer(s.saving, d); err != nil {
			return fmt.Errorf("deferring %s: %w", result.Account, err)
		}
		return nil
	}
	if keep || result.Status == Interrupted {
		return nil
	}
	if err := s.engine.Ledger.Undefer(s.saving, result.Account); err != nil {
		return fmt.Errorf("recording the result of %s: %w", result.Account, err)
	}
	return nil
}

// notedBeyond reports whether the account's note, perhaps from another process,
// asks for more than a successful run was asked for. A run that comes from a note
// replaces it.
func (r *accountRun) notedBeyond(result Result) (bool, error) {
	if !r.begun || r.fromNote || result.Status != Done && result.Status != Queued {
		return false, nil
	}
	last, err := r.s.engine.Ledger.LastRun(r.s.saving, r.account.Handle)
	if err != nil {
		return false, fmt.Errorf("reading what is noted for %s: %w", r.account.Handle, err)
	}
	if last.Noted == nil {
		return false, nil
	}
	wanted := r.options.wanted()
	past := PastRun{
		Wanted: &wanted, StartedAt: r.run.StartedAt, Route: result.Route,
		Status: result.Status, Eligible: result.Eligible,
	}
	return !past.leavesNothing(*last.Noted, r.s.now()), nil
}

// end reports a result, and handles what the error behind it means for other
// accounts. saving is the error of recording it.
func (s *session) end(result Result, err, saving error) {
	if err := errors.Join(s.rememberPause(err), saving); err != nil {
		s.stop(err)
	}
	var outage *OutageError
	switch {
	case errors.As(err, &outage):
		s.giveUp(outage)
	case EndsRun(err):
		s.stop(err)
	}
	s.tell(AccountFinished{Result: result})
}
