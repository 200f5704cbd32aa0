package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"tootfill/backfill"
)

// RecordJobs records jobs before and after they are pushed; see
// [backfill.Ledger].
func (l *Ledger) RecordJobs(ctx context.Context, r backfill.Run, jobs []backfill.Job) error {
	return l.write(ctx, "recording jobs for "+r.Account.String(), func(tx Transaction) error {
		account, err := l.claimed(ctx, tx, r)
		if err != nil {
			return err
		}
		const upsert = `INSERT INTO jobs (account_id, uri, jid, payload, pushed_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (account_id, uri) DO UPDATE SET jid = excluded.jid, payload = excluded.payload, pushed_at = excluded.pushed_at`
		for _, j := range jobs {
			if _, err := tx.ExecContext(ctx, upsert, account, j.URI, j.JID, j.Payload, pushedAt(j)); err != nil {
				return fmt.Errorf("the job for %q: %w", j.URI, err)
			}
		}
		return nil
	})
}

// Jobs returns the recorded jobs of the account; see [backfill.Ledger].
func (l *Ledger) Jobs(ctx context.Context, r backfill.Run) ([]backfill.RecordedJob, error) {
	var jobs []backfill.RecordedJob
	err := l.read(ctx, "reading the jobs for "+r.Account.String(), func(ctx context.Context) (err error) {
		jobs, err = l.jobs(ctx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	uris := make([]string, len(jobs))
	for i, j := range jobs {
		uris[i] = j.URI
	}
	known, err := l.Recorded(ctx, r, uris)
	if err != nil {
		return nil, err
	}
	for i, k := range known {
		jobs[i].Post = k
	}
	return jobs, nil
}

func (l *Ledger) jobs(ctx context.Context, r backfill.Run) ([]backfill.RecordedJob, error) {
	const q = `SELECT jid, payload, pushed_at, uri FROM jobs JOIN accounts ON accounts.id = account_id
		WHERE home = ? AND handle = ? ORDER BY pushed_at NULLS FIRST, uri`
	rows, err := l.db.QueryContext(ctx, q, l.home, r.Account.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var jobs []backfill.RecordedJob
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

func scanJob(rows *sql.Rows) (backfill.RecordedJob, error) {
	var j backfill.RecordedJob
	var pushed sql.NullInt64
	err := rows.Scan(&j.JID, &j.Payload, &pushed, &j.URI)
	j.State = backfill.JobMaybePushed
	if pushed.Valid {
		j.Job = j.Pushed(fromOptional(pushed))
	}
	return j, err
}

// pushedAt is when a job was pushed; NULL if that is not certain.
func pushedAt(j backfill.Job) sql.NullInt64 {
	if j.State != backfill.JobPushed {
		return sql.NullInt64{}
	}
	return optional(j.PushedAt)
}
