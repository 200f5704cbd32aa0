package backfill

import "fmt"

// Accounts are filled breadth first: the newest posts of each, then more of each, so
// that all profiles soon have something to show.

// earlyRounds are how many of an account's newest posts have been tried after each
// round but the last.
var earlyRounds = [...]int{40, 200}

// Rounds is how many rounds there are at most.
const Rounds = len(earlyRounds) + 1

// roundLimit is how many of the newest posts have been tried after a round, counted
// from 0, of an account of which limit are wanted, where 0 means all. last says that
// no further round is needed.
func roundLimit(round, limit int) (posts int, last bool) {
	if round < len(earlyRounds) && (limit == 0 || earlyRounds[round] < limit) {
		return earlyRounds[round], false
	}
	return limit, true
}

// progress is what an account keeps from one of its rounds to the next. The posts
// themselves are in the ledger.
type progress struct {
	// round is the round that comes next, counted from 0.
	round int
	// source is the listing that was read; empty before the first round of this
	// process.
	source string
	// total is how long it claims to be, and gathered how many of its posts the
	// walk has passed.
	total, gathered int
	// remarked is how many of these were reported although they were not tried.
	remarked int
	// counts are those after the round.
	counts counts
}

// errNextRound ends the work on an account until its next round.
var errNextRound = fmt.Errorf("the account has to wait for its next round")

// inRounds reports whether the account is filled in rounds. If its list is to be read
// again in full, that is done once.
func (r *accountRun) inRounds() bool { return r.s.breadthFirst && !r.options.Full }

// catchesUp reports whether an earlier process has come to a later round with the
// account: those who are behind come first.
func (r *accountRun) catchesUp() bool {
	if !r.inRounds() || r.caughtUp {
		return false
	}
	r.caughtUp = true
	r.progress.round = r.run.Round
	return r.run.Round > 0
}

// endRound notes the end of a round that is not the account's last one. moved says that
// the next one has to read the listing from its top, in another place.
func (r *accountRun) endRound(w *walk, moved bool) error {
	p := w.posts.picker
	round := p.round + 1
	if err := r.s.engine.Ledger.RecordRound(r.s.saving, r.run, round); err != nil {
		return fmt.Errorf("recording how far %s has come: %w", r.account.Handle, err)
	}
	r.progress = progress{
		round: round, total: w.total, gathered: max(w.gathered, w.before.gathered),
		remarked: max(p.remarked, w.before.remarked), counts: r.tally.soFar(),
	}
	if w.posts.order.is(newestFirst) && !w.afresh && !moved {
		r.progress.source = w.pages.listing.Source()
	}
	r.account.Note, r.slot, r.handOver = "", nil, nil
	r.s.tell(RoundEnded{Account: r.account.Handle, Round: p.round})
	return errNextRound
}

// nextRound continues with an account in its next round.
func (s *session) nextRound(t task, at *slot, handOver func(task)) ending {
	r := t.run
	s.tell(RoundBegun{Account: r.account.Handle, Round: r.progress.round})
	r.slot, r.handOver = at, func() { handOver(t) }
	r.tally.beginRound()
	var v *verdict
	var err error
	switch outage := s.lastOutage(); {
	case outage != nil:
		err = outage
	case s.isOutOfTime():
		err = ErrOutOfTime
	default:
		v, err = r.fill()
	}
	return s.endTask(t, r, v, err)
}
