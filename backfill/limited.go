package backfill

import "tootfill/backfill/fediverse"

// stillLimited defers an account that was waiting for its limit when the run ended,
// so that a later run resumes it at the right time.
func (s *session) stillLimited(l limitedTask) *conclusion {
	v := interrupted("interrupted while waiting for its limit").tryAgain(l.next)
	if s.isOutOfTime() {
		v = deferred(l.next, Limited, "out of time while waiting for its limit")
	}
	v.cause = Limited
	result := counts{}.result(fediverse.Account{Handle: l.task.Handle}, "", v)
	c := conclusion{Settlement: Settlement{Account: result.Account, Result: result}}
	c.note(s.engine.optionsFor(l.task.Target).wantedAs(l.task.Target))
	c.Keeps = othersThan(l.task.Wanted)
	return &c
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
	err := s.wait(l.task.Handle, l.task.Handle.String(), l.next.Sub(s.now()), "one backfill per account per period")
	switch {
	case err != nil && s.isOutOfTime():
		return nil
	case err != nil:
		return err
	}
	s.limited = append(s.limited[:first], s.limited[first+1:]...)
	return s.dispatch(func(func(Target, error) bool) {}, l.task)
}
