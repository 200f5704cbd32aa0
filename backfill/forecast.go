package backfill

import (
	"context"
	"fmt"
	"math"
	"time"

	"tootfill/backfill/fediverse"
)

// accountRequests is about how often home is asked about an account before its
// posts: which one it is, whether it is followed, and what home holds of it.
const accountRequests = 3

// Forecast estimates what a run will take, by what the ledger, the options and the
// targets say. Nobody is asked for it.
type Forecast struct {
	// Accounts counts the accounts that were foreseen.
	Accounts int
	// Posts is for how many posts home will be asked, and Known how many of them the
	// ledger knows by name.
	Posts, Known int
	// Requests is how many requests to home that takes, or jobs of route sidekiq.
	Requests int
	// AtMost says that of some accounts nothing was known but how many posts are
	// wanted.
	AtMost bool
	// Uncounted counts the accounts of which nobody knows how many posts they have,
	// while all are wanted. Posts lacks those that are not known.
	Uncounted int
}

// Counting says which posts of an account to count: the newest ones in a window of
// time. The fields are like those of Options.
type Counting struct {
	Limit        int
	Since, Until time.Time
	// Attempts is the number of runs after which a post is no longer tried.
	Attempts int
}

// PostCount is what the ledger knows of such posts.
type PostCount struct {
	// Posts counts them, and Open those that a run would try now.
	Posts, Open int
	// ToItsEnd says that the account's listing was read to its end: all that may
	// be missing are new posts.
	ToItsEnd bool
}

// Foresee adds a target to a forecast. Errors are those of the ledger.
func (e *Engine) Foresee(ctx context.Context, t Target, f *Forecast) error {
	f.Accounts++
	o := e.optionsFor(t)
	if e.checkExcluded(t) != nil {
		return nil
	}
	past, err := e.Ledger.LastRun(ctx, t.Handle)
	if err != nil {
		return fmt.Errorf("reading the last run of %s: %w", t.Handle, err)
	}
	if past.leavesNothing(o.wanted(), e.Clock.Now()) {
		return nil
	}
	ran := !past.StartedAt.IsZero()
	if ran {
		next, err := e.Ledger.NextAllowed(ctx, t.Handle)
		if err != nil {
			return fmt.Errorf("reading the limit of %s: %w", t.Handle, err)
		}
		if next.After(e.Clock.Now()) && !o.WaitLimit {
			return nil // it will be deferred
		}
	}
	if o.Via == ViaRequest {
		f.Requests++ // home chooses the posts
		return nil
	}
	n := PostCount{}
	if ran {
		if n, err = e.Ledger.CountPosts(ctx, t.Handle, o.counting()); err != nil {
			return err
		}
	}
	posts := f.add(n, o, t.Account)
	if o.Replies && e.Replies != nil {
		f.Requests += e.Replies.Foresee(posts)
	}
	return nil
}

func (o Options) counting() Counting {
	c := Counting{Limit: o.Limit, Since: o.Since, Until: o.Until, Attempts: maxAttempts}
	if o.RetryLeft {
		c.Attempts = math.MaxInt32
	}
	return c
}

// add adds an account of which the ledger knows n; a is what home has told of it, or
// nil. It returns for how many of its posts home will be asked.
func (f *Forecast) add(n PostCount, o Options, a *fediverse.Account) int {
	posts := n.Open
	if !n.ToItsEnd {
		posts += f.unknown(n, o, a)
	}
	f.Posts += posts
	f.Known += n.Open
	if posts > 0 {
		f.Requests += accountRequests + posts
	}
	return posts
}

// unknown estimates how many posts of an account the ledger does not know.
func (f *Forecast) unknown(n PostCount, o Options, a *fediverse.Account) int {
	switch {
	case o.Limit > 0 && n.Posts >= o.Limit:
		return 0
	case a != nil && a.Posts > 0 && (o.Limit == 0 || a.Posts < o.Limit):
		return max(0, a.Posts-n.Posts)
	case o.Limit == 0:
		f.Uncounted++
		return 0
	}
	f.AtMost = f.AtMost || a == nil || a.Posts == 0
	return o.Limit - n.Posts
}
