package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// LastRun is the last run of h; see [backfill.Ledger].
func (l *Ledger) LastRun(ctx context.Context, h fediverse.Handle) (backfill.PastRun, error) {
	run, err := l.lastRun(ctx, h)
	if err != nil {
		return backfill.PastRun{}, fmt.Errorf("looking for the last run of %s: %w", h, l.db.Explain(ctx, err))
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
	if err := l.db.QueryRowContext(ctx, q, l.home, h.String()).Scan(&tried); err != nil {
		return false, fmt.Errorf("looking for earlier runs of %s: %w", h, l.db.Explain(ctx, err))
	}
	return tried, nil
}

// LastBackfill says when the latest backfill of h began; zero if there was none.
// Those in which nothing was done (failed, skipped, deferred) do not count.
func (l *Ledger) LastBackfill(ctx context.Context, h fediverse.Handle) (time.Time, error) {
	const q = `SELECT max(started_at) FROM runs JOIN accounts ON accounts.id = account_id
		WHERE home = ? AND handle = ? AND coalesce(status, '') NOT IN (?, ?, ?)`
	var ms sql.NullInt64
	row := l.db.QueryRowContext(ctx, q, l.home, h.String(), string(backfill.FailedAccount), string(backfill.Skipped), string(backfill.Deferred))
	if err := row.Scan(&ms); err != nil {
		return time.Time{}, fmt.Errorf("looking for the last backfill of %s: %w", h, l.db.Explain(ctx, err))
	}
	return fromOptional(ms), nil
}
