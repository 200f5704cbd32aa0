package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// threadMemory is how long a thread is remembered once it has ended, and
	// longThreadMemory the same for one with replies that may be tried again.
	threadMemory     = 24 * time.Hour
	longThreadMemory = 30 * 24 * time.Hour
)

// AddThreads notes posts whose replies are wanted; see package replies. It forgets
// threads that ended long ago.
func (l *Ledger) AddThreads(ctx context.Context, r backfill.Run, threads []backfill.Thread) error {
	return l.write(ctx, "noting threads of "+r.Account.String(), func(tx Transaction) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		now := tx.Now()
		if err := forgetThreads(ctx, tx, now); err != nil {
			return err
		}
		const upsert = `INSERT INTO threads (account_id, uri, run_id, home_id, published, answered, collection, context)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
			ON CONFLICT (account_id, uri) DO UPDATE SET run_id = excluded.run_id, home_id = excluded.home_id, ended_at = NULL, asked = FALSE
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

func forgetThreads(ctx context.Context, tx Transaction, now time.Time) error {
	const q = `DELETE FROM threads WHERE ended_at < ?1 AND (ended_at < ?2 OR NOT EXISTS (
		SELECT 1 FROM replies WHERE replies.account_id = threads.account_id AND replies.post = threads.uri AND next_try IS NOT NULL))`
	_, err := tx.ExecContext(ctx, q, millis(now.Add(-threadMemory)), millis(now.Add(-longThreadMemory)))
	return err
}

// Threads returns posts of the account that wait; see package replies.
func (l *Ledger) Threads(ctx context.Context, r backfill.Run, n int) ([]backfill.Thread, error) {
	var found []backfill.Thread
	err := l.read(ctx, "reading the threads of "+r.Account.String(), func(ctx context.Context) (err error) {
		found, err = l.threads(ctx, r, n)
		return err
	})
	return found, err
}

func (l *Ledger) threads(ctx context.Context, r backfill.Run, n int) ([]backfill.Thread, error) {
	const q = `SELECT uri, home_id, published, answered, collection, context
		FROM threads JOIN accounts ON accounts.id = account_id WHERE home = ? AND handle = ? AND ended_at IS NULL
		ORDER BY answered = ? DESC, published DESC NULLS LAST, uri LIMIT ?`
	rows, err := l.db.QueryContext(ctx, q, l.home, r.Account.String(), int(fediverse.IsAnswered), n)
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
		func(account, now int64) []any { return []any{now, r.ID, asked, account, uri} })
}

// EndThreads does the same for all posts of the account that wait.
func (l *Ledger) EndThreads(ctx context.Context, r backfill.Run) error {
	return l.endThreads(ctx, r, `UPDATE threads SET ended_at = ?, asked = FALSE WHERE account_id = ? AND ended_at IS NULL`,
		func(account, now int64) []any { return []any{now, account} })
}

func (l *Ledger) endThreads(ctx context.Context, r backfill.Run, update string, values func(account, now int64) []any) error {
	return l.write(ctx, "ending threads of "+r.Account.String(), func(tx Transaction) error {
		account, err := l.claimed(ctx, tx, r)
		if err == nil {
			_, err = tx.ExecContext(ctx, update, values(account, millis(tx.Now()))...)
		}
		return err
	})
}
