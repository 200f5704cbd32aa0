package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// deferAccount notes that an account has to wait. An earlier note is replaced.
func (l *Ledger) deferAccount(ctx context.Context, tx Transaction, d backfill.Deferral) error {
	account, err := l.account(ctx, tx, d.Account)
	if err != nil {
		return err
	}
	wanted, err := storedWanted(d.Wanted)
	if err != nil {
		return err
	}
	const upsert = `INSERT INTO deferred (account_id, retry_at, reason, created_at, wanted) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET retry_at = excluded.retry_at, reason = excluded.reason,
		created_at = excluded.created_at, wanted = excluded.wanted`
	_, err = tx.ExecContext(ctx, upsert, account, millis(d.RetryAt), d.Reason, millis(tx.Now()), wanted)
	return err
}

// lockNote keeps others from changing the note of an account before the transaction
// ends, even one that there is not yet: whoever notes an account locks its row in
// accounts. An account that is not known has no note.
func (l *Ledger) lockNote(ctx context.Context, tx Transaction, h fediverse.Handle) error {
	var id int64
	err := tx.QueryRowContext(ctx, `SELECT id FROM accounts WHERE home = ? AND handle = ? /* FOR UPDATE OF accounts */`, l.home, h.String()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// noted is what an account is noted for; nil if there is no note, or if it does not tell.
func (l *Ledger) noted(ctx context.Context, tx Transaction, h fediverse.Handle) (*backfill.Wanted, error) {
	if err := l.lockNote(ctx, tx, h); err != nil {
		return nil, err
	}
	const q = `SELECT wanted FROM deferred JOIN accounts ON id = account_id WHERE home = ? AND handle = ?`
	var text sql.NullString
	err := tx.QueryRowContext(ctx, q, l.home, h.String()).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseWanted(text)
}

// undefer removes the note that an account has to wait.
func (l *Ledger) undefer(ctx context.Context, tx Transaction, h fediverse.Handle) error {
	const remove = `DELETE FROM deferred WHERE account_id = (SELECT id FROM accounts WHERE home = ? AND handle = ?)`
	_, err := tx.ExecContext(ctx, remove, l.home, h.String())
	return err
}

// RenameDeferral moves a note to another account; see [backfill.Ledger].
func (l *Ledger) RenameDeferral(ctx context.Context, name, canonical fediverse.Handle) error {
	return l.write(ctx, "renaming the deferral of "+name.String(), func(tx Transaction) error {
		var from int64
		var text sql.NullString
		const find = `SELECT account_id, wanted FROM deferred JOIN accounts ON id = account_id WHERE home = ? AND handle = ? /* FOR UPDATE OF deferred */`
		err := tx.QueryRowContext(ctx, find, l.home, name.String()).Scan(&from, &text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		to, err := l.account(ctx, tx, canonical)
		if err != nil {
			return err
		}
		if name.User != canonical.User {
			if text, err = withoutSpelling(text); err != nil {
				return err
			}
		}
		const rename = `UPDATE deferred SET account_id = ?1, wanted = ?3 WHERE account_id = ?2
			AND NOT EXISTS (SELECT 1 FROM deferred WHERE account_id = ?1)`
		if _, err := tx.ExecContext(ctx, rename, to, from, text); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM deferred WHERE account_id = ?`, from)
		return err
	})
}

// withoutSpelling is what is wanted without a spelling. That is one of the user part,
// and does not fit another user.
func withoutSpelling(text sql.NullString) (sql.NullString, error) {
	w, err := parseWanted(text)
	if err != nil || w == nil {
		return text, err
	}
	w.Spelling = ""
	return storedWanted(w)
}

// Due reads the deferred accounts that are due, the earliest first. One whose
// deferral is dated in the future is also due: the clock has stepped back, and
// nobody knows how long to wait. The ledger may be changed while reading.
func (l *Ledger) Due(ctx context.Context) iter.Seq2[backfill.Deferral, error] {
	return l.deferrals(ctx, l.home, millis(l.db.Now()))
}

// Deferrals reads all deferred accounts, the earliest due first.
func (l *Ledger) Deferrals(ctx context.Context) iter.Seq2[backfill.Deferral, error] {
	return l.deferrals(ctx, l.home, never)
}

// NextDue is when the first deferred account may run; zero if none is deferred.
func (l *Ledger) NextDue(ctx context.Context) (time.Time, error) {
	const q = `SELECT min(retry_at) FROM deferred JOIN accounts ON id = account_id WHERE home = ?`
	var ms sql.NullInt64
	err := l.read(ctx, "reading the deferred accounts", func(ctx context.Context) error {
		return l.db.QueryRowContext(ctx, q, l.home).Scan(&ms)
	})
	return fromOptional(ms), err
}

// deferralRow is a deferral and its place in the order of reading.
type deferralRow struct {
	backfill.Deferral
	retryAt, id int64
}

// never is later than any time to which an account is deferred.
const never = math.MaxInt64

// deferrals reads the accounts that are due at now (in milliseconds, as stored) on a
// home server, or on all of them if home is empty.
func (l *Ledger) deferrals(ctx context.Context, home string, now int64) iter.Seq2[backfill.Deferral, error] {
	return func(yield func(backfill.Deferral, error) bool) {
		after := func(last deferralRow) (batch []deferralRow, err error) {
			err = l.read(ctx, "reading the deferred accounts", func(ctx context.Context) (err error) {
				batch, err = l.deferralsAfter(ctx, home, last, now)
				return err
			})
			return batch, err
		}
		for d, err := range inBatches(deferralRow{retryAt: math.MinInt64}, after) {
			if !yield(d.Deferral, err) {
				return
			}
		}
	}
}

func (l *Ledger) deferralsAfter(ctx context.Context, home string, last deferralRow, now int64) ([]deferralRow, error) {
	const q = `SELECT account_id, handle, retry_at, reason, wanted FROM deferred JOIN accounts ON id = account_id
		WHERE (?1 = '' OR home = ?1) AND (retry_at <= ?2 OR created_at - ?6 > ?2) AND (retry_at, account_id) > (?3, ?4)
		ORDER BY retry_at, account_id LIMIT ?5`
	rows, err := l.db.QueryContext(ctx, q, home, now, last.retryAt, last.id, rowBatch, unsteady.Milliseconds())
	if err != nil {
		return nil, err
	}
	return scanDeferrals(rows)
}

// scanDeferrals reads rows of account_id, handle, retry_at, reason and wanted.
func scanDeferrals(rows *sql.Rows) ([]deferralRow, error) {
	defer rows.Close() //nolint:errcheck // Err tells
	var batch []deferralRow
	for rows.Next() {
		var d deferralRow
		var handle string
		var wanted sql.NullString
		if err := rows.Scan(&d.id, &handle, &d.retryAt, &d.Reason, &wanted); err != nil {
			return nil, err
		}
		var err error
		if d.Wanted, err = parseWanted(wanted); err != nil {
			return nil, fmt.Errorf("%s: %w", handle, err)
		}
		d.Account, d.RetryAt = parseStored(handle), fromMillis(d.retryAt)
		batch = append(batch, d)
	}
	return batch, rows.Err()
}
