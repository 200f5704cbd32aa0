package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// NextAllowed says when h may be backfilled next; see [backfill.Ledger].
func (l *Ledger) NextAllowed(ctx context.Context, h fediverse.Handle) (time.Time, error) {
	const open = `SELECT EXISTS (SELECT 1 FROM runs JOIN accounts ON accounts.id = account_id
		WHERE home = ? AND handle = ? AND finished_at IS NULL)`
	var resumes bool
	if err := l.reader.QueryRowContext(ctx, open, l.options.Home, h.String()).Scan(&resumes); err != nil {
		return time.Time{}, fmt.Errorf("looking for a run of %s: %w", h, l.explain(ctx, err))
	}
	if resumes {
		return time.Time{}, nil
	}
	const bucket = `SELECT saved_at, tokens FROM buckets JOIN accounts ON accounts.id = account_id WHERE home = ? AND handle = ?`
	b, err := scanBucket(l.reader.QueryRowContext(ctx, bucket, l.options.Home, h.String()))
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the limit of %s: %w", h, l.explain(ctx, err))
	}
	after, ok, next := l.options.Limit.Peek(b, l.options.Clock.Now())
	if after != b && !l.options.ReadOnly {
		if err := l.settleBucket(ctx, h); err != nil {
			return time.Time{}, err
		}
	}
	if ok {
		return time.Time{}, nil
	}
	return next, nil
}

// settleBucket saves that the clock has stepped back, so that the wait counts
// from the first look after the step, and not from each.
func (l *Ledger) settleBucket(ctx context.Context, h fediverse.Handle) error {
	return l.write(ctx, "reading the limit of "+h.String(), func(tx *sql.Tx) error {
		account, err := l.account(ctx, tx, h)
		if err != nil {
			return err
		}
		before, err := readBucket(ctx, tx, account)
		if err != nil {
			return err
		}
		after, _, _ := l.options.Limit.Peek(before, l.options.Clock.Now())
		return saveBucket(ctx, tx, account, after)
	})
}

// Begin claims the account and takes its token; see [backfill.Ledger]. All is
// one transaction: of two processes that begin at the same time one gets the
// account, and the other a *backfill.BusyError.
func (l *Ledger) Begin(ctx context.Context, h fediverse.Handle) (backfill.Run, error) {
	self, err := l.self()
	if err != nil {
		return backfill.Run{}, fmt.Errorf("beginning with %s: %w", h, err)
	}
	run := backfill.Run{Account: h}
	var limited error
	err = l.write(ctx, "beginning with "+h.String(), func(tx *sql.Tx) error {
		account, err := l.account(ctx, tx, h)
		if err != nil {
			return err
		}
		if err := l.free(ctx, tx, account, self); err != nil {
			return err
		}
		run.ID, run.StartedAt, err = openRun(ctx, tx, account)
		if err != nil {
			return err
		}
		run.Resumed = run.ID != 0
		if !run.Resumed {
			// A refusal is saved too: see Limit.Take.
			if limited, err = l.takeToken(ctx, tx, account); err != nil || limited != nil {
				return err
			}
			if err := l.newRun(ctx, tx, account, &run); err != nil {
				return err
			}
		}
		return l.claim(ctx, tx, account, run.ID, self)
	})
	if err != nil {
		return backfill.Run{}, err
	}
	if limited != nil {
		return backfill.Run{}, limited
	}
	self.known.Store(true)
	return run, nil
}

// account returns the id of an account, which is new if need be.
func (l *Ledger) account(ctx context.Context, tx *sql.Tx, h fediverse.Handle) (id int64, err error) {
	// An update that changes nothing makes RETURNING answer for a known account.
	const upsert = `INSERT INTO accounts (home, handle) VALUES (?, ?)
		ON CONFLICT (home, handle) DO UPDATE SET handle = excluded.handle RETURNING id`
	err = tx.QueryRowContext(ctx, upsert, l.options.Home, h.String()).Scan(&id)
	return id, err
}

