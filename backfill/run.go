package backfill

import (
	"errors"
	"fmt"

	"tootfill/backfill/fediverse"
)

// backfill takes one account all the way from the name that somebody asked for to
// what came of it. The task is over then, unless it has to wait for its turn. at is its
// slot; handOver is called when it only waits for home.
func (s *session) backfill(t task, at *slot, handOver func(task)) ending {
	if t.run != nil {
		return s.nextRound(t, at, handOver)
	}
	if t.found == nil {
		s.tell(AccountStarted{Account: t.Handle})
	}
	r, err := s.identify(&t)
	switch {
	case errors.Is(err, errOriginBusy):
		return ending{task: t, again: true, unclaimed: true}
	case errors.Is(err, errTwice):
		return ending{task: t}
	case r == nil:
		return ending{task: t, came: s.concludeUnidentified(t, err)}
	}
	r.slot, r.handOver = at, func() { handOver(t) }
	var v *verdict
	if err == nil {
		v, err = r.fillGap()
	}
	var limited *LimitedError
	if errors.As(err, &limited) && s.engine.Options.WaitLimit {
		s.putOff(t, limited.NextAllowed)
		return ending{task: t}
	}
	return s.endTask(t, r, v, err)
}

// endTask ends the work on an account, or on its round.
func (s *session) endTask(t task, r *accountRun, v *verdict, err error) ending {
	if errors.Is(err, errNextRound) {
		t.run, t.Account, t.found = r, nil, nil
		return ending{task: t, again: true}
	}
	return ending{task: t, came: r.conclude(v, err)}
}

// identify takes an account to the point where it is known and its turn has come.
// The run is nil if the account could not be identified.
func (s *session) identify(t *task) (*accountRun, error) {
	if err := s.engine.checkExcluded(t.Target); err != nil {
		return nil, err
	}
	if err := s.checkLimit(t.Handle); err != nil {
		return s.limitedRun(t, err)
	}
	if outage := s.lastOutage(); outage != nil {
		return nil, outage
	}
	if s.isOutOfTime() {
		return nil, ErrOutOfTime
	}
	if err := s.checkPauseEarly(t.Target); err != nil {
		return nil, err
	}
	a, err := s.find(t)
	if err != nil {
		return nil, err
	}
	return s.admit(t, a)
}

// fillGap takes an account from there to its verdict.
func (r *accountRun) fillGap() (*verdict, error) {
	for _, step := range []func() (*verdict, error){
		r.refuse,
		r.begin,
		r.request,
	} {
		if v, err := step(); v != nil || err != nil {
			return v, err
		}
	}
	return r.fill()
}

// begin claims the account and takes its hourly token.
func (r *accountRun) begin() (*verdict, error) {
	run, err := r.s.engine.Ledger.Begin(r.s.saving, r.account.Handle)
	if err != nil {
		return nil, err
	}
	r.run, r.begun = run, true
	r.ctx, r.release = r.s.engine.Ledger.WhileClaimed(r.s.ctx, run)
	if run.Resumed {
		r.s.tell(AccountResumed{Account: r.account.Handle, StartedAt: run.StartedAt})
	}
	return nil, nil
}

// checkExcluded makes sure that no server is asked about an account that is left out.
func (e *Engine) checkExcluded(t Target) error {
	var known []string
	if t.Account != nil {
		known = t.Account.Origins()
	}
	return e.Options.Exclusions.Account(t.Handle, known...)
}

// checkLimit asks the ledger before any server is asked.
func (s *session) checkLimit(h fediverse.Handle) error {
	next, err := s.engine.Ledger.NextAllowed(s.saving, h)
	if err != nil {
		return fmt.Errorf("reading the limit of %s: %w", h, err)
	}
	if next.After(s.now()) {
		return &LimitedError{NextAllowed: next}
	}
	return nil
}
