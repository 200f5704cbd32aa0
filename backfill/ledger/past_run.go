package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// LastRun is the last run of h; see [backfill.Ledger].
func (l *Ledger) LastRun(ctx context.Context, h fediverse.Handle) (backfill.PastRun, error) {
	var run backfill.PastRun
	err := l.read(ctx, "looking for the last run of "+h.String(), func(ctx context.Context) (err error) {
		run, err = l.lastRun(ctx, h)
		return err
	})
	return run, err
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
	row := l.db.QueryRowContext(ctx, q, l.home, h.String())
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

// Tried reports whether an account has had a run; see [backfill.Ledger].
func (l *Ledger) Tried(ctx context.Context, h fediverse.Handle) (tried bool, err error) {
	const q = `SELECT EXISTS (SELECT 1 FROM runs JOIN accounts ON accounts.id = account_id WHERE home = ? AND handle = ?)`
	err = l.read(ctx, "looking for earlier runs of "+h.String(), func(ctx context.Context) error {
		return l.db.QueryRowContext(ctx, q, l.home, h.String()).Scan(&tried)
	})
	return tried, err
}

// LastBackfill says when the latest backfill of h began; zero if there was none.
// Those in which nothing was done (failed, skipped, deferred) do not count.
func (l *Ledger) LastBackfill(ctx context.Context, h fediverse.Handle) (time.Time, error) {
	const q = `SELECT max(started_at) FROM runs JOIN accounts ON accounts.id = account_id
		WHERE home = ? AND handle = ? AND coalesce(status, '') NOT IN (?, ?, ?)`
	var ms sql.NullInt64
	err := l.read(ctx, "looking for the last backfill of "+h.String(), func(ctx context.Context) error {
		row := l.db.QueryRowContext(ctx, q, l.home, h.String(), string(backfill.FailedAccount), string(backfill.Skipped), string(backfill.Deferred))
		return row.Scan(&ms)
	})
	return fromOptional(ms), err
}
