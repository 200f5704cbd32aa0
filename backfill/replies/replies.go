package replies

import (
	"cmp"
	"context"
	"time"

	"tootfill/backfill"
)

const (
	// leastAge is how old a post has to be before home fetches its replies (Mastodon
	// app/models/concerns/status/fetch_replies_concern.rb).
	leastAge = 5 * time.Minute
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
	// Origins reads the replies where home does not fetch them by itself.
	Origins Origins
	Limits  Limits
}

// Limits bound what is done for one account in one run; 0 means the default.
type Limits struct {
	// Threads is for how many posts home is asked to fetch the replies by itself.
	Threads int
	// PerPost and PerAccount are how many replies home is given one by one: for one
	// post, and for all posts.
	PerPost, PerAccount int
}

// The default limits.
const (
	DefaultThreads    = 200
	DefaultPerPost    = 100
	DefaultPerAccount = 1000
)

func (l Limits) threads() int { return cmp.Or(l.Threads, DefaultThreads) }

func (l Limits) perPost() int { return cmp.Or(l.PerPost, DefaultPerPost) }

func (l Limits) perAccount() int { return cmp.Or(l.PerAccount, DefaultPerAccount) }

var _ backfill.Replies = Replies{}

// Start readies it for one Run of the engine.
func (r Replies) Start(ctx context.Context, with backfill.Shared) func(backfill.RepliesTo) backfill.AccountReplies {
	s := &session{Replies: r, Shared: with, saving: context.WithoutCancel(ctx)}
	return func(to backfill.RepliesTo) backfill.AccountReplies {
		return &threads{session: s, ctx: to.Filling.Context(), to: to, account: to.Filling.Account()}
	}
}

// Foresee takes each post to have one reply where home does not fetch them by itself:
// how many there are, only the servers of the posts know.
func (r Replies) Foresee(posts int) int {
	posts = min(posts, mostNoted)
	if r.HomeFetches || r.Workers != nil {
		return min(posts, r.Limits.threads())
	}
	return min(posts, r.Limits.perAccount())
}

// session is one Run of the engine.
type session struct {
	Replies
	backfill.Shared
	// saving never ends: what has happened must be recorded.
	saving context.Context
}

// bring brings the replies in the way that home offers.
func (t *threads) bring() error {
	if err := t.Ledger.RetryThreads(t.saving, t.to.Run); err != nil {
		return err
	}
	waiting, err := t.Ledger.Threads(t.saving, t.to.Run, 1)
	if err != nil || len(waiting) == 0 {
		return err
	}
	if err := t.to.Check(); err != nil {
		return err
	}
	fetches, err := t.homeFetches()
	switch {
	case err != nil:
		return err
	case !fetches:
		return t.gather()
	case t.to.Route == backfill.RouteSidekiq:
		return t.pushJobs()
	}
	return t.askHome()
}

// homeFetches reports whether home fetches the replies to the posts by itself.
func (t *threads) homeFetches() (bool, error) {
	if t.to.Route == backfill.RouteSidekiq {
		return backfill.Asked(t.ctx, t.Patience, func() (bool, error) { return t.Workers.FetchesReplies(t.ctx) })
	}
	return t.HomeFetches, nil
}
