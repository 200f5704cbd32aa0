package backfill

import "tootfill/backfill/fediverse"

// Target is an account to backfill.
type Target struct {
	Handle fediverse.Handle
	// Spelling is the user part as somebody has typed it; empty if nobody has.
	Spelling string
	// Account and Standing are set where the source has them from home already.
	Account  *fediverse.Account
	Standing *Standing
	// Wanted is what is wanted of this account; nil means what the options say.
	Wanted *Wanted
}
