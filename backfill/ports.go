package backfill

import (
	"context"
	"time"

	"tootfill/backfill/fediverse"
)

// Accounts finds accounts on the home server.
type Accounts interface {
	// Account finds h, letting home fetch it from its origin if need be.
	// An account that cannot be found is ErrNoAccount.
	Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error)
	// Known finds h only if home knows it already; otherwise ErrNoAccount.
	Known(ctx context.Context, h fediverse.Handle) (fediverse.Account, error)
	// Standing says how the token's account stands to a.
	Standing(ctx context.Context, a fediverse.Account) (Standing, error)
}

// Introducer says of many accounts what Accounts says of one.
type Introducer interface {
	// Standings says how the token's account stands to accounts, by their ids at home.
	// Those that home does not mention are left out.
	Standings(ctx context.Context, ids []string) (map[string]Standing, error)
	// Fetch has home fetch an account that Known has not found; spelling is the user
	// part as it was typed. An account that cannot be found is ErrNoAccount.
	Fetch(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error)
}

// Requester asks home to backfill an account by itself (route request).
type Requester interface {
	// Request returns nil only for a 202. Otherwise the error is, or wraps,
	// ErrNoEndpoint, *NotNowError or *LeftAloneError (both only if home says so in
	// its API's own JSON), *UnauthorizedError, *UnavailableError or *AnswerError.
	Request(ctx context.Context, a fediverse.Account) error
	// Sample returns some of what home holds of a: its newest and its oldest
	// posts. Comparing two samples shows whether a request has had an effect.
	Sample(ctx context.Context, a fediverse.Account) ([]HeldPost, error)
}

// Origin reads the servers on which accounts live.
type Origin interface {
	// Open opens the listing of an account, perhaps by what an earlier run has learnt
	// of it; Reopen asks its origin about everything. Errors are *OriginError,
	// *PausedError, the context's, or the ledger's.
	Open(ctx context.Context, a fediverse.Account) (Listing, error)
	Reopen(ctx context.Context, a fediverse.Account) (Listing, error)
}

// Listing reads which posts of one account exist.
type Listing interface {
	// Actor is the account as its origin describes it, or has described it when an
	// earlier run opened the listing.
	Actor() fediverse.Actor
	// Revalidate makes sure that Actor is right, if it may not be. moved says that the
	// listing is now in another place, and has to be read from its top. Errors are
	// those of Reopen.
	Revalidate(ctx context.Context) (moved bool, err error)
	// Source names the kind of listing, such as "outbox". Cursors of one source
	// mean nothing to another. It may change with a page: if one listing breaks off
	// or is empty, the page is the top of another one.
	Source() string
	// ReadPost reads what the listing does not say about a bare post. A post that
	// cannot be read is returned as it was.
	ReadPost(ctx context.Context, p fediverse.Post) (fediverse.Post, error)
	// Shortfall says, after the last page, why the listing may fall short of what
	// the account has posted; empty if nothing suggests that.
	Shortfall() Cause
	// Page reads the page at cursor; the first one's cursor is empty. Errors
	// are *OriginError, *PausedError, the context's, or the ledger's.
	Page(ctx context.Context, cursor string) (Page, error)
	// TopIfChanged reads the top page. If it still is the one that tag stands for, same is true
	// and the page has no entries. An empty tag stands for no page.
	TopIfChanged(ctx context.Context, tag string) (page Page, same bool, err error)
}

// Run is one backfill of one account, from its hourly token to its result. An
// interrupted run stays open; the next Begin resumes it.
type Run struct {
	ID      int64
	Account fediverse.Handle
	// Resumed says that the run was begun by an earlier process.
	Resumed   bool
	StartedAt time.Time
	// Round is the round that the run had come to, counted from 0.
	Round int
	// Told counts the imports that an earlier result of the run has told of, unless
	// the run was interrupted then.
	Told int
	// Wanted is what the run has been asked for; it is known when it finishes.
	Wanted Wanted
}

// Deferral is an account that has to wait.
type Deferral struct {
	Account fediverse.Handle
	RetryAt time.Time
	Reason  string
	// Wanted is what was wanted of it; nil if that is not known.
	Wanted *Wanted
}

// Target is the account as it was wanted when it was put off.
func (d Deferral) Target() Target {
	t := Target{Handle: d.Account, Wanted: d.Wanted}
	if d.Wanted != nil {
		t.Spelling = d.Wanted.Spelling
	}
	return t
}

// ListedPage is a page of a listing as the engine hands it to the ledger.
type ListedPage struct {
	Source string
	// First says that the page is the top of the listing.
	First bool
	// Posts are the posts of the page that may ever be imported.
	Posts []fediverse.Post
	Marks []string
	Next  string
}

