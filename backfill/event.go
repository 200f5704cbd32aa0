package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// Event is something that happened in a run. The terminal, the plain lines and
// the JSON are listeners of the same events.
type Event interface{ event() }

// Listener is told of every event, one at a time.
type Listener interface {
	Event(Event)
}

// AccountStarted: work on an account begins.
type AccountStarted struct {
	Account fediverse.Handle
}

// PageListed: a page of the account's listing was read. Eligible is how many
// posts of the account are known so far that belong to this run; All says that
// no more will come.
type PageListed struct {
	Account  fediverse.Handle
	Eligible int
	// About estimates how many there will be in the end; 0 if nobody knows.
	About int
	All   bool
}

// PostSettled: a post has its outcome.
type PostSettled struct {
	Account fediverse.Handle
	URI     string
	// Published is zero if it is not known.
	Published time.Time
	Outcome   Outcome
	Reason    string
}

// ThreadAsked: home was asked to fetch the replies to a post by itself.
type ThreadAsked struct {
	Account fediverse.Handle
	URI     string
}

// ReplySettled: a reply to a post of the account has its outcome.
type ReplySettled struct {
	Account fediverse.Handle
	URI     string
	Outcome Outcome
	Reason  string
}

// PostSkipped: an entry of the listing is not eligible. The URI is empty
// where it must not be shown (followers-only and direct posts).
type PostSkipped struct {
	Account fediverse.Handle
	URI     string
	Reason  string
}

// Waiting: something waits for a server's limit. On is the server or account that
// it waits for.
type Waiting struct {
	Account fediverse.Handle
	On      string
	Until   time.Time
	Reason  string
}

// Warned: something a person should know, which does not stop the run.
type Warned struct {
	// Account is the zero Handle if the warning is not about one.
	Account fediverse.Handle
	Text    string
	Hint    Hint
}

// Unrecorded: the ledger does not know what came of posts of an account, since it was away
// for too long. The next run tries them again.
type Unrecorded struct {
	Account fediverse.Handle
	URIs    []string
}

// AccountFinished: the work on an account is over for this run.
type AccountFinished struct {
	Result Result
}

// AccountsKnown: so many accounts are known to the run. All says that no more will
// come.
type AccountsKnown struct {
	Accounts int
	All      bool
}

// RoundEnded: an account has come to the end of a round, counted from 0, that is not
// its last one, and waits for the next one.
type RoundEnded struct {
	Account fediverse.Handle
	Round   int
}

// RoundBegun: work on an account continues with a further round, counted from 0.
type RoundBegun struct {
	Account fediverse.Handle
	Round   int
}

func (Unrecorded) event()      {}
func (AccountStarted) event()  {}
func (PageListed) event()      {}
func (PostSettled) event()     {}
func (ThreadAsked) event()     {}
func (ReplySettled) event()    {}
func (PostSkipped) event()     {}
func (Waiting) event()         {}
func (Warned) event()          {}
func (AccountFinished) event() {}
func (AccountsKnown) event()   {}
func (RoundEnded) event()      {}
func (RoundBegun) event()      {}

// AccountResumed: an earlier process began the account's run at that time, and this
// one continues it.
type AccountResumed struct {
	Account   fediverse.Handle
	StartedAt time.Time
}

func (AccountResumed) event() {}
