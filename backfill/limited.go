package backfill

import (
	"fmt"
)

// interruptedWaiting defers an account that was waiting for its limit, so that a
// later run resumes it at the right time.
func (s *session) interruptedWaiting(l limitedTask) error {
	const reason = "interrupted while waiting for its limit"
	wanted := s.optionsFor(l.task.Target).wantedAs(l.task.Target)
	err := s.Ledger.Defer(s.saving, Deferral{Account: l.task.Handle, RetryAt: l.next, Reason: reason, Wanted: &wanted})
	s.tell(AccountFinished{Result: Result{Account: l.task.Handle, Status: Interrupted, RetryAt: l.next, Cause: Limited, Reason: reason}})
	if err != nil {
		return fmt.Errorf("deferring %s: %w", l.task.Handle, err)
	}
	return nil
}

// runLimited waits for the limited account that may run first, and runs it.
func (s *session) runLimited() error {
	first := 0
	for i, l := range s.limited {
		if l.next.Before(s.limited[first].next) {
			first = i
		}
	}
	l := s.limited[first]
	err := s.wait(l.task.Handle, l.task.Handle.String(), l.next.Sub(s.Clock.Now()), "one backfill per account per period")
	if err != nil {
		return err
	}
	s.limited = append(s.limited[:first], s.limited[first+1:]...)
	return s.dispatch(func(func(Target, error) bool) {}, l.task)
}
