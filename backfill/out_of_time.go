package backfill

import (
	"cmp"
	"context"
	"errors"
)

// isOutOfTime reports whether the time for the run is up.
func (s *session) isOutOfTime() bool { return errors.Is(context.Cause(s.ctx), ErrOutOfTime) }

// stop ends the run with an error, even if it is ending already; nil only frees what
// its context holds.
func (s *session) stop(err error) {
	s.mu.Lock()
	s.stopped = cmp.Or(s.stopped, err)
	s.mu.Unlock()
	s.cancel(err)
}

// endedBy is what ended the run early; nil if nothing did, or only its time.
func (s *session) endedBy() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == nil && !s.isOutOfTime() {
		return context.Cause(s.ctx)
	}
	return s.stopped
}

// putOffRest defers the tasks that were not started, and reads on for the sake of
// the others. It asks the ledger alone.
func (d *dispatcher) putOffRest() {
	ends := manyEnds{s: d.s}
	for _, t := range d.tasks() {
		ends.add(d.s.backfill(t, nil, nil).came)
	}
	for !d.allRead && d.s.endedBy() == nil {
		d.feed.ask()
		f, ok := <-d.feed.got
		if t, more := d.taskOf(f, ok); more {
			ends.add(d.s.backfill(t, nil, nil).came)
		}
	}
	ends.settle()
}
