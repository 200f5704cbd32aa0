package replies

import (
	"context"

	"tootfill/backfill"
)

// Ledger remembers which posts wait for their replies, and which replies were tried.
type Ledger interface {
	// AddThreads notes posts whose replies are wanted. One whose replies were
	// brought less than [backfill.RepliesRest] ago is left as it is.
	AddThreads(ctx context.Context, r backfill.Run, threads []backfill.Thread) error
	// Threads returns up to n posts of the account that wait: first those that are
	// known to have replies, and of each kind the newest.
	Threads(ctx context.Context, r backfill.Run, n int) ([]backfill.Thread, error)
	// EndThread notes that nothing more is to be done for a post now. asked says
	// that home was asked for its replies.
	EndThread(ctx context.Context, r backfill.Run, uri string, asked bool) error
	// EndThreads does the same for all posts of the account that still wait.
	EndThreads(ctx context.Context, r backfill.Run) error
	// RetryThreads makes posts of the account wait again to which there are replies
	// that may be tried once more.
	RetryThreads(ctx context.Context, r backfill.Run) error
	// KnownReplies returns what is known of replies with these URIs, in their order,
	// for whichever account home was given one; an unknown one is Listed.
	KnownReplies(ctx context.Context, uris []string) ([]backfill.KnownPost, error)
	// TryReplies notes that replies to a post of the account are about to be tried,
	// and RecordReplies what came of replies.
	TryReplies(ctx context.Context, r backfill.Run, post string, replies []backfill.KnownPost) error
	RecordReplies(ctx context.Context, r backfill.Run, replies []backfill.KnownPost) error
	// ReplyCounts counts what the run has done so far.
	ReplyCounts(ctx context.Context, r backfill.Run) (backfill.ReplyCounts, error)
}

// Home is the home server's API.
type Home interface {
	// Conversation reads what home holds of the conversation around a post, by the
	// post's id at home. On some servers that makes home fetch the replies to it.
	Conversation(ctx context.Context, id string) (backfill.Conversation, error)
}

// Workers is home's Sidekiq, whose workers fetch whole threads.
type Workers interface {
	// FetchesReplies reports whether they do that on their server.
	FetchesReplies(ctx context.Context) (bool, error)
	// FetchReplies pushes a job for a post, by its id at home.
	FetchReplies(ctx context.Context, id int64) error
}

// Database is home's database.
type Database interface {
	// StatusIDs returns the ids at home of the posts that home has, by their URIs.
	StatusIDs(ctx context.Context, uris []string) (map[string]int64, error)
}

// Origins reads the servers on which posts live.
type Origins interface {
	// RepliesTo lists up to n replies to a post, as the post's own server shows
	// them. Errors are *[backfill.OriginError], *[backfill.PausedError] or the
	// context's.
	RepliesTo(ctx context.Context, t backfill.Thread, n int) ([]backfill.Reply, error)
}
