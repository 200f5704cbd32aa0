package report

import (
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Account is what is known about an account, as `tootfill lookup` shows it.
type Account struct {
	Account  fediverse.Account
	Standing backfill.Standing
	// Held counts the posts that home has; -1 if it cannot be told, and HeldHint
	// then says what would change that. HeldMore says that there are more, which
	// were not counted.
	Held     int
	HeldMore bool
	HeldHint string
	// BoostsHint says how to import boosts.
	BoostsHint string
	Origin     Origin
	// OptOut is the tag by which the account has opted out, "" if it has not.
	OptOut string
	Routes []backfill.Route
	// Last is when it was last backfilled, zero for never; Next is when it may be
	// again, zero for now.
	Last, Next time.Time
}

// Origin is what an origin says about itself and an account.
type Origin struct {
	// Actor is the account as the origin describes it; the zero Actor if it
	// could not be read.
	Actor fediverse.Actor
	// Software and Version are what the origin runs; empty if it does not say.
	Software, Version string
	// Count is how many posts it says there are, boosts and posts that are not
	// public included; -1 if it does not say. AtLeast says that there may be
	// more.
	Count   int
	AtLeast bool
	// Outbox is "readable", or why no listing of the posts can be read; Err is
	// the error behind that.
	Outbox string
	Err    error
	// Listing is the kind of listing that could be read, such as "outbox"; empty if
	// none could. Further is the kind that has the posts which Listing leaves out;
	// empty if there is none.
	Listing, Further string
	// Shortfall says why the listing may have less than the account has posted;
	// empty if there is no reason to think so.
	Shortfall backfill.Cause
	// BoostsOnly says that all posts on the first page are boosts.
	BoostsOnly bool
}

// Words of the JSON form.
const (
	readable      = "readable"
	outboxListing = "outbox"
)

// Readable says that the posts can be listed.
func (o Origin) Readable() bool { return o.Outbox == readable }

// WriteAccount writes what is known of an account to standard output, for people or as
// JSON. further says that something has been written above it.
func (s Streams) WriteAccount(a Account, asJSON, further bool, now time.Time) error {
	if asJSON {
		return a.writeJSON(s.Stdout)
	}
	return s.writeAccountText(a, further, now)
}
