package postgres

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// followedPage is how many followed accounts are read at a time.
const followedPage = 500

// localFollow joins to a follow f its follower, the local account l. The instance
// actor, which has no timeline, has a negative id.
const localFollow = `JOIN accounts l ON l.id = f.account_id AND l.domain IS NULL AND l.suspended_at IS NULL AND l.id > 0 `

// Standing returns the relation of home as a whole to a: Following if at least one
// local account follows it, Requested if one waits for a to accept. The other
// fields stay false; see DomainBlock and AccountBlock.
func (d *Database) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	id, err := accountID(a)
	if err != nil {
		return backfill.Standing{}, err
	}
	const query = `SELECT EXISTS (SELECT FROM follows f ` + localFollow + `WHERE f.target_account_id = $1),
		EXISTS (SELECT FROM follow_requests f ` + localFollow + `WHERE f.target_account_id = $1)`
	standing, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (s backfill.Standing, err error) {
		err = tx.QueryRow(ctx, query, id).Scan(&s.Following, &s.Requested)
		return s, err
	})
	if err != nil {
		return backfill.Standing{}, fmt.Errorf("reading who follows %s: %w", a.Handle, err)
	}
	return standing, nil
}

// StandingOf is Standing for one local account, by its id.
func (d *Database) StandingOf(ctx context.Context, a fediverse.Account, asker string) (backfill.Standing, error) {
	id, err := accountID(a)
	if err != nil {
		return backfill.Standing{}, err
	}
	by, err := strconv.ParseInt(asker, 10, 64)
	if err != nil {
		return backfill.Standing{}, fmt.Errorf("%s is no id of Mastodon's database", show(asker))
	}
	const query = `SELECT EXISTS (SELECT FROM follows f ` + localFollow + `WHERE f.target_account_id = $1 AND f.account_id = $2),
		EXISTS (SELECT FROM follow_requests f ` + localFollow + `WHERE f.target_account_id = $1 AND f.account_id = $2)`
	standing, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (s backfill.Standing, err error) {
		err = tx.QueryRow(ctx, query, id, by).Scan(&s.Following, &s.Requested)
		return s, err
	})
	if err != nil {
		return backfill.Standing{}, fmt.Errorf("reading whether %s is followed: %w", a.Handle, err)
	}
	return standing, nil
}

// Followers returns the ids of the local accounts that follow a, in ascending
// order, without suspended ones.
func (d *Database) Followers(ctx context.Context, a fediverse.Account) ([]int64, error) {
	id, err := accountID(a)
	if err != nil {
		return nil, err
	}
	followers, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) ([]int64, error) {
		rows, err := tx.Query(ctx, "SELECT l.id FROM follows f "+localFollow+"WHERE f.target_account_id = $1 ORDER BY l.id", id)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[int64])
	})
	if err != nil {
		return nil, fmt.Errorf("reading who follows %s: %w", a.Handle, err)
	}
	return followers, nil
}

// Followed lists the remote accounts that local accounts follow, those that home
// met last first, without suspended ones. If since is not 0, only follows with a
// higher id count. It reads a page at a time. After a *backfill.UnavailableError,
// reading on reads the same page again; after an *UnreadableAccountError, which is
// about one account only, the list goes on. Any other error ends it.
func (d *Database) Followed(ctx context.Context, since int64) iter.Seq2[fediverse.Account, error] {
	return d.pages("who is followed", func(before int64) ([]accountRow, error) { return d.followedBefore(ctx, before, since) })
}

// pages lists the accounts on pages, each of which has those with ids below that of
// the last account before it.
func (d *Database) pages(what string, page func(before int64) ([]accountRow, error)) iter.Seq2[fediverse.Account, error] {
	return func(yield func(fediverse.Account, error) bool) {
		for before := int64(math.MaxInt64); ; {
			rows, err := page(before)
			if err != nil {
				if !yield(fediverse.Account{}, fmt.Errorf("listing %s in Mastodon's database: %w", what, err)) || !backfill.Unwell(err) {
					return
				}
				continue
			}
			for _, r := range rows {
				if !yield(d.account(r)) {
					return
				}
			}
			if len(rows) < followedPage {
				return
			}
			before = rows[len(rows)-1].id
		}
	}
}

// followedBefore reads a page of accounts with ids below before. It picks the ids
// first, in the order of an index on follows, so that a page costs little however
// many follows there are.
func (d *Database) followedBefore(ctx context.Context, before, since int64) ([]accountRow, error) {
	const where = `WHERE a.id IN (
		SELECT DISTINCT f.target_account_id FROM follows f ` + localFollow + `
		JOIN accounts t ON t.id = f.target_account_id AND t.domain IS NOT NULL AND t.suspended_at IS NULL
		WHERE f.target_account_id < $1 AND f.id > $2
		ORDER BY f.target_account_id DESC LIMIT $3
	) ORDER BY a.id DESC`
	return read(ctx, d, func(ctx context.Context, tx pgx.Tx) ([]accountRow, error) {
		return d.queryAccounts(ctx, tx, where, before, since, followedPage)
	})
}