// free makes sure that nobody works on the account. The claims of a process that
// has ended are dropped, all of them.
func (l *Ledger) free(ctx context.Context, tx *sql.Tx, account int64, self *owner) error {
	const claimed = `SELECT owners.id, pid FROM claims JOIN owners ON owners.id = owner_id WHERE account_id = ?`
	var id string
	var pid int
	err := tx.QueryRowContext(ctx, claimed, account).Scan(&id, &pid)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if id == self.id {
		return &backfill.BusyError{PID: pid}
	}
	gone, err := l.bury(id)
	if err != nil {
		return err
	}
	if !gone {
		return &backfill.BusyError{PID: pid}
	}
	return disown(ctx, tx, id)
}

func openRun(ctx context.Context, tx *sql.Tx, account int64) (id int64, started time.Time, err error) {
	var ms int64
	err = tx.QueryRowContext(ctx, `SELECT id, started_at FROM runs WHERE account_id = ? AND finished_at IS NULL`, account).Scan(&id, &ms)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, nil
	}
	return id, fromMillis(ms), err
}

// takeToken takes the account's token; limited says that there is none.
func (l *Ledger) takeToken(ctx context.Context, tx *sql.Tx, account int64) (limited, err error) {
	before, err := readBucket(ctx, tx, account)
	if err != nil {
		return nil, err
	}
	after, ok, next := l.options.Limit.Take(before, l.options.Clock.Now())
	if err := saveBucket(ctx, tx, account, after); err != nil {
		return nil, err
	}
	if !ok {
		return &backfill.LimitedError{NextAllowed: next}, nil
	}
	return nil, nil
}

func readBucket(ctx context.Context, tx *sql.Tx, account int64) (limit.Bucket, error) {
	return scanBucket(tx.QueryRowContext(ctx, `SELECT saved_at, tokens FROM buckets WHERE account_id = ?`, account))
}

func saveBucket(ctx context.Context, tx *sql.Tx, account int64, b limit.Bucket) error {
	const save = `INSERT INTO buckets (account_id, saved_at, tokens) VALUES (?, ?, ?)
		ON CONFLICT (account_id) DO UPDATE SET saved_at = excluded.saved_at, tokens = excluded.tokens`
	// Rounded up, so that the next start is not early by the rest of a millisecond.
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

func (l *Ledger) newRun(ctx context.Context, tx *sql.Tx, account int64, run *backfill.Run) error {
	started := millis(l.options.Clock.Now())
	run.StartedAt = fromMillis(started)
	return tx.QueryRowContext(ctx, `INSERT INTO runs (account_id, started_at) VALUES (?, ?) RETURNING id`, account, started).Scan(&run.ID)
}

func (l *Ledger) claim(ctx context.Context, tx *sql.Tx, account, run int64, self *owner) error {
	now := millis(l.options.Clock.Now())
	const register = `INSERT INTO owners (id, pid, started_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`
	if _, err := tx.ExecContext(ctx, register, self.id, os.Getpid(), now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO claims (account_id, run_id, owner_id, claimed_at) VALUES (?, ?, ?, ?)`, account, run, self.id, now)
	return err
}

// errNotClaimed: work is recorded for a run that this process does not work on.
var errNotClaimed = errors.New("the run is not open in this process")

// claimed returns the account of a run that this process works on.
func (l *Ledger) claimed(ctx context.Context, tx *sql.Tx, r backfill.Run) (account int64, err error) {
	self, err := l.self()
	if err != nil {
		return 0, err
	}
	const q = `SELECT claims.account_id FROM claims JOIN accounts ON accounts.id = claims.account_id
		WHERE run_id = ? AND owner_id = ? AND home = ? AND handle = ?`
	err = tx.QueryRowContext(ctx, q, r.ID, self.id, l.options.Home, r.Account.String()).Scan(&account)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errNotClaimed
	}
	return account, err
}

// Finish records the result and gives the claim back; see [backfill.Ledger].
func (l *Ledger) Finish(ctx context.Context, r backfill.Run, result backfill.Result, open bool) error {
	finished := sql.NullInt64{Int64: millis(l.options.Clock.Now()), Valid: !open}
	wanted, err := storedWanted(&r.Wanted)
	if err != nil {
		return fmt.Errorf("finishing with %s: %w", r.Account, err)
	}
	return l.write(ctx, "finishing with "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		// A run that was interrupted has imported some before.
		const update = `UPDATE runs SET finished_at = ?, route = ?, status = ?, listed = ?, eligible = ?, held = ?,
			imported = imported + ?, refused = ?, failed = ?, retry_at = ?, reason = ?, cause = ?, wanted = ? WHERE id = ?`
		_, err = tx.ExecContext(ctx, update, finished, string(result.Route), string(result.Status), result.Listed, result.Eligible,
			result.Held, result.Imported, result.Refused, result.Failed, optional(result.RetryAt), result.Reason, string(result.Cause), wanted, r.ID)
		if err != nil {
			return err
		}
		if result.Unspent {
			if err := l.giveTokenBack(ctx, tx, account); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM claims WHERE account_id = ?`, account)
		return err
	})
}

