package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"tootfill/backfill"
)

// RetryThreads makes posts wait again to which there are replies that may be tried once
// more; see package replies. It writes only if there are any.
func (l *Ledger) RetryThreads(ctx context.Context, r backfill.Run) error {
	const due = `SELECT post FROM replies WHERE account_id = ?1 AND next_try <= ?2`
	what, now := "resuming threads of "+r.Account.String(), millis(l.db.Now())
	var account sql.NullInt64
	const waits = `SELECT id FROM accounts WHERE home = ? AND handle = ? AND EXISTS (SELECT 1 FROM replies WHERE account_id = accounts.id AND next_try <= ?)`
	err := l.read(ctx, what, func(ctx context.Context) error {
		return orNone(l.db.QueryRowContext(ctx, waits, l.home, r.Account.String(), now).Scan(&account))
	})
	if err != nil || !account.Valid {
		return err
	}
	return l.write(ctx, what, func(tx Transaction) error {
		account, err := l.claimed(ctx, tx, r)
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE threads SET ended_at = NULL, asked = FALSE WHERE account_id = ?1 AND uri IN (`+due+`)`, account, now)
		}
		return err
	})
}

// KnownReplies returns what is known of replies; see package replies.
func (l *Ledger) KnownReplies(ctx context.Context, uris []string) ([]backfill.KnownPost, error) {
	known := make([]backfill.KnownPost, len(uris))
	for i, uri := range uris {
		k := backfill.KnownPost{URI: uri, Outcome: backfill.Listed}
		var next sql.NullInt64
		const q = `SELECT outcome, attempts, next_try FROM replies WHERE home = ? AND uri = ?`
		err := l.read(ctx, "looking for a reply", func(ctx context.Context) error {
			return orNone(l.db.QueryRowContext(ctx, q, l.home, uri).Scan(&k.Outcome, &k.Attempts, &next))
		})
		if err != nil {
			return nil, err
		}
		k.NextTry = fromOptional(next)
		known[i] = k
	}
	return known, nil
}

// TryReplies notes that replies to a post are about to be tried; see package replies.
func (l *Ledger) TryReplies(ctx context.Context, r backfill.Run, post string, replies []backfill.KnownPost) error {
	return l.eachReply(ctx, r, replies, l.claimed, func(tx Transaction, account int64, k backfill.KnownPost) error {
		const upsert = `INSERT INTO replies (home, uri, account_id, run_id, post, outcome, attempts, tried_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (home, uri) DO UPDATE SET account_id = excluded.account_id, run_id = excluded.run_id, post = excluded.post`
		_, err := tx.ExecContext(ctx, upsert, l.home, k.URI, account, r.ID, post, string(backfill.Listed), k.Attempts, millis(tx.Now()))
		return err
	})
}

// RecordReplies records what came of replies, also if another process has taken the
// account; see package replies.
func (l *Ledger) RecordReplies(ctx context.Context, r backfill.Run, replies []backfill.KnownPost) error {
	once := func(ctx context.Context, tx Transaction, r backfill.Run) (int64, error) {
		account, _, err := l.claimedOnce(ctx, tx, r)
		return account, err
	}
	return l.eachReply(ctx, r, replies, once, func(tx Transaction, account int64, k backfill.KnownPost) error {
		next := optional(k.NextTry)
		if k.Outcome.Final() || k.IsGivenUp() {
			next = sql.NullInt64{}
		}
		const upsert = `INSERT INTO replies (home, uri, account_id, run_id, outcome, attempts, next_try, tried_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (home, uri) DO UPDATE SET account_id = excluded.account_id, run_id = excluded.run_id,
			outcome = excluded.outcome, attempts = excluded.attempts, next_try = excluded.next_try, tried_at = excluded.tried_at`
		_, err := tx.ExecContext(ctx, upsert, l.home, k.URI, account, r.ID, string(k.Outcome), k.Attempts, next, millis(tx.Now()))
		return err
	})
}

func (l *Ledger) eachReply(ctx context.Context, r backfill.Run, replies []backfill.KnownPost,
	claimed func(context.Context, Transaction, backfill.Run) (int64, error),
	record func(Transaction, int64, backfill.KnownPost) error,
) error {
	return l.write(ctx, "recording replies to posts of "+r.Account.String(), func(tx Transaction) error {
		account, err := claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		for _, k := range replies {
			if err := record(tx, account, k); err != nil {
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
	err = l.read(ctx, "counting the replies to posts of "+r.Account.String(), func(ctx context.Context) error {
		row := l.db.QueryRowContext(ctx, q, l.home, r.Account.String(), r.ID, string(backfill.Imported),
			string(backfill.Held), string(backfill.Refused), string(backfill.Failed))
		return row.Scan(&n.Asked, &n.Imported, &n.Held, &n.Refused, &n.Failed)
	})
	return n, err
}
