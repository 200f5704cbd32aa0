package backfill

import "time"

// Wanted says which posts of an account a run is asked to bring, and how. The
// ledger keeps it with a run, to know what the run has covered, and with a
// deferral, so that the account resumes as it was meant.
type Wanted struct {
	// The fields are those of Options.
	Limit        int
	Since, Until time.Time
	Boosts       bool
	NotFollowed  bool
	Via          Via
	Listing      string
	Replies      bool
	Full         bool
	// Spelling is that of Target: a home that does not know the account yet is
	// asked for what was typed.
	Spelling string
}

// isSame reports whether the same is wanted, however the account's name was typed.
func (w Wanted) isSame(o Wanted) bool {
	same := w.Since.Equal(o.Since) && w.Until.Equal(o.Until)
	w.Since, w.Until, w.Spelling = o.Since, o.Until, o.Spelling
	return same && w == o
}

// PastRun is the last run of an account, as the ledger remembers it.
type PastRun struct {
	// Wanted is what it was asked for; nil if that was not recorded.
	Wanted    *Wanted
	StartedAt time.Time
	Route     Route
	Status    Status
	Eligible  int
	Cause     Cause
	Reason    string
	// RetryAt is when a further run could do more; zero if there is nothing left.
	RetryAt time.Time
	// Open says that it has no result yet.
	Open bool
	// Deferred says that the account is noted to be resumed later. Noted is what
	// for, perhaps something else; nil if that is not known.
	Deferred bool
	Noted    *Wanted
}

// leavesNothing reports whether a run asked for w would find nothing that the past
// one could have done but did not.
func (p PastRun) leavesNothing(w Wanted, now time.Time) bool {
	if p.Open || !p.RetryAt.IsZero() || p.Wanted == nil || w.Full && !p.Wanted.Full {
		return false
	}
	switch p.Status {
	case Done, Queued, Skipped:
	default:
		return false
	}
	if p.Route == RouteRequest {
		return w.Via == ViaRequest || w.Via == ViaAuto // home has chosen the posts
	}
	return w.Via != ViaRequest && p.covers(w, now)
}

// includes reports whether a run asked for other would try nothing beyond what one asked
// for w tries, and in no other way.
func (w Wanted) includes(other Wanted, now time.Time) bool {
	if other.Via != w.Via || other.NotFollowed && !w.NotFollowed || other.Replies && !w.Replies {
		return false
	}
	past := PastRun{Wanted: &w, StartedAt: now, Status: Done, Eligible: w.Limit}
	if w.Via == ViaRequest {
		past.Route = RouteRequest
	}
	return past.leavesNothing(other, now)
}

// covers reports whether the past run had all posts in view that are wanted now.
func (p PastRun) covers(w Wanted, now time.Time) bool {
	past := *p.Wanted
	// All posts in the window, not just the newest.
	all := past.Limit == 0 || p.Eligible < past.Limit
	switch {
	case past.Listing != w.Listing, w.Boosts && !past.Boosts:
		return false
	case past.Boosts && !w.Boosts && !all:
		return false // boosts have used up some of the limit
	case !past.Since.IsZero() && (w.Since.IsZero() || w.Since.Before(past.Since)):
		return false
	}
	within, same := compareUntil(past.Until, w.Until, now.Sub(p.StartedAt))
	return within && (all || same && w.Limit > 0 && w.Limit <= past.Limit)
}

// compareUntil reports whether the end of a window lies within that of a past one,
// and whether they are the same. An end given as an age moves on with time, as does
// one that is not given.
func compareUntil(past, now time.Time, elapsed time.Duration) (within, same bool) {
	switch {
	case now.IsZero():
		return past.IsZero(), past.IsZero()
	case past.IsZero():
		return true, false
	}
	moved := now.Sub(past)
	return moved <= elapsed, moved >= 0 && moved <= elapsed
}
