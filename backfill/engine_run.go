package backfill

import (
	"context"
	"iter"

	"tootfill/backfill/fediverse"
)

// Run works through the targets. Events tell what came of each account. The error
// is nil, the context's (interrupted, all saved), or what ended the run early:
// *UnauthorizedError, *UnavailableError, an error of the ledger or of the targets.
// A long outage of a server does not end the run: accounts that need the server are
// deferred, and those after them are deferred untried.
//
// The end of ctx lets imports in flight finish and starts nothing new. If its cause
// is ErrOutOfTime, Run reads the targets to their end, defers what is left, and
// returns no error for that.
func (e *Engine) Run(ctx context.Context, targets iter.Seq2[Target, error]) error {
	s := e.start(ctx)
	defer s.stop(nil)
	s.bePatient()
	defer s.tellUnrecorded()
	return s.work(targets)
}

func (e *Engine) start(ctx context.Context) *session {
	run, cancel := context.WithCancelCause(ctx)
	return &session{
		engine:  e,
		ctx:     run,
		saving:  context.WithoutCancel(ctx),
		cancel:  cancel,
		origins: &originClaims{busy: make(map[string]bool)}, admitted: make(map[fediverse.Handle]struct{}),
		outages: make(map[string]originOutage), breadthFirst: e.Options.Endless && !e.Options.DepthFirst,
	}
}

// work works through the targets; those that are limited come last.
func (s *session) work(targets iter.Seq2[Target, error]) error {
	err := s.dispatch(s.introduced(targets))
	for err == nil && len(s.limited) > 0 && !s.isOutOfTime() {
		err = s.runLimited()
	}
	ends := manyEnds{s: s}
	for _, l := range s.limited {
		ends.add(s.stillLimited(l))
	}
	ends.settle()
	return Graver(s.endedBy(), err)
}

// PutOff defers the targets because of an outage, without asking anybody.
func (e *Engine) PutOff(ctx context.Context, outage *OutageError, targets iter.Seq2[Target, error]) error {
	s := e.start(ctx)
	defer s.stop(nil)
	s.bePatient()
	s.outage, s.putsOff = outage, true
	return s.work(targets)
}
