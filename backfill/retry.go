package backfill

import "time"

// deferral is the least time that an account is put off when home says "not now" or
// a follow is not accepted yet.
const deferral = time.Hour

// maxAttempts is the number of runs that try a post before it is left.
const maxAttempts = 5

// retryGap is how long a post rests after so many tries in vain.
func retryGap(attempts int) time.Duration {
	gaps := [...]time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 4 * 24 * time.Hour}
	return gaps[min(max(attempts, 1), len(gaps))-1]
}

// stuckRest is how long posts rest that ended the imports of their account although
// home was well, so that the next runs get to the posts below them.
const stuckRest = 6 * time.Hour

// longestRest is the longest that a post rests after so many tries in vain.
func longestRest(attempts int) time.Duration { return max(retryGap(attempts), stuckRest) }
