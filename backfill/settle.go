package backfill

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill/fediverse"
)

// settledAtOnce is how many accounts are recorded in one transaction when thousands of
// them end at the same time.
const settledAtOnce = 512

// conclusion is what came of an account, before it is recorded.
type conclusion struct {
	Settlement
	// err is the error behind it. unread is one of the ledger that makes the rest
	// uncertain: nothing is recorded.
	err, unread error
}

// conclude is the conclusion from the verdict on the account, or from the error.
func (r *accountRun) conclude(v *verdict, err error) *conclusion {
	defer r.release()
	var c conclusion
	if err != nil {
		err = r.unlessTaken(err)
		if failed := r.forgetOutdated(err); failed != nil {
			err = failed
		}
		var explained verdict
		explained, c.err = r.explain(err)
		v = &explained
	}
	n := r.tally.soFar()
	if c.err != nil {
		n = n.atLeast(r.progress.counts) // it may have ended before all was counted again
	}
	var beyond bool
	beyond, c.unread = r.isMoreNoted(v, n.eligible)
	if c.unread == nil {
		var tries *Memo
		tries, c.unread = r.tries().bound(v, n, r.tally.hasBrought() || v.leavesNothing(n) && !beyond)
		c.remember(tries)
	}
	c.remember(r.claimMemo(n.claimed))
	c.Account, c.StaysOpen = r.account.Handle, v.open
	c.Result = n.untold(r.run.Told).result(r.account, r.route, *v)
	if !v.noted {
		c.note(r.wanted)
		c.Keeps = r.keeps(v, n.eligible)
	}
	if r.begun {
		r.run.Wanted = r.options.wanted()
		c.Run = &r.run
	}
	return &c
}

// concludeUnidentified is the conclusion on an account that could not be identified. It
// is noted under the name by which it was asked for.
func (s *session) concludeUnidentified(t task, err error) *conclusion {
	v := s.explain(err)
	c := conclusion{err: err}
	var tries *Memo
	tries, c.unread = s.triesOf(t.Handle).bound(&v, counts{}, false)
	c.remember(tries)
	c.Account = t.Handle
	c.Result = counts{}.result(fediverse.Account{Handle: t.Handle}, "", v)
	if !v.noted {
		c.note(s.engine.optionsFor(t.Target).wantedAs(t.Target))
		c.Keeps = othersThan(t.Wanted)
		if v.hasFailed() {
			c.Keeps = largerThan(t.Wanted, s.engine.optionsFor(t.Target).wantedAs(t.Target), s.now())
		}
	}
	return &c
}

// settle records conclusions together, and reports them in their order.
func (s *session) settle(all ...*conclusion) {
	var settlements []Settlement
	for _, c := range all {
		if c.unread == nil && !c.isEmpty() {
			settlements = append(settlements, c.Settlement)
		}
	}
	if len(settlements) > 0 {
		if err := s.engine.Ledger.Settle(s.saving, settlements...); err != nil {
			if !isLedgerAway(err) {
				err = fmt.Errorf("recording what came of accounts: %w", err)
			}
			s.stop(err)
		}
	}
	for _, c := range all {
		s.report(c)
	}
}

// report reports a result, and handles what the error behind it means for other
// accounts.
func (s *session) report(c *conclusion) {
	if err := errors.Join(s.rememberPause(c.err), c.unread); err != nil {
		s.stop(err)
	}
	var outage *OutageError
	switch {
	case isLedgerAway(c.err):
		s.stop(c.err)
	case errors.As(c.err, &outage):
		s.giveUp(outage)
	case EndsRun(c.err):
		s.stop(c.err)
	}
	s.tell(AccountFinished{Result: c.Result})
}

// manyEnds are the ends of many accounts that have nothing to wait for.
type manyEnds struct {
	s       *session
	waiting []*conclusion
}

// add takes in a conclusion; nil stands for none. It may settle those that wait.
func (m *manyEnds) add(c *conclusion) {
	if c == nil {
		return
	}
	if m.waiting = append(m.waiting, c); len(m.waiting) == settledAtOnce {
		m.settle()
	}
}

func (m *manyEnds) settle() {
	m.s.settle(m.waiting...)
	m.waiting = nil
}

// interrupted concludes the tasks that people have heard of and that did not get
// their turn, or not that of a further round.
func (d *dispatcher) interrupted() {
	ends := manyEnds{s: d.s}
	for _, t := range d.tasks() {
		switch {
		case t.run != nil:
			ends.add(t.run.conclude(nil, context.Canceled))
		case t.found != nil:
			v := interrupted("interrupted while another account on its server was being filled")
			ends.add(&conclusion{Settlement: Settlement{Result: counts{}.result(fediverse.Account{Handle: t.found.Handle}, "", v)}})
		}
	}
	ends.settle()
}
