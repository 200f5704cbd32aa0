package backfill

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Settle records what came of posts, counts it and tells of it; see [Filling].
func (f *filling) Settle(posts ...KnownPost) error {
	if slices.ContainsFunc(posts, func(k KnownPost) bool { return k.Outcome == Imported }) {
		if err := f.countRises(); err != nil {
			return err
		}
	}
	if err := f.recordOutcomes(posts...); err != nil {
		return err
	}
	for _, k := range posts {
		f.settleEarly(k.URI)
		f.count(k, k.Outcome, k.Reason)
	}
	return nil
}

// SettleVain settles a post that was tried in vain; see [Filling].
func (f *filling) SettleVain(k KnownPost) error {
	if err := f.recordOutcomes(k); err != nil {
		return err
	}
	f.settleEarly(k.URI)
	f.mu.Lock()
	f.vain = true
	f.mu.Unlock()
	if k.Attempts < maxAttempts {
		f.restUntil(k.NextTry)
	}
	f.count(k, k.Outcome, k.Reason)
	return nil
}

// restUntil notes when a post that rests may be tried again.
func (f *filling) restUntil(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.result.RetryAt.IsZero() || t.Before(f.result.RetryAt) {
		f.result.RetryAt = t
	}
}

func (f *filling) recordOutcomes(posts ...KnownPost) error {
	if len(posts) == 0 {
		return nil
	}
	if err := f.Ledger.RecordOutcomes(f.saving, f.run, posts); err != nil {
		return fmt.Errorf("recording what came of posts of %s: %w", f.account.Handle, err)
	}
	return nil
}

// count adds a post's outcome to the result and tells of it.
func (f *filling) count(k KnownPost, o Outcome, reason string) {
	f.mu.Lock()
	switch o {
	case Imported:
		f.result.Imported++
	case Held:
		f.result.Held++
	case Refused:
		f.result.Refused++
	case Failed:
		f.result.Failed++
		f.failures.Add(WithoutPost(reason, k.URI))
	}
	f.mu.Unlock()
	f.tell(PostSettled{Account: f.account.Handle, URI: k.URI, Outcome: o, Reason: reason})
}

// summarise turns what came of the posts into the account's status. err is what
// ended the walk or the imports before their time.
func (f *filling) summarise(err error) error {
	switch {
	case errors.Is(err, ErrQueued):
		f.open = true
		f.conclude(Queued, "its jobs are in the queue of "+f.Home, Say("a later run shows what came of them"))
		f.result.RetryAt = f.Clock.Now().Add(deferral)
	case errors.Is(err, ErrHopeless):
		f.open = true
		f.result.RetryAt = f.Clock.Now().Add(deferral)
		f.conclude(Partial, f.account.Handle.Domain+" seems to limit "+f.Home+", which answers without the posts", f.limitHint())
	case err != nil:
		return err
	case f.vain && f.result.Failed > 0:
		f.conclude(Partial, f.failures.After("some posts failed"), Say("they are tried again by later runs"))
	case f.vain && f.result.Imported+f.result.Held == 0:
		f.conclude(Partial, f.Home+" took none of the posts",
			Say("it may block "+f.account.Handle.Domain+", or that server may refuse "+f.Home))
	case f.complete:
		f.concludeListing()
	default:
		f.concludeDone()
	}
	return nil
}

// concludeDone says, of an account of which there was nothing to import, why.
func (f *filling) concludeDone() {
	var reason string
	var hint Hint
	switch {
	case f.result.Eligible == 0:
		reason, hint = f.nothing()
	case f.left > 0:
		reason = fmt.Sprintf("left after too many tries in vain: %d", f.left)
		hint.Kind = RetryLeft
	}
	f.conclude(Done, reason, hint)
}

// leaveOne counts a post that is not tried any more.
func (f *filling) leaveOne() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left++
}

// limitHint says what to make of an origin that gave nothing for long.
func (f *filling) limitHint() Hint {
	if f.result.Imported+f.result.Held > 0 {
		return Say("the rest is tried again by later runs")
	}
	return Say("later runs try again; if that stays so, " + f.Home + " may block it, or it may refuse " + f.Home)
}

// concludeListing is the outcome of a listing that was read to its end.
func (f *filling) concludeListing() {
	host, why := f.account.Handle.Domain, f.listing.Shortfall()
	switch f.result.Cause = why; why {
	case Hidden:
		f.skip(why, host+" does not list the account's posts", Say(hiddenHint))
	case Capped:
		reason, hint := host+" lists only the latest posts", Say("older ones can be read on the profile's page")
		if nothing, means := f.nothing(); f.result.Eligible == 0 && len(f.result.Skipped) > 0 {
			reason, hint = nothing+"; "+reason, cmp.Or(means, hint)
		}
		f.conclude(Done, reason, hint)
	case Moved:
		f.skip(why, "the account has moved to "+f.listing.Actor().MovedTo, Say("backfill the new account"))
	case Suspended:
		f.skip(why, host+" has suspended the account", Say(suspendedHint))
	case Empty:
		f.conclude(Done, host+" lists no posts", Say("those for followers only are in no list"))
	default:
		f.concludeDone()
	}
}
