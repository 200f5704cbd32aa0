package backfill

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// explain turns an error that is not about a listing into the verdict on its
// account.
func (s *session) explain(err error) verdict {
	var outage *OutageError
	var paused *PausedError
	var excluded *ExcludedError
	var down *DownError
	switch {
	case errors.As(err, &excluded):
		return excluded.verdict()
	case errors.Is(err, ErrOutOfTime), s.isInterrupted(err) && s.isOutOfTime():
		return deferred(s.now(), OutOfTime, ErrOutOfTime.Error()).stayOpen()
	case s.isInterrupted(err):
		return interrupted("saved").stayOpen()
	case isLedgerAway(err):
		return interrupted("the ledger is away").stayOpen()
	case errors.As(err, &outage):
		return deferred(outage.RetryAt, outage.cause(), outage.Error()).stayOpen()
	case errors.As(err, &down):
		return down.verdict()
	case errors.As(err, &paused):
		return deferred(paused.Until, Paused, paused.Host+" asks for a pause").stayOpen()
	}
	v := failed(homeCause(err), reasonOf(err), HintOf(err)).stayOpen()
	if homeUnwell(err) || errors.Is(err, ErrStuck) {
		v.retryAt = s.now().Add(deferral)
	}
	return v
}

func (s *session) isInterrupted(err error) bool {
	return s.ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// explain turns the error that ended the backfill into the verdict on the account.
// It returns an error of the ledger, or else err, unless the account has nothing
// left to do.
func (r *accountRun) explain(err error) (verdict, error) {
	var limited *LimitedError
	var v verdict
	if errors.As(err, &limited) {
		past, lookErr := r.s.engine.Ledger.LastRun(r.s.saving, r.account.Handle)
		if lookErr != nil {
			err = fmt.Errorf("reading the last run of %s: %w", r.account.Handle, lookErr)
			v = r.s.explain(err)
		} else {
			v = r.limitedAfter(past, limited)
		}
	} else {
		v = r.explainEnd(err)
	}
	var unfinished *UnfinishedError
	v.unfinished = errors.As(err, &unfinished)
	v.open = v.open || v.unfinished
	if v.status == FailedAccount && r.tally.soFar().imported > 0 {
		v.status = Partial
	}
	return v, err
}

// limitedAfter is the verdict on an account that was backfilled a short while ago.
// If nothing was left to do then, there is no reason to come back.
func (r *accountRun) limitedAfter(past PastRun, limited *LimitedError) verdict {
	v := deferred(limited.NextAllowed, Limited, "backfilled a short while ago")
	switch {
	case !past.leavesNothing(r.options.wanted(), r.s.now()):
		return v
	case past.Deferred:
		v.noted = true
		return v
	case past.Status == Skipped:
		return skipped(past.Cause, past.Reason, Hint{})
	}
	v = done("filled a short while ago, nothing to do", Hint{})
	v.recent = true
	return v
}

// explainEnd is the verdict on an account whose backfill has ended with an error.
func (r *accountRun) explainEnd(err error) verdict {
	var busy *BusyError
	var origin *OriginError
	var page *PageError
	var outage *OutageError
	switch {
	case isLedgerAway(err), r.s.isInterrupted(err), errors.As(err, &outage):
		return r.s.explain(err)
	case errors.As(err, &busy):
		return deferred(r.afterTheOther(), Busy, busy.Error())
	case errors.As(err, &page):
		return r.brokenOff(page)
	case errors.As(err, &origin):
		return r.unreadable(origin)
	}
	return r.s.explain(err)
}

// brokenOff is the verdict on an account if a page of its listing cannot be read.
func (r *accountRun) brokenOff(page *PageError) verdict {
	v := partial(page.advice())
	if r.tally.soFar().listed == 0 {
		v.status = FailedAccount
	}
	if page.Err.passing() || page.Runs > 0 && !page.final() {
		v.retryAt = r.s.now().Add(deferral)
	}
	return v
}

// unreadable is the verdict on an account that its origin does not let us read.
func (r *accountRun) unreadable(origin *OriginError) verdict {
	reason, hint := originAdvice(origin)
	v := failed(origin.Cause, reason, hint)
	switch {
	case r.tally.soFar().listed > 0:
		v.status = Partial
	case origin.Cause.IsStanding() && !r.isWrongListing(origin.Cause):
		v.status = Skipped
		// Robots cost no start, but what another process has done with this run
		// may count as one.
		v.unspent = origin.Cause == Robots && !r.run.Resumed
	}
	if origin.passing() {
		v.retryAt = r.s.now().Add(deferral)
	}
	return v
}

// isWrongListing reports whether the listing may be missing because it was asked
// for by name: there may be another one.
func (r *accountRun) isWrongListing(c Cause) bool {
	return r.options.Listing != "" && (c == NotFound || c == NoOutbox)
}

// afterTheOther is when an account that another process is working on may be tried
// again.
func (r *accountRun) afterTheOther() time.Time {
	next, err := r.s.engine.Ledger.NextAllowed(r.s.saving, r.account.Handle)
	if soon := r.s.now().Add(deferral); err != nil || next.Before(r.s.now()) {
		return soon
	}
	return next
}