// Stretch is where a walk stands after a page: in a part of the account's listing
// that has been read without a gap.
type Stretch struct {
	// ID goes with the walk's next page.
	ID int64
	// Next is the cursor at which the listing continues; empty if it was read to
	// its end.
	Next string
	// Joined says that the page just recorded met what an earlier walk has read.
	// Next is then the cursor below that, and Below are the posts in between.
	Joined bool
	Below  Span
}

// Span is a range of posts in a listing that the ledger knows, from the top down.
// What its numbers mean is the ledger's business.
type Span struct{ Listing, From, To int64 }

// Ledger is our own durable record, one for each home server. What a method records
// is on disk when it returns. Several processes may use it at once.
type Ledger interface {
	// NextAllowed says when h may be backfilled next: the zero time if now. It
	// takes no token. An account with an open run may always continue.
	NextAllowed(ctx context.Context, h fediverse.Handle) (time.Time, error)
	// Begin claims the account for this process and takes its hourly token, in one
	// step; an open run resumes without a token. Errors are, or wrap, *LimitedError
	// and *BusyError.
	Begin(ctx context.Context, h fediverse.Handle) (Run, error)
	// WhileClaimed derives a context for the work on a run. It ends, with a *BusyError as
	// its cause, if another process has taken the account: this one could not be heard of
	// for too long. The caller ends it when the work is over.
	WhileClaimed(ctx context.Context, r Run) (context.Context, context.CancelFunc)
	// Settle records what came of accounts, in one transaction if it can. Of an account
	// it records all or nothing; the error is of those of which it records nothing. Of one
	// that another process has taken it records nothing, which is no error.
	Settle(ctx context.Context, all ...Settlement) error

	// RecordRound records that the run has come to a round, counted from 0. Begin
	// returns it when the run is resumed.
	RecordRound(ctx context.Context, r Run, round int) error

	// LastRun is the last run of h; the zero PastRun if there was none.
	LastRun(ctx context.Context, h fediverse.Handle) (PastRun, error)
	// Tried reports whether h has had a run, whatever came of it.
	Tried(ctx context.Context, h fediverse.Handle) (bool, error)

	// CountPosts counts posts of h by what is known of them. An account that is not
	// known has none.
	CountPosts(ctx context.Context, h fediverse.Handle, c Counting) (PostCount, error)

	// RecordPage records the posts of a page before any of them is tried, and where
	// the listing continues. stretch is the ID that the call for the walk's
	// previous page returned, 0 for the first page. The returned posts are those of
	// the page, in its order, each once, with what was known of them.
	RecordPage(ctx context.Context, r Run, stretch int64, p ListedPage) (Stretch, []KnownPost, error)
	// Reread returns where a walk stands that has found nothing new on the top page
	// of a source: what RecordPage would return, had that page met the topmost post
	// that the ledger knows. Below then has all posts down to the first gap. It reads
	// no page and writes nothing. known is false if the source was never read.
	//
	// If the oldest posts come first, an empty Next is no end: a listing of one page
	// may have grown by another. Its top page has to be read.
	Reread(ctx context.Context, r Run, source string) (s Stretch, known bool, err error)
	// Recorded returns what is known of the posts with these URIs, in their order;
	// an unknown one is Listed. It writes nothing.
	Recorded(ctx context.Context, r Run, uris []string) ([]KnownPost, error)
	// ReadKnown reads up to n posts of a span, in the order of the listing, and
	// returns the rest of the span. This walk has listed no post of a span.
	ReadKnown(ctx context.Context, r Run, span Span, n int) (known []KnownPost, rest Span, err error)
	// RecordDates records the dates of known posts that had none.
	RecordDates(ctx context.Context, r Run, posts []KnownPost) error
	// RecordJobs records jobs for posts, before and after they are pushed. A later
	// call replaces the job of a post.
	RecordJobs(ctx context.Context, r Run, jobs []Job) error
	// Jobs returns the recorded jobs of the account whose outcome is not known. One
	// not recorded as pushed may still have been: JobMaybePushed.
	Jobs(ctx context.Context, r Run) ([]RecordedJob, error)
	// RecordOutcomes records what came of posts in the run, and drops their jobs. It does
	// so, too, if another process has taken the account.
	RecordOutcomes(ctx context.Context, r Run, posts []KnownPost) error

	// RenameDeferral moves the note of an account that was deferred under another
	// name to its canonical handle. If the handle has a note already, that note
	// stays and the other one goes.
	RenameDeferral(ctx context.Context, name, canonical fediverse.Handle) error

	Pauses

	Memory
}
