package backfill

import (
	"context"
	"time"

	"tootfill/backfill/fediverse"
)

// Deliverer is a way to deliver the posts that the engine has listed to home. There
// is one for each route that lists posts itself.
type Deliverer interface {
	// DryRun returns a deliverer that delivers nothing and says what it would
	// deliver.
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
	// Patience waits out short outages of home and its databases.
	Patience *Patience
	// Options are those that apply to all accounts.
	Options Options
}

// Delivery brings the posts of one account to home. One goroutine uses it.
type Delivery interface {
	// Missing settles the posts that home has, and returns the others.
	Missing(posts []KnownPost) ([]KnownPost, error)
	// Send begins to deliver posts. It may wait for room.
	Send(posts []KnownPost) error
	// Finish completes what is under way. err is what ended the walk; Finish
	// returns it unless there is something else to report.
	Finish(err error) error
}

// Filling is the filling of one account as its delivery sees it. Several
// goroutines may use it.
type Filling interface {
	// Context ends when nothing new may be started for the account.
	Context() context.Context
	// Account is the account as home knows it now. Its ID may change until the first
	// delivery begins, if home no longer knows the one that was remembered.
	Account() fediverse.Account
	// Full says that nothing may be delivered that home holds, whatever it costs to
	// find that out.
	Full() bool
	// OfOthers says that the posts are not by the account: they are none of its
	// followers' business.
	OfOthers() bool
	// Standstills is how many runs in a row, up to the last one, have tried the
	// account in vain.
	Standstills() (int, error)
	// Round is the round of the account, counted from 0. Lower ones take precedence
	// at home.
	Round() int
	// Settle records, counts and reports what came of posts.
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
	// Wait waits for a server and reports that; see [Clock].
	Wait(on string, d time.Duration, reason string) error
}
