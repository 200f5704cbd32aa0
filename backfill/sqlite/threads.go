package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// threadMemory is how long a thread is remembered once it has ended.
const threadMemory = 24 * time.Hour

// AddThreads notes posts whose replies are wanted; see package replies. It forgets
// threads that ended long ago.
func (l *Ledger) AddThreads(ctx context.Context, r backfill.Run, threads []backfill.Thread) error {
	return l.write(ctx, "noting threads of "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		now := l.options.Clock.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM threads WHERE ended_at < ?`, millis(now.Add(-threadMemory))); err != nil {
			return err
		}
		const upsert = `INSERT INTO threads (account_id, uri, run_id, home_id, published, answered, collection, context)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
			ON CONFLICT (account_id, uri) DO UPDATE SET run_id = excluded.run_id, home_id = excluded.home_id, ended_at = NULL, asked = 0
			WHERE ended_at IS NULL OR ended_at <= ?9`
		rested := millis(now.Add(-backfill.RepliesRest))
		for _, t := range threads {
			_, err := tx.ExecContext(ctx, upsert, account, t.URI, r.ID, t.HomeID, optional(t.Published),
				int(t.Replies.Answered), t.Replies.Collection, t.Replies.Context, rested)
			if err != nil {
				return fmt.Errorf("the post %q: %w", t.URI, err)
			}
		}
		return nil
	})
}

// Threads returns posts of the account that wait; see package replies.
func (l *Ledger) Threads(ctx context.Context, r backfill.Run, n int) ([]backfill.Thread, error) {
	found, err := l.threads(ctx, r, n)
	if err != nil {
		return nil, fmt.Errorf("reading the threads of %s: %w", r.Account, l.explain(ctx, err))
	}
	return found, nil
}

func (l *Ledger) threads(ctx context.Context, r backfill.Run, n int) ([]backfill.Thread, error) {
	const q = `SELECT uri, home_id, published, answered, collection, context
		FROM threads JOIN accounts ON accounts.id = account_id WHERE home = ? AND handle = ? AND ended_at IS NULL
		ORDER BY answered = ? DESC, published DESC, uri LIMIT ?`
	rows, err := l.reader.QueryContext(ctx, q, l.options.Home, r.Account.String(), int(fediverse.IsAnswered), n)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var found []backfill.Thread
	for rows.Next() {
		var t backfill.Thread
		var published sql.NullInt64
		if err := rows.Scan(&t.URI, &t.HomeID, &published, &t.Replies.Answered, &t.Replies.Collection, &t.Replies.Context); err != nil {
			return nil, err
		}
		t.Published = fromOptional(published)
		found = append(found, t)
	}
	return found, rows.Err()
}

// EndThread notes that nothing more is to be done for a post; see package replies.
func (l *Ledger) EndThread(ctx context.Context, r backfill.Run, uri string, asked bool) error {
	return l.endThreads(ctx, r, `UPDATE threads SET ended_at = ?, run_id = ?, asked = ? WHERE account_id = ? AND uri = ?`,
		func(account int64) []any { return []any{millis(l.options.Clock.Now()), r.ID, asked, account, uri} })
}

// EndThreads does the same for all posts of the account that wait.
func (l *Ledger) EndThreads(ctx context.Context, r backfill.Run) error {
	return l.endThreads(ctx, r, `UPDATE threads SET ended_at = ?, asked = 0 WHERE account_id = ? AND ended_at IS NULL`,
		func(account int64) []any { return []any{millis(l.options.Clock.Now()), account} })
}

func (l *Ledger) endThreads(ctx context.Context, r backfill.Run, update string, values func(account int64) []any) error {
	return l.write(ctx, "ending threads of "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err == nil {
			_, err = tx.ExecContext(ctx, update, values(account)...)
		}
		return err
	})
}

// TriedReplies returns the replies whose outcome is known; see package replies.
func (l *Ledger) TriedReplies(ctx context.Context, uris []string) (map[string]bool, error) {
	tried := make(map[string]bool)
	for _, uri := range uris {
		var known bool
		const q = `SELECT EXISTS (SELECT 1 FROM replies WHERE home = ? AND uri = ? AND outcome <> ?)`
		if err := l.reader.QueryRowContext(ctx, q, l.options.Home, uri, string(backfill.Listed)).Scan(&known); err != nil {
			return nil, fmt.Errorf("looking for a reply: %w", l.explain(ctx, err))
		}
		if known {
			tried[uri] = true
		}
	}
	return tried, nil
}

// RecordReplies records replies with their outcomes; see package replies.
func (l *Ledger) RecordReplies(ctx context.Context, r backfill.Run, replies []backfill.KnownPost) error {
	return l.write(ctx, "recording replies to posts of "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		const upsert = `INSERT INTO replies (home, uri, account_id, run_id, outcome, tried_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (home, uri) DO UPDATE SET account_id = excluded.account_id, run_id = excluded.run_id,
			outcome = excluded.outcome, tried_at = excluded.tried_at`
		for _, k := range replies {
			if _, err := tx.ExecContext(ctx, upsert, l.options.Home, k.URI, account, r.ID, string(k.Outcome), millis(l.options.Clock.Now())); err != nil {
				return fmt.Errorf("the reply %q: %w", k.URI, err)
			}
		}
		return nil
	})
}

// ReplyCounts counts what a run has done for replies; see package replies.
func (l *Ledger) ReplyCounts(ctx context.Context, r backfill.Run) (n backfill.ReplyCounts, err error) {
	const q = `WITH own AS (SELECT id FROM accounts WHERE home = ?1 AND handle = ?2), outcomes AS (
			SELECT outcome FROM replies WHERE account_id = (SELECT id FROM own) AND run_id = ?3)
		SELECT (SELECT count(*) FROM threads WHERE account_id = (SELECT id FROM own) AND run_id = ?3 AND asked),
			(SELECT count(*) FROM outcomes WHERE outcome = ?4), (SELECT count(*) FROM outcomes WHERE outcome = ?5),
			(SELECT count(*) FROM outcomes WHERE outcome = ?6), (SELECT count(*) FROM outcomes WHERE outcome = ?7)`
	err = l.reader.QueryRowContext(ctx, q, l.options.Home, r.Account.String(), r.ID, string(backfill.Imported),
		string(backfill.Held), string(backfill.Refused), string(backfill.Failed)).Scan(&n.Asked, &n.Imported, &n.Held, &n.Refused, &n.Failed)
	if err != nil {
		return n, fmt.Errorf("counting the replies to posts of %s: %w", r.Account, l.explain(ctx, err))
	}
	return n, nil
}
