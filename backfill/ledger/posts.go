package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"tootfill/backfill"
)

const readingPosts = "reading the known posts of "

// ReadKnown reads the next posts of a span; see [backfill.Ledger].
func (l *Ledger) ReadKnown(ctx context.Context, r backfill.Run, span backfill.Span, n int) ([]backfill.KnownPost, backfill.Span, error) {
	var known []backfill.KnownPost
	rest := span
	err := l.read(ctx, readingPosts+r.Account.String(), func(ctx context.Context) (err error) {
		known, rest, err = l.readKnown(ctx, r, span, n)
		return err
	})
	if err != nil {
		return nil, span, err
	}
	return known, rest, nil
}

func (l *Ledger) readKnown(ctx context.Context, r backfill.Run, span backfill.Span, n int) ([]backfill.KnownPost, backfill.Span, error) {
	var own bool
	const owned = `SELECT EXISTS (SELECT 1 FROM listings JOIN accounts ON accounts.id = account_id WHERE listings.id = ? AND home = ? AND handle = ?)`
	if err := l.db.QueryRowContext(ctx, owned, span.Listing, l.home, r.Account.String()).Scan(&own); err != nil {
		return nil, span, err
	}
	if !own {
		return nil, span, fmt.Errorf("there is no listing %d", span.Listing)
	}
	const next = `SELECT published, outcome, run IS NOT DISTINCT FROM ?, attempts, next_try, reason, stem || tail, place
		FROM entries JOIN posts ON posts.id = post_id JOIN stems ON stems.id = stem_id
		WHERE listing_id = ? AND place >= ? AND place < ? ORDER BY place LIMIT ?`
	rows, err := l.db.QueryContext(ctx, next, r.ID, span.Listing, span.From, span.To, max(n, 0))
	if err != nil {
		return nil, span, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var known []backfill.KnownPost
	for rows.Next() {
		var uri string
		var place int64
		k, err := scanPost(rows, &uri, &place)
		if err != nil {
			return nil, span, err
		}
		k.URI = uri
		known = append(known, k)
		span.From = place + 1
	}
	return known, span, rows.Err()
}

// scanPost reads published and outcome of a post, whether this run has recorded that,
// attempts, next_try and reason, and whatever else the row has.
func scanPost(row interface{ Scan(...any) error }, more ...any) (k backfill.KnownPost, err error) {
	var published, nextTry sql.NullInt64
	var outcome int
	err = row.Scan(append([]any{&published, &outcome, &k.InRun, &k.Attempts, &nextTry, &k.Reason}, more...)...)
	if err != nil {
		return k, err
	}
	k.Published, k.NextTry = fromOptional(published), fromOptional(nextTry)
	k.Outcome, err = parseOutcome(outcome)
	return k, err
}

// Recorded returns what is known of posts; see [backfill.Ledger].
func (l *Ledger) Recorded(ctx context.Context, r backfill.Run, uris []string) ([]backfill.KnownPost, error) {
	var known []backfill.KnownPost
	err := l.read(ctx, readingPosts+r.Account.String(), func(ctx context.Context) (err error) {
		known, err = l.recorded(ctx, r, uris)
		return err
	})
	return known, err
}

func (l *Ledger) recorded(ctx context.Context, r backfill.Run, uris []string) ([]backfill.KnownPost, error) {
	query, err := l.recordedPosts(ctx)
	if err != nil {
		return nil, err
	}
	known := make([]backfill.KnownPost, len(uris))
	for i, uri := range uris {
		known[i] = backfill.KnownPost{URI: uri, Outcome: backfill.Listed}
	}
	rows, err := l.db.QueryContext(ctx, query, halvesOf(uris), l.home, r.Account.String(), r.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var i int
		k, err := scanPost(rows, &i)
		if err != nil {
			return nil, err
		}
		k.URI = uris[i]
		known[i] = k
	}
	return known, rows.Err()
}

// withStems is the version since which tables have the stems of URIs.
const withStems = 6

// recordedPosts is the query for what is known of posts. A ledger that is opened for
// reading may be older than version 6, or be brought up to date at any time.
func (l *Ledger) recordedPosts(ctx context.Context) (string, error) {
	const newest = `SELECT published, outcome, run IS NOT DISTINCT FROM ?4, attempts, next_try, reason, key
		FROM accounts CROSS JOIN json_each(?1) AS k ON TRUE CROSS JOIN stems ON account_id = accounts.id AND stem = k.value ->> 0
		CROSS JOIN posts ON stem_id = stems.id AND tail = k.value ->> 1 WHERE home = ?2 AND handle = ?3`
	const older = `SELECT published, ` + OutcomeCode + `, FALSE, attempts, next_try, reason, key
		FROM accounts CROSS JOIN json_each(?1) AS k CROSS JOIN posts ON account_id = accounts.id AND uri = (k.value ->> 0) || (k.value ->> 1)
		WHERE home = ?2 AND handle = ?3`
	if !l.db.ReadOnly() {
		return newest, nil
	}
	if version, err := l.db.Version(ctx); err != nil || version >= withStems {
		return newest, err
	}
	return older, nil
}

// recordOutcomes records what came of posts in a transaction. They are facts, which stay
// true if another process has taken the account; but what it has brought to home stays
// there.
func (l *Ledger) recordOutcomes(ctx context.Context, tx Transaction, r backfill.Run, posts []backfill.KnownPost) error {
	account, taken, err := l.claimedOnce(ctx, tx, r)
	if err != nil {
		return err
	}
	rows, err := outcomeRows(ctx, stemsOf(tx, account), posts)
	if err != nil {
		return err
	}
	const upsert = `INSERT INTO posts (run, stem_id, tail, published, outcome, attempts, next_try, reason)
		SELECT ?2, CAST(value ->> 0 AS BIGINT), value ->> 1, CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT),
			CAST(value ->> 4 AS BIGINT), CAST(value ->> 5 AS BIGINT), value ->> 6 FROM json_each(?1) WHERE TRUE
		ON CONFLICT (stem_id, tail) DO UPDATE SET published = coalesce(posts.published, excluded.published), outcome = excluded.outcome,
		run = excluded.run, attempts = excluded.attempts, next_try = excluded.next_try, reason = excluded.reason
		WHERE ?3 = 0 OR posts.outcome NOT IN (?4, ?5)`
	final := make([]any, 0, 2)
	for _, o := range []backfill.Outcome{backfill.Imported, backfill.Held} {
		code, err := storedOutcome(o)
		if err != nil {
			return err
		}
		final = append(final, code)
	}
	if _, err := tx.ExecContext(ctx, upsert, append([]any{list(rows), r.ID, number(taken)}, final...)...); err != nil {
		return err
	}
	uris := make([]string, len(posts))
	for i, k := range posts {
		uris[i] = k.URI
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM jobs WHERE account_id = ? AND uri IN (SELECT value ->> 0 FROM json_each(?))`, account, column(uris))
	return err
}

// outcomeRows are what is to be recorded of posts.
func outcomeRows(ctx context.Context, known stems, posts []backfill.KnownPost) ([][7]any, error) {
	rows := make([][7]any, len(posts))
	for i, k := range posts {
		outcome, err := storedOutcome(k.Outcome)
		if err != nil {
			return nil, fmt.Errorf("the post %q: %w", k.URI, err)
		}
		stem, tail := cutURI(k.URI)
		id, err := known.id(ctx, stem)
		if err != nil {
			return nil, fmt.Errorf("the post %q: %w", k.URI, err)
		}
		rows[i] = [7]any{id, tail, nullable(optional(k.Published)), outcome, k.Attempts, nullable(optional(k.NextTry)), k.Reason}
	}
	return rows, nil
}
