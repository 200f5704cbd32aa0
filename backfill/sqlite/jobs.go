package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"tootfill/backfill"
)

// RecordJobs records jobs before and after they are pushed; see
// [backfill.Ledger].
func (l *Ledger) RecordJobs(ctx context.Context, r backfill.Run, jobs []backfill.PushedJob) error {
	return l.write(ctx, "recording jobs for "+r.Account.String(), func(tx *sql.Tx) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		const upsert = `INSERT INTO jobs (account_id, uri, jid, payload, pushed_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (account_id, uri) DO UPDATE SET jid = excluded.jid, payload = excluded.payload, pushed_at = excluded.pushed_at`
		for _, j := range jobs {
			if _, err := tx.ExecContext(ctx, upsert, account, j.URI, j.JID, j.Payload, optional(j.PushedAt)); err != nil {
				return fmt.Errorf("the job for %q: %w", j.URI, err)
			}
		}
		return nil
	})
}

// Jobs returns the recorded jobs of the account; see [backfill.Ledger].
func (l *Ledger) Jobs(ctx context.Context, r backfill.Run) ([]backfill.PushedJob, error) {
	jobs, err := l.jobs(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("reading the jobs for %s: %w", r.Account, l.explain(ctx, err))
	}
	return jobs, nil
}

func (l *Ledger) jobs(ctx context.Context, r backfill.Run) ([]backfill.PushedJob, error) {
	const q = `SELECT jid, uri, payload, pushed_at FROM jobs JOIN accounts ON accounts.id = account_id
		WHERE home = ? AND handle = ? ORDER BY pushed_at, uri`
	rows, err := l.reader.QueryContext(ctx, q, l.options.Home, r.Account.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var jobs []backfill.PushedJob
	for rows.Next() {
		var j backfill.PushedJob
		var pushed sql.NullInt64
		if err := rows.Scan(&j.JID, &j.URI, &j.Payload, &pushed); err != nil {
			return nil, err
		}
		j.PushedAt = fromOptional(pushed)
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}
