package backfill

import "time"

// maxAttempts is in how many runs a post is tried before it is left.
const maxAttempts = 5

// retryGap is how long a post rests after it was tried in vain so many times.
func retryGap(attempts int) time.Duration {
	gaps := [...]time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 4 * 24 * time.Hour}
	return gaps[min(max(attempts, 1), len(gaps))-1]
}

// stuckRest is for how long posts rest that have ended the imports of their
// account though home was well, so that the next runs get to those below them.
const stuckRest = 6 * time.Hour

// longestRest is the longest that a post rests which was tried in vain so often.
func longestRest(attempts int) time.Duration { return max(retryGap(attempts), stuckRest) }

// Arrived is k once home has it, or, in a dry run, would get it.
func (k KnownPost) Arrived(o Outcome) KnownPost {
	k.Outcome, k.Reason, k.NextTry = o, "", time.Time{}
	return k
}

// AfterVainTry is k after one more run that tried it in vain.
func (k KnownPost) AfterVainTry(o Outcome, reason string, now time.Time) KnownPost {
	k.Attempts++
	return k.AfterBlamelessTry(o, reason, now)
}

// AfterBlamelessTry is k after a run that tried it in vain through no fault of its
// own: it rests for as long as after the try before, and has one try more.
func (k KnownPost) AfterBlamelessTry(o Outcome, reason string, now time.Time) KnownPost {
	k.Outcome, k.Reason, k.NextTry = o, reason, now.Add(retryGap(k.Attempts))
	return k
}

// AfterStuckTry is k after it has been one of a row that ended the imports of its
// account. Whether that was its fault is open, so the try is none of its own.
func (k KnownPost) AfterStuckTry(o Outcome, reason string, now time.Time) KnownPost {
	k.Outcome, k.Reason, k.NextTry = o, reason, now.Add(stuckRest)
	return k
}

// RefusedForGood is k once it is known that home will never take it in.
func (k KnownPost) RefusedForGood(reason string) KnownPost {
	k.Outcome, k.Reason, k.Attempts = Refused, reason, maxAttempts
	return k
}
