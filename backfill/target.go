package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// Target is an account to backfill.
type Target struct {
	Handle fediverse.Handle
	// Spelling is the user part as somebody typed it; empty if nobody did.
	Spelling string
	// Named says that somebody has named this very account.
	Named bool
	// Account and Standing are set if the source already has them from home.
	Account  *fediverse.Account
	Standing *Standing
	// NotFollowed allows the account even if the token's account does not follow it.
	NotFollowed bool
	// Wanted is what is wanted of this account; nil means what the options say.
	Wanted *Wanted

	// introducedAt is when this run asked home for the account or its standing, and
	// unknown says that home did not know the account then.
	introducedAt time.Time
	unknown      bool
	// lookedUp says that it counts among those that were looked up and wait.
	lookedUp bool
}
