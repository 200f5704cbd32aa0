package backfill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill/fediverse"
)

// Replies brings to home what was answered to the posts that a run has imported.
type Replies interface {
	// Start readies it for one Run of the engine, which ends with ctx. The returned
	// function begins the work on one account; several goroutines may call it.
	Start(ctx context.Context, with Shared) func(RepliesTo) AccountReplies
	// Foresee returns about how many requests to home, or jobs of route sidekiq, the
	// replies to so many posts of an account take. It asks nobody.
	Foresee(posts int) int
}

// RepliesTo is the account to whose posts replies are wanted.
type RepliesTo struct {
	// Filling is the account's own.
	Filling Filling
	Run     Run
	Route   Route
	// Check makes sure that the account still wants to be filled. It has to be asked
	// before anything is brought: the posts may be those of an earlier process.
	Check func() error
	// Deliver begins a delivery by that route.
	Deliver func(Filling) (Delivery, error)
	// Recorded returns what the ledger knows of the account's own posts, in the order
	// of their URIs.
	Recorded func(uris []string) ([]KnownPost, error)
}

// AccountReplies brings the replies to the posts of one account. The posts are in
// the ledger, so that a crash loses none.
type AccountReplies interface {
	// Note notes posts that home has just taken in, before their outcome is
	// recorded.
	Note(posts []KnownPost) error
	// Bring brings the replies to all posts that have been noted, by this process or
	// an earlier one. The counts are about the whole run. An origin that cannot be
	// read is no error.
	Bring() (ReplyCounts, error)
}

// RepliesRest is how long home leaves the replies to a post alone once it has fetched
// them (Mastodon app/models/concerns/status/fetch_replies_concern.rb).
const RepliesRest = 15 * time.Minute

// Thread is a post whose replies are wanted.
type Thread struct {
	URI string
	// HomeID is the post's id at home; empty if that is not known.
	HomeID string
	// Published is zero if that is not known.
	Published time.Time
	Replies   fediverse.Replies
}

// Reply is a reply to a post, as the server of that post shows it.
type Reply struct {
	fediverse.Post
	// Profile is the author's profile text (HTML), if the server shows it.
	Profile string
}

// Conversation is what home holds of the conversation around a post.
type Conversation struct {
	// Begun says that home fetches the replies to the post, since it was asked this
	// time or a short while ago. It is known even if the answer cannot be read.
	Begun bool
	// Descendants are the URIs of the replies to the post, and of the replies to
	// those.
	Descendants []string
}

// ReplyCounts count what came of the replies to the posts of one account.
type ReplyCounts struct {
	// Asked counts the posts whose replies home was asked to fetch by itself. What
	// came of that is not known.
	Asked int
	// The others count the replies that home was given one by one.
	Imported, Held, Refused, Failed int
	// RefusedFor and FailedFor are why, if the same reason is known of all of them.
	RefusedFor, FailedFor string
}

// awaitReplies readies the filling for the replies to its posts, if they are wanted.
func (r *accountRun) awaitReplies(f *filling, check *recheck, deliver func(Filling) (Delivery, error)) {
	if r.s.beginReplies != nil && r.options.Replies {
		f.replies = r.s.beginReplies(RepliesTo{Filling: f, Run: r.run, Route: r.route, Check: check.check, Deliver: deliver, Recorded: f.recorded})
	}
}

// noteThreads notes the posts of which the replies are wanted.
func (f *filling) noteThreads(posts []KnownPost) error {
	if f.replies == nil {
		return nil
	}
	var imported []KnownPost
	for _, k := range posts {
		if k.Outcome == Imported && k.Replies.Answered != fediverse.NotAnswered {
			imported = append(imported, k)
		}
	}
	if len(imported) == 0 {
		return nil
	}
	return f.replies.Note(imported)
}

// bringReplies brings the replies to what was imported, once the posts themselves
// are done.
func (r *accountRun) bringReplies(f *filling) error {
	if f.replies == nil {
		return nil
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	n, err := f.replies.Bring()
	r.tally.countReplies(n)
	var origin *OriginError
	if err != nil && !errors.As(err, &origin) {
		return fmt.Errorf("bringing the replies to posts of %s: %w", r.account.Handle, err)
	}
	return nil
}
