package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
	"tootfill/backfill/home"
)

var _ home.FollowTable = (*Database)(nil)

// followDates is what telling new follows from old ones needs in addition.
func followDates() (tables, columns []string) {
	return pairs([]readable{{"follows", []string{"created_at"}}})
}

// remoteTarget joins to a follow f the account a that is followed, if that is remote and
// not suspended.
const remoteTarget = `JOIN accounts a ON a.id = f.target_account_id AND a.domain IS NOT NULL AND a.suspended_at IS NULL `

// followsPage is how many rows of follows are read at a time, whatever accounts they are
// about.
const followsPage = 2000

// LastFollow is the id of the last follow before a time; see [home.FollowTable]. If
// the role may not read the times, the error is an *AccessError with a hint that
// names the right. It reads the table from its end, since only ids have an index.
func (d *Database) LastFollow(ctx context.Context, before time.Time) (int64, error) {
	id, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (id int64, err error) {
		err = tx.QueryRow(ctx, "SELECT id FROM follows WHERE created_at < $1 ORDER BY id DESC LIMIT 1", before.UTC()).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, nil
		}
		return id, err
	})
	if err = d.detail(ctx, err, followDates); err != nil {
		return 0, fmt.Errorf("reading when accounts were followed: %w", err)
	}
	return id, nil
}

// Transactions are those that write, to whatever database of the server; see
// [home.FollowTable]. Any role may ask, also a standby, which knows of the transactions
// that it has heard of.
func (d *Database) Transactions(ctx context.Context) (home.Transactions, error) {
	// The end of a snapshot comes after the last transaction that has ended; others may
	// have begun since, which age counts. PostgreSQL 12 has no pg_current_snapshot.
	const query = `SELECT txid_snapshot_xmin(s), txid_snapshot_xmax(s) + age((txid_snapshot_xmax(s) & 4294967295)::text::xid)
		FROM txid_current_snapshot() AS s`
	t, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (t home.Transactions, err error) {
		err = tx.QueryRow(ctx, query).Scan(&t.Oldest, &t.Next)
		return t, err
	})
	if err != nil {
		return home.Transactions{}, fmt.Errorf("reading which transactions are open: %w", err)
	}
	return t, nil
}

// Follows lists follows in the order of their ids; see [home.FollowTable]. It reads
// a page at a time. After a *backfill.UnavailableError, reading on reads the same
// page again; after an *UnreadableAccountError the list goes on. Any other error
// ends it.
func (d *Database) Follows(ctx context.Context, after int64) iter.Seq2[home.Follow, error] {
	return func(yield func(home.Follow, error) bool) {
		for {
			rows, err := d.followsAfter(ctx, after)
			if err != nil {
				if !yield(home.Follow{}, fmt.Errorf("listing new follows in Mastodon's database: %w", err)) || !backfill.Unwell(err) {
					return
				}
				continue
			}
			for _, r := range rows {
				if !r.counts {
					continue
				}
				h, err := d.handle(r.username, r.domain)
				if !yield(home.Follow{Account: h, Follower: strconv.FormatInt(r.follower, 10), ID: r.id, After: r.id - 1}, err) {
					return
				}
			}
			if len(rows) < followsPage {
				return
			}
			after = rows[len(rows)-1].id
		}
	}
}

// followRow is a follow. If it counts, that of a remote account by a local one, it has
// the id of the follower and the name of the account that is followed.
type followRow struct {
	id               int64
	counts           bool
	follower         int64
	username, domain string
}

// followsAfter reads a page. However few of its follows count, it is short work: the
// accounts are joined to the rows of the page alone.
func (d *Database) followsAfter(ctx context.Context, after int64) ([]followRow, error) {
	const query = `SELECT f.id, l.id IS NOT NULL AND a.id IS NOT NULL, f.account_id, coalesce(a.username, ''), coalesce(a.domain, '')
		FROM (SELECT id, account_id, target_account_id FROM follows WHERE id > $1 ORDER BY id LIMIT $2) f
		LEFT ` + localFollow + `LEFT ` + remoteTarget + `ORDER BY f.id`
	return read(ctx, d, func(ctx context.Context, tx pgx.Tx) ([]followRow, error) {
		rows, err := tx.Query(ctx, query, after, followsPage)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r followRow, err error) {
			err = row.Scan(&r.id, &r.counts, &r.follower, &r.username, &r.domain)
			return r, err
		})
	})
}

// FollowedBy counts the accounts with no later follow than that with the id; see
// [home.FollowTable].
func (d *Database) FollowedBy(ctx context.Context, id int64) (int, error) {
	n, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (n int, err error) {
		err = tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT FROM follows f "+localFollow+remoteTarget+"GROUP BY a.id HAVING max(f.id) <= $1) AS accounts", id).Scan(&n)
		return n, err
	})
	if err != nil {
		return 0, fmt.Errorf("counting who is followed in Mastodon's database: %w", err)
	}
	return n, nil
}
