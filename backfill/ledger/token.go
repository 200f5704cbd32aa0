package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// When an account may start again: an account has a bucket of tokens, and a run
// that begins takes one; see [limit.Limit]. A run that is resumed takes none.

// NextAllowed says when h may be backfilled next; see [backfill.Ledger].
func (l *Ledger) NextAllowed(ctx context.Context, h fediverse.Handle) (time.Time, error) {
	const open = `SELECT EXISTS (SELECT 1 FROM runs JOIN accounts ON accounts.id = account_id
		WHERE home = ? AND handle = ? AND finished_at IS NULL)`
	var resumes bool
	err := l.read(ctx, "looking for a run of "+h.String(), func(ctx context.Context) error {
		return l.db.QueryRowContext(ctx, open, l.home, h.String()).Scan(&resumes)
	})
	if err != nil || resumes {
		return time.Time{}, err
	}
	const bucket = `SELECT saved_at, tokens FROM buckets JOIN accounts ON accounts.id = account_id WHERE home = ? AND handle = ?`
	var b limit.Bucket
	err = l.read(ctx, "reading the limit of "+h.String(), func(ctx context.Context) (err error) {
		b, err = scanBucket(l.db.QueryRowContext(ctx, bucket, l.home, h.String()))
		return err
	})
	if err != nil {
		return time.Time{}, err
	}
	after, ok, next := l.limit.Peek(b, l.db.Now())
	if after != b && !l.db.ReadOnly() {
		if err := l.settleBucket(ctx, h); err != nil {
			return time.Time{}, err
		}
	}
	if ok {
		return time.Time{}, nil
	}
	return next, nil
}

// settleBucket records that the clock has stepped back, so that the wait counts from
// the first look after the step and not from each later one.
func (l *Ledger) settleBucket(ctx context.Context, h fediverse.Handle) error {
	return l.write(ctx, "reading the limit of "+h.String(), func(tx Transaction) error {
		account, err := l.account(ctx, tx, h)
		if err != nil {
			return err
		}
		before, err := readBucket(ctx, tx, account)
		if err != nil {
			return err
		}
		after, _, _ := l.limit.Peek(before, tx.Now())
		return saveBucket(ctx, tx, account, after)
	})
}

// takeToken takes the account's token; limited says that there is none.
func (l *Ledger) takeToken(ctx context.Context, tx Transaction, account int64) (limited, err error) {
	before, err := readBucket(ctx, tx, account)
	if err != nil {
		return nil, err
	}
	after, ok, next := l.limit.Take(before, tx.Now())
	if err := saveBucket(ctx, tx, account, after); err != nil {
		return nil, err
	}
	if !ok {
		return &backfill.LimitedError{NextAllowed: next}, nil
	}
	return nil, nil
}

// readBucket reads a bucket that is to be changed: nobody else can do so before the
// transaction ends. While there is none, the caller has locked the account ([Ledger.account]).
func readBucket(ctx context.Context, tx Transaction, account int64) (limit.Bucket, error) {
	return scanBucket(tx.QueryRowContext(ctx, `SELECT saved_at, tokens FROM buckets WHERE account_id = ? /* FOR UPDATE OF buckets */`, account))
}

func saveBucket(ctx context.Context, tx Transaction, account int64, b limit.Bucket) error {
	const save = `INSERT INTO buckets (account_id, saved_at, tokens) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET saved_at = excluded.saved_at, tokens = excluded.tokens`
	// Rounded up, so that the next start is not a fraction of a millisecond early.
	saved := millis(b.SavedAt.Add(time.Millisecond - time.Nanosecond))
	_, err := tx.ExecContext(ctx, save, account, saved, b.Tokens)
	return err
}

// scanBucket reads a bucket; one that was never saved is full.
func scanBucket(row *sql.Row) (limit.Bucket, error) {
	var ms int64
	var tokens float64
	err := row.Scan(&ms, &tokens)
	if errors.Is(err, sql.ErrNoRows) {
		return limit.Bucket{}, nil
	}
	if err != nil {
		return limit.Bucket{}, err
	}
	return limit.Bucket{SavedAt: fromMillis(ms), Tokens: tokens}, nil
}

func (l *Ledger) giveTokenBack(ctx context.Context, tx Transaction, account int64) error {
	before, err := readBucket(ctx, tx, account)
	if err != nil {
		return err
	}
	return saveBucket(ctx, tx, account, l.limit.GiveBack(before))
}
