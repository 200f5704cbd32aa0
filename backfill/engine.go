package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// Via is the choice of routes.
type Via string

// The choices of routes.
const (
	// ViaAuto tries route request first, then route sidekiq if there are
	// workers, otherwise route resolve.
	ViaAuto    Via = "auto"
	ViaRequest Via = "request"
	ViaResolve Via = "resolve"
	ViaSidekiq Via = "sidekiq"
)

// Options say what a run is to do.
type Options struct {
	Via Via
	// Limit is how many of the newest eligible posts are wanted; 0 means all.
	Limit int
	// Since and Until bound the dates of the posts; zero means open.
	Since, Until time.Time
	// Concurrency is how many imports run at a time, at least 1.
	Concurrency int
	// NotFollowed allows accounts that the token's account does not follow.
	NotFollowed bool
	// Wait is for how long to look for posts after home has taken a request.
	Wait time.Duration
	// Boosts imports boosted posts, too.
	Boosts bool
	// RespectIndexable leaves accounts alone that do not want to be indexed.
	RespectIndexable bool
	// MaxWaiting is how many jobs of route sidekiq may wait at a time, at least 1.
	MaxWaiting int
	// MaxLatency pauses route sidekiq while the oldest job that imports has
	// waited longer.
	MaxLatency time.Duration
	// NoWait ends route sidekiq once all is pushed; a later run settles it.
	NoWait bool
	// HomeTimelines has what was imported merged into the home timelines of the
	// account's followers (route sidekiq).
	HomeTimelines bool
	// Listing is the kind of listing that was asked for; empty means whichever
	// the origin has.
	Listing string
	// RetryLeft tries the posts once more that were left after too many runs.
	RetryLeft bool
	// WaitLimit waits for the hourly limit of an account instead of deferring it.
	WaitLimit bool
}

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

// Engine runs backfills.
type Engine struct {
	Accounts  Accounts
	Requester Requester // nil leaves route request out
	// Resolve and Push are routes resolve and sidekiq; nil leaves one out.
	Resolve, Push Deliverer
	// Refresher mends the number of posts on profiles; nil leaves it to home.
	Refresher Refresher
	Origin    Origin
	Ledger    Ledger
	Clock     Clock
	Listener  Listener
	// Patience waits out short outages; nil means one for each run, without a
	// pulse.
	Patience *Patience
	// Home is the name of the home server, as people and the ledger know it.
	Home    string
	Options Options
}
