package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// KnownPost is a post with what the ledger remembers of it.
type KnownPost struct {
	URI       string
	Published time.Time
	Outcome   Outcome
	// InRun says that the run which asks has recorded the outcome, maybe in an
	// earlier process.
	InRun bool
	// Attempts counts the runs that tried it in vain, and NextTry is when the next
	// run may try; zero if none did.
	Attempts int
	NextTry  time.Time
	Reason   string
	// Object is that of the listed post; nil if the post comes from the ledger,
	// which does not keep it.
	Object []byte
	// Replies are those of the listed post.
	Replies fediverse.Replies
	// HomeID is the post's id at home, if an import has just told it.
	HomeID string
}

// Arrived is k once home has it or, in a dry run, would get it.
func (k KnownPost) Arrived(o Outcome) KnownPost {
	k.Outcome, k.Reason, k.NextTry = o, "", time.Time{}
	return k
}

// AfterVainTry is k after one more run that tried it in vain.
func (k KnownPost) AfterVainTry(o Outcome, reason string, now time.Time) KnownPost {
	k.Attempts++
	return k.AfterBlamelessTry(o, reason, now)
}

// AfterBlamelessTry is k after a run that tried it in vain through no fault of the
// post: it rests as long as after the previous try, and the try does not count.
func (k KnownPost) AfterBlamelessTry(o Outcome, reason string, now time.Time) KnownPost {
	k.Outcome, k.Reason, k.NextTry = o, reason, now.Add(retryGap(k.Attempts))
	return k
}

// AfterStuckTry is k after it was one of a row that ended the imports of its
// account. Whether that was its fault is open, so the try does not count.
func (k KnownPost) AfterStuckTry(o Outcome, reason string, now time.Time) KnownPost {
	k.Outcome, k.Reason, k.NextTry = o, reason, now.Add(stuckRest)
	return k
}

// IsGivenUp reports whether too many runs have tried it in vain.
func (k KnownPost) IsGivenUp() bool { return k.Attempts >= maxAttempts }

// Rests reports whether it was tried in vain a short while ago. Nothing rests longer
// than its gap: if the clock has stepped back, it may be tried.
func (k KnownPost) Rests(now time.Time) bool {
	return k.NextTry.After(now) && !k.NextTry.After(now.Add(longestRest(k.Attempts)))
}

// RefusedForGood is k once it is known that home will never take it in.
func (k KnownPost) RefusedForGood(reason string) KnownPost {
	k.Outcome, k.Reason, k.Attempts = Refused, reason, maxAttempts
	return k
}