func (l *Ledger) giveTokenBack(ctx context.Context, tx *sql.Tx, account int64) error {
	before, err := readBucket(ctx, tx, account)
	if err != nil {
		return err
	}
	return saveBucket(ctx, tx, account, l.options.Limit.GiveBack(before))
}

// LastRun is the last run of h; see [backfill.Ledger].
func (l *Ledger) LastRun(ctx context.Context, h fediverse.Handle) (backfill.PastRun, error) {
	run, err := l.lastRun(ctx, h)
	if err != nil {
		return backfill.PastRun{}, fmt.Errorf("looking for the last run of %s: %w", h, l.explain(ctx, err))
	}
	return run, nil
}

func (l *Ledger) lastRun(ctx context.Context, h fediverse.Handle) (p backfill.PastRun, err error) {
	const q = `SELECT started_at, finished_at IS NULL, coalesce(route, ''), coalesce(status, ''), eligible, runs.retry_at,
		coalesce(cause, ''), coalesce(runs.reason, ''), runs.wanted,
		deferred.account_id IS NOT NULL, deferred.wanted
		FROM runs JOIN accounts ON accounts.id = runs.account_id
		LEFT JOIN deferred ON deferred.account_id = accounts.id
		WHERE home = ? AND handle = ? ORDER BY runs.id DESC LIMIT 1`
	var started int64
	var retry sql.NullInt64
	var wanted, noted sql.NullString
	row := l.reader.QueryRowContext(ctx, q, l.options.Home, h.String())
	err = row.Scan(&started, &p.Open, &p.Route, &p.Status, &p.Eligible, &retry, &p.Cause, &p.Reason, &wanted, &p.Deferred, &noted)
	if errors.Is(err, sql.ErrNoRows) {
		return backfill.PastRun{}, nil
	}
	if err != nil {
		return backfill.PastRun{}, err
	}
	p.StartedAt, p.RetryAt = fromMillis(started), fromOptional(retry)
	if p.Wanted, err = parseWanted(wanted); err == nil {
		p.Noted, err = parseWanted(noted)
	}
	return p, err
}

// LastBackfill says when the latest backfill of h began; zero if there was none.
// Those in which nothing was done (failed, skipped, deferred) do not count.
func (l *Ledger) LastBackfill(ctx context.Context, h fediverse.Handle) (time.Time, error) {
	const q = `SELECT max(started_at) FROM runs JOIN accounts ON accounts.id = account_id
		WHERE home = ? AND handle = ? AND coalesce(status, '') NOT IN (?, ?, ?)`
	var ms sql.NullInt64
	row := l.reader.QueryRowContext(ctx, q, l.options.Home, h.String(), string(backfill.FailedAccount), string(backfill.Skipped), string(backfill.Deferred))
	if err := row.Scan(&ms); err != nil {
		return time.Time{}, fmt.Errorf("looking for the last backfill of %s: %w", h, l.explain(ctx, err))
	}
	return fromOptional(ms), nil
}
