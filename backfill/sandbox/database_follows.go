package sandbox

import (
	"context"
	"fmt"
	"iter"
	"time"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// Here home's database answers whom you follow, and since when.

// Followed lists the remote accounts that you follow, those home learned of most
// recently first. If since is not 0, it lists only follows with a higher id.
func (d *Database) Followed(ctx context.Context, since int64) iter.Seq2[fediverse.Account, error] {
	return func(yield func(fediverse.Account, error) bool) {
		for _, a := range d.followed(since) {
			if err := ctx.Err(); err != nil {
				yield(fediverse.Account{}, fmt.Errorf("listing who is followed in home's database: %w", err))
				return
			}
			if !yield(a, nil) {
				return
			}
		}
	}
}

// Follows lists the follows with a higher id than after, in ascending order.
func (d *Database) Follows(ctx context.Context, after int64) iter.Seq2[home.Follow, error] {
	return func(yield func(home.Follow, error) bool) {
		for _, f := range d.remoteFollows() {
			if err := ctx.Err(); err != nil {
				yield(home.Follow{}, fmt.Errorf("listing new follows in home's database: %w", err))
				return
			}
			if f.ID > after && !yield(f, nil) {
				return
			}
		}
	}
}

// LastFollow is the id of the last follow that was made before a time.
func (d *Database) LastFollow(ctx context.Context, before time.Time) (id int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("reading when accounts were followed: %w", err)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	for _, f := range d.home.follows {
		if !f.pending && f.made.Before(before) {
			id = max(id, f.id)
		}
	}
	return id, nil
}

// Transactions are none: all that is done in the sandbox can be seen at once.
func (d *Database) Transactions(ctx context.Context) (home.Transactions, error) {
	if err := ctx.Err(); err != nil {
		return home.Transactions{}, fmt.Errorf("reading which transactions are open: %w", err)
	}
	return home.Transactions{Oldest: 1, Next: 1}, nil
}

// FollowedBy counts the accounts with no later follow than that with the id.
func (d *Database) FollowedBy(ctx context.Context, id int64) (n int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("counting who is followed in home's database: %w", err)
	}
	for _, f := range d.remoteFollows() {
		if f.ID <= id {
			n++ // you follow an account once
		}
	}
	return n, nil
}

func (d *Database) remoteFollows() (follows []home.Follow) {
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	for _, f := range d.home.follows {
		if k := d.home.byURI[f.account]; !f.pending && k != nil && k.Domain != "" && !d.home.suspendsServer(k) {
			follows = append(follows, home.Follow{Account: d.handle(k), Follower: formatID(d.home.you.ID), ID: f.id, After: f.id - 1})
		}
	}
	return follows
}

func (d *Database) followed(since int64) []fediverse.Account {
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	var rows []*knownAccount
	for _, f := range d.home.follows {
		k := d.home.byURI[f.account]
		if f.id > since && !f.pending && k != nil && k.Domain != "" && !d.home.suspendsServer(k) {
			rows = append(rows, k)
		}
	}
	return d.newestFirst(rows)
}
