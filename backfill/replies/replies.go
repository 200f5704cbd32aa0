package replies

import (
	"context"
	"sync"
	"time"

	"tootfill/backfill"
)

const (
	// leastAge is how old a post has to be before home fetches its replies (Mastodon
	// app/models/concerns/status/fetch_replies_concern.rb).
	leastAge = 5 * time.Minute
	// mostAsked is for how many posts of one account home is asked.
	mostAsked = 200
	// mostNoted is how many posts of one account are noted, so that an account with
	// a hundred thousand posts does not fill the ledger.
	mostNoted = 1000
)

// Replies brings the replies to posts.
type Replies struct {
	Ledger Ledger
	// Home is home's API, and HomeFetches says that home fetches whole threads when
	// asked for one. Home may be nil.
	Home        Home
	HomeFetches bool
	// Workers is home's Sidekiq, and Database its database; nil where there is no
	// route sidekiq.
	Workers  Workers
	Database Database
}

var _ backfill.Replies = Replies{}

// Start readies it for one Run of the engine.
func (r Replies) Start(ctx context.Context, with backfill.Shared) func(backfill.RepliesTo) backfill.AccountReplies {
	s := &session{Replies: r, Shared: with, ctx: ctx, saving: context.WithoutCancel(ctx)}
	return func(to backfill.RepliesTo) backfill.AccountReplies {
		return &threads{session: s, to: to, account: to.Filling.Account()}
	}
}

// session is one Run of the engine.
type session struct {
	Replies
	backfill.Shared
	// ctx ends when nothing new may be started; saving never ends: what has happened
	// must be recorded.
	ctx, saving context.Context
	// pushing is held by the account that pushes a job.
	pushing sync.Mutex
}

// bring brings the replies in the way that home offers.
func (t *threads) bring() error {
	waiting, err := t.Ledger.Threads(t.saving, t.to.Run, 1)
	if err != nil || len(waiting) == 0 {
		return err
	}
	fetches, err := t.Open(t.ctx, t.to.Route)
	switch {
	case err != nil:
		return err
	case !fetches:
		t.warn("the replies to its posts are left out: "+t.Shared.Home+" does not fetch them by itself", backfill.Hint{})
		return t.Ledger.EndThreads(t.saving, t.to.Run)
	case t.to.Route == backfill.RouteSidekiq:
		return t.pushJobs()
	}
	return t.askHome()
}

// Open reports whether home fetches the replies to posts that it was given by a route.
func (r Replies) Open(ctx context.Context, route backfill.Route) (bool, error) {
	if route == backfill.RouteSidekiq {
		if r.Workers == nil {
			return false, nil
		}
		return r.Workers.FetchesReplies(ctx)
	}
	return r.HomeFetches && r.Home != nil, nil
}
