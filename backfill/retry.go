package backfill

import "time"

// deferral is the least time for which an account is put off when home says "not
// now" or a follow is not accepted yet.
const deferral = time.Hour

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
