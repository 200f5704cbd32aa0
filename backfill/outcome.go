package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// Outcome is what came of one post.
type Outcome string

// The outcomes of a post.
const (
	// Listed: known to exist, not yet tried.
	Listed Outcome = "listed"
	// Imported: home answered with this very post.
	Imported Outcome = "imported"
	// Held: home had it already.
	Held Outcome = "held"
	// Refused: home answered without the post and without an error.
	Refused Outcome = "refused"
	// Failed: home answered with an error, or not at all.
	Failed Outcome = "failed"
	// WouldImport: a real run would import it (dry runs only).
	WouldImport Outcome = "would_import"
)

// Final says that a post with this outcome needs no further try.
func (o Outcome) Final() bool { return o == Imported || o == Held }

// Status is what came of the backfill of one account.
type Status string

// The statuses of an account's backfill.
const (
	// Done: everything that could be done is done. Single posts may have been
	// refused.
	Done Status = "done"
	// Queued: home has taken the request and does the work itself.
	Queued Status = "queued"
	// Deferred: a limit or a pending follow stands in the way; RetryAt says until when.
	Deferred Status = "deferred"
	// Partial: some posts failed, all were refused, or the listing broke off.
	Partial Status = "partial"
	// FailedAccount: nothing could be done for the account.
	FailedAccount Status = "failed"
	// Skipped: the account is not to be backfilled, by a standing choice that Cause names.
	Skipped Status = "skipped"
	// Interrupted: stopped by the user; the same command resumes here.
	Interrupted Status = "interrupted"
)

// Route is the way posts take to home.
type Route string

// The routes.
const (
	RouteRequest Route = "request"
	RouteResolve Route = "resolve"
	RouteSidekiq Route = "sidekiq"
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

// Result is what came of one account.
type Result struct {
	Account fediverse.Handle
	// Route is empty if none was reached.
	Route  Route
	Status Status
	// Listed counts the entries seen in the listing, and Eligible those that may be
	// imported in this run.
	Listed, Eligible                int
	Held, Imported, Refused, Failed int
	// RefusedFor is why posts were refused, if all were for the same reason, and
	// FailedFor why posts have failed, likewise.
	RefusedFor, FailedFor string
	// Replies counts what came of the replies to the account's posts; nil if they
	// were not wanted.
	Replies *ReplyCounts
	// Foreign counts the entries that claim to be posts of the account but are
	// not on its server, or not by it.
	Foreign int
	// Skipped counts the entries that were left out, for each reason. It may lack
	// an entry that an earlier run has read.
	Skipped []SkipCount
	// Unspent says that work on the account did not really begin: its hourly start
	// is given back.
	Unspent bool
	// Recent says that a run a short while ago left nothing to do; the status is
	// then Done.
	Recent bool
	// RetryAt is when a further run can do more; zero if there is no such time.
	RetryAt time.Time
	// Cause says in one word why an account was skipped or failed; empty if no word
	// fits.
	Cause Cause
	// Reason says in a few words why the status is what it is, and Hint what to do
	// about it. Both are empty if there is nothing to say.
	Reason string
	Hint   Hint
	// ProfileURL is where the account can be read on its own server.
	ProfileURL string
}
