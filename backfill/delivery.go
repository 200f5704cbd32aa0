package backfill

import (
	"context"
	"time"

	"tootfill/backfill/fediverse"
)

// Deliverer is a way to bring posts that the engine has listed to home: one for
// each route that lists posts itself.
type Deliverer interface {
	// DryRun returns a deliverer that brings nothing to home and says what it
	// would bring.
	DryRun() Deliverer
	// Start readies the deliverer for one Run of the engine, which ends with ctx.
	// The returned function begins the delivery of one account; it may be called
	// by several goroutines.
	Start(ctx context.Context, with Shared) func(Filling) (Delivery, error)
}

// Shared is what all deliveries of one Run have in common.
type Shared struct {
	// Home is the name of the home server.
	Home     string
	Accounts Accounts
	Clock    Clock
	// Patience waits out short outages of home and what belongs to it.
	Patience *Patience
	// Options are those that hold for all accounts.
	Options Options
}

// Delivery brings the posts of one account to home.
type Delivery interface {
	// Missing settles those of the posts that home has, and returns the others.
	Missing(posts []KnownPost) ([]KnownPost, error)
	// Send begins to bring posts to home. It may wait for room.
	Send(posts []KnownPost) error
	// Finish sees to what is under way. err is what ended the walk; it is
	// returned unless something else has to be told.
	Finish(err error) error
}

// Filling is the filling of one account as its delivery sees it. Several
// goroutines may use it.
type Filling interface {
	Account() fediverse.Account
	// Settle records what came of posts, counts it and tells of it.
	Settle(posts ...KnownPost) error
	// SettleVain is Settle for a post that was tried in vain for the last time in
	// this run.
	SettleVain(k KnownPost) error
	// Jobs returns the jobs of the account whose outcome is not known.
	Jobs() ([]RecordedJob, error)
	// RecordJobs records jobs for posts of the account; see [Ledger].
	RecordJobs(jobs []Job) error
	// Fact is what is remembered of the account at home under a name.
	Fact(name string) Fact
	Tell(e Event)
	// Wait waits for a server and tells of it; see [Clock].
	Wait(on string, d time.Duration, reason string) error
	// HandOver gives the account's place to the next one, since this one only
	// waits for what home makes of it.
	HandOver()
}
