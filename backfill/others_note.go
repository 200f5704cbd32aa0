package backfill

import (
	"fmt"
	"time"
)

// Another process may have noted an account, while this one was at work on it. Its note
// goes only if the run has done what it is for.

// othersThan are the notes that have taken the place of the one from which a run comes:
// they are newer. There are none if the run comes from none: then it is newer itself.
func othersThan(own *Wanted) func(noted Wanted) bool {
	if own == nil {
		return nil
	}
	return func(noted Wanted) bool { return !noted.isSame(*own) }
}

// largerThan are the notes that stay after a run that has failed for good. It has shown
// nothing of what it could not do itself: a note that asks for more, or allows more, may
// still come to something. One that does not has its own failure when its turn comes.
func largerThan(own *Wanted, wanted Wanted, now time.Time) func(noted Wanted) bool {
	if own != nil {
		return othersThan(own)
	}
	return func(noted Wanted) bool { return !wanted.includes(noted, now) }
}

// hasFailed reports whether nothing could be done for the account, and nothing will be
// tried again by itself.
func (v *verdict) hasFailed() bool { return v.status == FailedAccount && v.retryAt.IsZero() }

// keeps says which notes stay after a run.
func (r *accountRun) keeps(v *verdict, eligible int) func(noted Wanted) bool {
	others := othersThan(r.note)
	if v.hasFailed() {
		return largerThan(r.note, r.wanted, r.s.now())
	}
	past, ended := r.asPast(v, eligible)
	if !ended {
		return others
	}
	now := r.s.now()
	return func(noted Wanted) bool {
		return (others == nil || others(noted)) && !past.leavesNothing(noted, now)
	}
}

// isMoreNoted reports whether the account's note asks for more than a run that has come to
// its end has done.
func (r *accountRun) isMoreNoted(v *verdict, eligible int) (bool, error) {
	if _, ended := r.asPast(v, eligible); !ended {
		return false, nil
	}
	last, err := r.s.engine.Ledger.LastRun(r.s.saving, r.account.Handle)
	if err != nil {
		return false, fmt.Errorf("reading what is noted for %s: %w", r.account.Handle, err)
	}
	return last.Noted != nil && r.keeps(v, eligible)(*last.Noted), nil
}

// asPast is the run as a later one sees it. ended is false if it has not done, or not
// yet, what it was asked for.
func (r *accountRun) asPast(v *verdict, eligible int) (past PastRun, ended bool) {
	wanted := r.options.wanted()
	past = PastRun{Wanted: &wanted, StartedAt: r.run.StartedAt, Route: r.route, Status: v.status, Eligible: eligible}
	return past, r.begun && (v.status == Done || v.status == Queued) && v.retryAt.IsZero()
}
