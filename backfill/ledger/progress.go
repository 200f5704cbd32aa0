package ledger

import (
	"context"
	"database/sql"
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/service"
)

// Progress tells how far an account has come; see [service.Queue].
func (l *Ledger) Progress(ctx context.Context, h fediverse.Handle) (service.Progress, error) {
	var p service.Progress
	err := l.read(ctx, "reading how far "+h.String()+" has come", func(ctx context.Context) (err error) {
		p, err = l.progress(ctx, h)
		return err
	})
	if err != nil {
		return p, err
	}
	p.NextAllowed, err = l.NextAllowed(ctx, h)
	return p, err
}

func (l *Ledger) progress(ctx context.Context, h fediverse.Handle) (p service.Progress, err error) {
	const q = `SELECT accounts.id, EXISTS (SELECT 1 FROM asked WHERE account_id = accounts.id),
		coalesce((SELECT owner_id FROM claims WHERE account_id = accounts.id), ''),
		EXISTS (SELECT 1 FROM deferred WHERE account_id = accounts.id),
		coalesce((SELECT coalesce(status, '-') FROM runs WHERE account_id = accounts.id ORDER BY id DESC LIMIT 1), '')
		FROM accounts WHERE home = ? AND handle = ?`
	var account int64
	var waits, deferred bool
	var owner, status string
	err = l.db.QueryRowContext(ctx, q, l.home, h.String()).Scan(&account, &waits, &owner, &deferred, &status)
	if errors.Is(err, sql.ErrNoRows) {
		return service.Progress{Place: service.Place{State: service.Unknown}}, nil
	}
	if err != nil {
		return p, err
	}
	p.State = stateAfter(backfill.Status(status))
	switch {
	case waits:
		p.State = service.Waiting
	case deferred:
		p.State = service.Deferred
	}
	if owner != "" {
		working, err := l.isWorking(ctx, l.db, owner)
		if err != nil {
			return p, err
		}
		if working {
			p.State = service.Running
		}
	}
	p.Counts, err = l.progressCounts(ctx, account)
	return p, err
}

// stateAfter is the state of an account after its last run. One that was broken off goes
// on when somebody asks for it.
func stateAfter(s backfill.Status) service.State {
	switch s {
	case "":
		return service.Unknown
	case backfill.Done, backfill.Queued:
		return service.Done
	case backfill.Skipped:
		return service.Skipped
	case backfill.FailedAccount, backfill.Partial:
		return service.Failed
	}
	return service.Deferred
}

// progressCounts counts the known posts of an account by what came of them.
func (l *Ledger) progressCounts(ctx context.Context, account int64) (c service.Counts, err error) {
	const q = `SELECT outcome, count(*) FROM stems CROSS JOIN posts ON stem_id = stems.id WHERE account_id = ? GROUP BY outcome`
	rows, err := l.db.QueryContext(ctx, q, account)
	if err != nil {
		return c, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var code, posts int
		if err := rows.Scan(&code, &posts); err != nil {
			return c, err
		}
		outcome, err := parseOutcome(code)
		if err != nil {
			return c, err
		}
		c.Listed += posts
		switch outcome {
		case backfill.Imported:
			c.Imported += posts
		case backfill.Held:
			c.Held += posts
		case backfill.Refused:
			c.Refused += posts
		default:
			c.Left += posts
		}
	}
	return c, rows.Err()
}
