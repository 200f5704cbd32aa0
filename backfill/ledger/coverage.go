package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/coverage"
	"tootfill/backfill/fediverse"
)

var _ coverage.Ledger = (*Ledger)(nil)

// dayMillis is a day in milliseconds.
const dayMillis = 24 * 60 * 60 * 1000

// Record reads what is known of an account; see [coverage.Ledger].
func (l *Ledger) Record(ctx context.Context, h fediverse.Handle) (coverage.Record, error) {
	var r coverage.Record
	err := l.read(ctx, "counting the known posts of "+h.String(), func(ctx context.Context) (err error) {
		r, err = l.record(ctx, h)
		return err
	})
	if err == nil && r.Known {
		r.Claimed, err = backfill.ClaimedPosts(ctx, l, h)
	}
	return r, err
}

func (l *Ledger) record(ctx context.Context, h fediverse.Handle) (r coverage.Record, err error) {
	account, err := l.readingState(ctx, h, &r)
	if err != nil || !r.Known {
		return r, err
	}
	// Days are cheap to tell by arithmetic alone, in any SQL; months are not.
	const q = `SELECT CASE WHEN published BETWEEN 0 AND ?2 THEN published / ?3 ELSE -1 END AS day, outcome, attempts, count(*)
		FROM stems CROSS JOIN posts ON stem_id = stems.id WHERE account_id = ?1 GROUP BY day, outcome, attempts`
	rows, err := l.db.QueryContext(ctx, q, account, int64(never), int64(dayMillis))
	if err != nil {
		return r, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var day int64
		var code, attempts, posts int
		if err := rows.Scan(&day, &code, &attempts, &posts); err != nil {
			return r, err
		}
		outcome, err := parseOutcome(code)
		if err != nil {
			return r, err
		}
		m := coverage.Month{Counts: coverage.Of(outcome, attempts, posts)}
		if day >= 0 {
			m.Start = coverage.MonthOf(fromMillis(day * dayMillis))
		}
		r.Add(m)
	}
	return r, rows.Err()
}

// readingState reads whether and when the account's listing was read, and returns the
// account's id. A run that has not ended has not told yet how much it has listed.
func (l *Ledger) readingState(ctx context.Context, h fediverse.Handle, r *coverage.Record) (account int64, err error) {
	const q = `SELECT accounts.id, EXISTS (SELECT 1 FROM runs WHERE account_id = accounts.id),
		(SELECT max(started_at) FROM runs WHERE account_id = accounts.id
			AND (listed > 0 OR finished_at IS NULL OR status = ?3 AND route IN (?4, ?5))
			AND EXISTS (SELECT 1 FROM listings WHERE listings.account_id = accounts.id)),
		` + readToItsEnd + `
		FROM accounts WHERE home = ?1 AND handle = ?2`
	var readAt sql.NullInt64
	row := l.db.QueryRowContext(ctx, q, l.home, h.String(), string(backfill.Done), string(backfill.RouteResolve), string(backfill.RouteSidekiq))
	err = row.Scan(&account, &r.Known, &readAt, &r.Whole)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if readAt.Valid {
		r.ReadAt = fromMillis(readAt.Int64).Truncate(time.Second)
	}
	return account, err
}
