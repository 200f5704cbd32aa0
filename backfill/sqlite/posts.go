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
	const next = `SELECT stem || tail, published, outcome, run IS ?, attempts, next_try, reason, place
		FROM entries JOIN posts ON posts.id = post_id JOIN stems ON stems.id = stem_id
		WHERE listing_id = ? AND place >= ? AND place < ? ORDER BY place LIMIT ?`
	rows, err := l.reader.QueryContext(ctx, next, r.ID, span.Listing, span.From, span.To, max(n, 0))
	if err != nil {
		return nil, span, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var known []backfill.KnownPost
	for rows.Next() {
		var place int64
		k, err := scanPost(rows, &place)
		if err != nil {
			return nil, span, err
		}
		known = append(known, k)
		span.From = place + 1
	}
	return known, span, rows.Err()
}

// scanPost reads the URI, published and outcome of a post, whether this run has
// recorded that, attempts, next_try and reason, and whatever else the row has.
func scanPost(row interface{ Scan(...any) error }, more ...any) (k backfill.KnownPost, err error) {
	var published, nextTry sql.NullInt64
	var outcome int
	err = row.Scan(append([]any{&k.URI, &published, &outcome, &k.InRun, &k.Attempts, &nextTry, &k.Reason}, more...)...)
	if err != nil {
		return k, err
	}
	k.Published, k.NextTry = fromOptional(published), fromOptional(nextTry)
	k.Outcome, err = parseOutcome(outcome)
	return k, err
}

// Recorded returns what is known of posts; see [backfill.Ledger].
func (l *Ledger) Recorded(ctx context.Context, r backfill.Run, uris []string) ([]backfill.KnownPost, error) {
	recorded, err := l.recordedPost(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the known posts of %s: %w", r.Account, l.explain(ctx, err))
	}
	known := make([]backfill.KnownPost, 0, len(uris))
	for _, uri := range uris {
		stem, tail := cutURI(uri)
		k, err := scanPost(l.reader.QueryRowContext(ctx, recorded, uri, l.options.Home, r.Account.String(), stem, tail, r.ID))
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

// recordedPost is the query for what is known of a post. A ledger that is opened for
// reading may be older than version 6, or be brought up to date at any time.
func (l *Ledger) recordedPost(ctx context.Context) (string, error) {
	const newest = `SELECT ?1, published, outcome, run IS ?6, attempts, next_try, reason
		FROM accounts JOIN stems ON account_id = accounts.id JOIN posts ON stem_id = stems.id
		WHERE home = ?2 AND handle = ?3 AND stem = ?4 AND tail = ?5`
	const older = `SELECT uri, published, ` + outcomeCode + `, FALSE, attempts, next_try, reason
		FROM accounts JOIN posts ON account_id = accounts.id
		WHERE home = ?2 AND handle = ?3 AND uri = ?1`
	if !l.options.ReadOnly {
		return newest, nil
	}
	var isOlder bool
	const q = `SELECT EXISTS (SELECT 1 FROM pragma_table_info('posts') WHERE name = 'uri')`
	if err := l.reader.QueryRowContext(ctx, q).Scan(&isOlder); err != nil || !isOlder {
		return newest, err
	}
	return older, nil
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
		known := stemsOf(tx, account)
		for _, k := range posts {
			if err := recordOutcome(ctx, known, r.ID, k); err != nil {
				return fmt.Errorf("the post %q: %w", k.URI, err)
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM jobs WHERE account_id = ? AND uri = ?`, account, k.URI); err != nil {
				return fmt.Errorf("the job for %q: %w", k.URI, err)
			}
		}
		return nil
	})
}

func recordOutcome(ctx context.Context, known stems, run int64, k backfill.KnownPost) error {
	outcome, err := storedOutcome(k.Outcome)
	if err != nil {
		return err
	}
	stem, tail := cutURI(k.URI)
	id, err := known.id(ctx, stem)
	if err != nil {
		return err
	}
	const upsert = `INSERT INTO posts (stem_id, tail, published, outcome, run, attempts, next_try, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (stem_id, tail) DO UPDATE SET published = coalesce(published, excluded.published), outcome = excluded.outcome,
		run = excluded.run, attempts = excluded.attempts, next_try = excluded.next_try, reason = excluded.reason`
	_, err = known.tx.ExecContext(ctx, upsert, id, tail, optional(k.Published), outcome, run, k.Attempts, optional(k.NextTry), k.Reason)
	return err
}
