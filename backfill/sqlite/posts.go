package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// ReadKnown reads the next posts of a span; see [backfill.Ledger].
func (l *Ledger) ReadKnown(ctx context.Context, r backfill.Run, span backfill.Span, n int) ([]backfill.KnownPost, backfill.Span, error) {
	known, rest, err := l.readKnown(ctx, r, span, n)
	if err != nil {
		return nil, span, fmt.Errorf("reading the known posts of %s: %w", r.Account, l.explain(ctx, err))
	}
	return known, rest, nil
}

func (l *Ledger) readKnown(ctx context.Context, r backfill.Run, span backfill.Span, n int) ([]backfill.KnownPost, backfill.Span, error) {
	var own bool
	const owned = `SELECT EXISTS (SELECT 1 FROM listings JOIN accounts ON accounts.id = account_id WHERE listings.id = ? AND home = ? AND handle = ?)`
	if err := l.reader.QueryRowContext(ctx, owned, span.Listing, l.options.Home, r.Account.String()).Scan(&own); err != nil {
		return nil, span, err
	}
	if !own {
		return nil, span, fmt.Errorf("there is no listing %d", span.Listing)
	}
	const next = `SELECT posts.id, uri, published, outcome, run IS ?, attempts, next_try, reason, place FROM entries JOIN posts ON posts.id = post_id
		WHERE listing_id = ? AND place >= ? AND place < ? ORDER BY place LIMIT ?`
	rows, err := l.reader.QueryContext(ctx, next, r.ID, span.Listing, span.From, span.To, max(n, 0))
	if err != nil {
		return nil, span, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var known []backfill.KnownPost
	for rows.Next() {
		var place int64
		_, k, err := scanPost(rows, &place)
		if err != nil {
			return nil, span, err
		}
		known = append(known, k)
		span.From = place + 1
	}
	return known, span, rows.Err()
}

// scanPost reads id, uri, published, outcome, attempts, next_try and reason of a
// post, after the outcome whether this run has recorded it, and whatever else the
// row has.
func scanPost(row interface{ Scan(...any) error }, more ...any) (id int64, k backfill.KnownPost, err error) {
	var published, nextTry sql.NullInt64
	var outcome string
	err = row.Scan(append([]any{&id, &k.URI, &published, &outcome, &k.InRun, &k.Attempts, &nextTry, &k.Reason}, more...)...)
	k.Published, k.NextTry, k.Outcome = fromOptional(published), fromOptional(nextTry), backfill.Outcome(outcome)
	return id, k, err
}

// Recorded returns what is known of posts; see [backfill.Ledger].
func (l *Ledger) Recorded(ctx context.Context, r backfill.Run, uris []string) ([]backfill.KnownPost, error) {
	inRun := `run IS ?1`
	if l.options.ReadOnly {
		inRun = `?1 IS NULL` // there is no such run, and an older ledger lacks the column
	}
	q := `SELECT posts.id, uri, published, outcome, ` + inRun + `, attempts, next_try, reason
		FROM posts JOIN accounts ON accounts.id = account_id WHERE home = ?2 AND handle = ?3 AND uri = ?4`
	known := make([]backfill.KnownPost, 0, len(uris))
	for _, uri := range uris {
		_, k, err := scanPost(l.reader.QueryRowContext(ctx, q, r.ID, l.options.Home, r.Account.String(), uri))
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
// [backfill.Ledger]. A post that was not known becomes known, without a place in
// any listing.
func (l *Ledger) RecordOutcomes(ctx context.Context, r backfill.Run, posts []backfill.KnownPost) error {
	return l.write(ctx, "recording outcomes for "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		const upsert = `INSERT INTO posts (account_id, uri, published, outcome, run, attempts, next_try, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account_id, uri) DO UPDATE SET published = coalesce(published, excluded.published), outcome = excluded.outcome,
			run = excluded.run, attempts = excluded.attempts, next_try = excluded.next_try, reason = excluded.reason`
		for _, k := range posts {
			_, err := tx.ExecContext(ctx, upsert, account, k.URI, optional(k.Published), string(k.Outcome), r.ID, k.Attempts, optional(k.NextTry), k.Reason)
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
