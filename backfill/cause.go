package backfill

// Cause says in one word why an origin could not be read, why a listing falls short
// of what the account has posted, or why an account is not filled.
type Cause string

// Why an origin could not be read.
const (
	// Unreachable: no answer (DNS, connection, TLS, time-out).
	Unreachable Cause = "unreachable"
	// NeedsSignature: 401 or 403 to an unsigned request.
	NeedsSignature Cause = "needs_signature"
	// Walled: something in front of the origin, such as a bot check, keeps programs
	// out; or the origin refuses even signed requests.
	Walled Cause = "walled"
	// NotFound: 404.
	NotFound Cause = "not_found"
	// Gone: 410, or the account's own server says that it was deleted.
	Gone Cause = "gone"
	// NoOutbox: the actor names no outbox, or it holds no list.
	NoOutbox Cause = "no_outbox"
	// ServerError: 5xx.
	ServerError Cause = "server_error"
	// Malformed: the answer is not what it should be.
	Malformed Cause = "malformed"
	// Forbidden: the request would break our own rules (a private address, a
	// foreign host).
	Forbidden Cause = "forbidden"
	// Robots: the origin's robots.txt keeps tootfill away.
	Robots Cause = "robots"
)

// Why a listing may fall short of what the account has posted.
const (
	// Empty: the list has no entries, and nothing says that there are any.
	Empty Cause = "empty"
	// Hidden: there are posts, but the origin does not list them.
	Hidden Cause = "hidden"
	// Capped: the origin lists no more than the latest posts.
	Capped Cause = "capped"
	// Moved: the account lives elsewhere now.
	Moved Cause = "moved"
	// Suspended: the origin has suspended the account.
	Suspended Cause = "suspended"
)

// Why an account is not filled. Of the causes above, those that are a standing
// choice of its server apply as well.
const (
	// OptedOut: the profile says so.
	OptedOut Cause = "opted_out"
	// NotIndexable: it does not want to be indexed, and the settings respect that.
	NotIndexable Cause = "not_indexable"
	// Local: it lives on the home server itself.
	Local Cause = "local"
	// SuspendedByHome: home has suspended the account or its server.
	SuspendedByHome Cause = "suspended_by_home"
	// LimitedFederation: home only federates with servers that it has allowed.
	LimitedFederation Cause = "limited_federation"
	// Never: home never fills it, for reasons of its own.
	Never Cause = "never"
	// Excluded: the settings or the command line leave it or its server out.
	Excluded Cause = "excluded"
	// Blocked: there is a block between the account and the token's account.
	Blocked Cause = "blocked"
)

// Why an account is put off or failed. Of the causes above, those that another try
// or a person may mend apply as well.
const (
	// Limited: it was backfilled a short while ago.
	Limited Cause = "limited"
	// Busy: another process works on it.
	Busy Cause = "busy"
	// Paused: its server has asked for a pause.
	Paused Cause = "paused"
	// NotNow: home has put off the request for a backfill, or asks for a pause.
	NotNow Cause = "not_now"
	// Outage: home, or its Redis or PostgreSQL, was away for too long.
	Outage Cause = "outage"
	// OutOfTime: the time for the run was up.
	OutOfTime Cause = "out_of_time"
	// FollowRequested: the account has not accepted the follow yet.
	FollowRequested Cause = "follow_requested"
	// NotFollowed: the token's account does not follow it.
	NotFollowed Cause = "not_followed"
	// NoAccount: home cannot find such an account.
	NoAccount Cause = "no_account"
	// HomeError: home has answered with an error, or not in time.
	HomeError Cause = "home_error"
	// NoRoute: the route that is wanted is not open.
	NoRoute Cause = "no_route"
)

// IsStanding says that a cause is a choice that somebody has made for good, or for
// as long as they like. Asking again changes nothing, and nobody on this side can
// mend it.
//
// A 404 for an actor is one of them. Home knows the account, so it did exist:
// Mastodon answers 410 for a deleted account only while it keeps the name reserved,
// and 404 for one that was deleted without that
// (app/services/delete_account_service.rb, reserve_username). Every later run asks
// again, so nothing is lost if it was a mistake.
func (c Cause) IsStanding() bool {
	switch c {
	case OptedOut, NotIndexable, Local, SuspendedByHome, LimitedFederation, Never, Excluded, Blocked,
		Robots, NotFound, Gone, NoOutbox, Hidden, Capped, Empty, Moved, Suspended:
		return true
	}
	return false
}

// IsOfAccount says that a cause is about one account and how others stand to it: a
// standing choice, or what the account or the token's owner can change.
func (c Cause) IsOfAccount() bool {
	return c.IsStanding() || c == NoAccount || c == NotFollowed || c == FollowRequested
}
