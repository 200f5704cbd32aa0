package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// Known reads on in a stretch, in the order of the listing, and leaves out what a
// page of this walk has listed; see [backfill.Ledger]. The place is that of the post with its URI. If the stretch
// has no such post, reading goes on with the first one that is not newer than
// the place's date: some posts may then come again, but none is missed.
func (l *Ledger) Known(ctx context.Context, r backfill.Run, id int64, after backfill.Place, n int) ([]backfill.KnownPost, error) {
	known, err := l.known(ctx, r, id, after, n)
	if err != nil {
		return nil, fmt.Errorf("reading the known posts of %s: %w", r.Account, l.explain(ctx, err))
	}
	return known, nil
}

func (l *Ledger) known(ctx context.Context, r backfill.Run, id int64, after backfill.Place, n int) ([]backfill.KnownPost, error) {
	s := stretch{id: id}
	var account int64
	const q = `SELECT chain, account_id FROM stretches JOIN accounts ON accounts.id = account_id WHERE stretches.id = ? AND home = ? AND handle = ?`
	err := l.reader.QueryRowContext(ctx, q, id, l.options.Home, r.Account.String()).Scan(&s.chain, &account)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("there is no stretch %d", id)
	}
	if err != nil {
		return nil, err
	}
	first, err := l.firstAfter(ctx, account, s.chain, after)
	if err != nil || !first.Valid {
		return nil, err
	}
	const page = `SELECT posts.id, uri, published, outcome, attempts, next_try, reason
		FROM entries JOIN posts ON posts.id = post_id WHERE chain = ? AND position >= ? AND walk <> ? ORDER BY position LIMIT ?`
	rows, err := l.reader.QueryContext(ctx, page, s.chain, first, s.id, max(n, 0))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var known []backfill.KnownPost
	for rows.Next() {
		_, k, err := scanPost(rows)
		if err != nil {
			return nil, err
		}
		known = append(known, k)
	}
	return known, rows.Err()
}

// firstAfter is the position with which to read on; NULL where there is none.
func (l *Ledger) firstAfter(ctx context.Context, account, chain int64, after backfill.Place) (first sql.NullInt64, err error) {
	if after == (backfill.Place{}) {
		err = l.reader.QueryRowContext(ctx, `SELECT min(position) FROM entries WHERE chain = ?`, chain).Scan(&first)
		return first, err
	}
	const byURI = `SELECT max(position) + 1 FROM entries JOIN posts ON posts.id = post_id WHERE account_id = ? AND uri = ? AND chain = ?`
	if err = l.reader.QueryRowContext(ctx, byURI, account, after.URI, chain).Scan(&first); err != nil || first.Valid {
		return first, err
	}
	const byDate = `SELECT min(position) FROM entries JOIN posts ON posts.id = post_id WHERE chain = ? AND (published <= ?2 OR ?2 IS NULL)`
	err = l.reader.QueryRowContext(ctx, byDate, chain, optional(after.Published)).Scan(&first)
	return first, err
}

// Recorded returns what is known of posts; see [backfill.Ledger].
func (l *Ledger) Recorded(ctx context.Context, r backfill.Run, uris []string) ([]backfill.KnownPost, error) {
	const q = `SELECT posts.id, uri, published, outcome, attempts, next_try, reason
		FROM posts JOIN accounts ON accounts.id = account_id WHERE home = ? AND handle = ? AND uri = ?`
	known := make([]backfill.KnownPost, 0, len(uris))
	for _, uri := range uris {
		_, k, err := scanPost(l.reader.QueryRowContext(ctx, q, l.options.Home, r.Account.String(), uri))
		if errors.Is(err, sql.ErrNoRows) {
			k, err = backfill.KnownPost{URI: uri, Outcome: backfill.Listed}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the known posts of %s: %w", r.Account, l.explain(ctx, err))
		}
		known = append(known, k)
	}
	return known, nil
}

// RecordOutcomes records what came of posts, and drops the jobs for them; see
// [backfill.Ledger]. A post that
// was not known becomes known, without a place in any stretch.
func (l *Ledger) RecordOutcomes(ctx context.Context, r backfill.Run, posts []backfill.KnownPost) error {
	return l.write(ctx, "recording outcomes for "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		const upsert = `INSERT INTO posts (account_id, uri, published, outcome, attempts, next_try, reason) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, uri) DO UPDATE SET published = coalesce(published, excluded.published), outcome = excluded.outcome,
			attempts = excluded.attempts, next_try = excluded.next_try, reason = excluded.reason`
		for _, k := range posts {
			_, err := tx.ExecContext(ctx, upsert, account, k.URI, optional(k.Published), string(k.Outcome), k.Attempts, optional(k.NextTry), k.Reason)
			if err != nil {
				return fmt.Errorf("the post %q: %w", k.URI, err)
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM jobs WHERE account_id = ? AND uri = ?`, account, k.URI); err != nil {
				return fmt.Errorf("the job for %q: %w", k.URI, err)
			}
		}
		return nil
	})
}
