package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
)

var _ backfill.Paces = (*Ledger)(nil)

// paceMemory is how long a pace is kept that nobody changes. By then a bucket is full.
const paceMemory = 24 * time.Hour

// Pace reads what processes share about a pace; see [backfill.Paces].
func (l *Ledger) Pace(ctx context.Context, name string) (record string, err error) {
	paces, err := l.db.Fleeting(ctx)
	if err == nil {
		err = paces.QueryRowContext(ctx, `SELECT record FROM paces WHERE name = ?`, name).Scan(&record)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading the pace of %s: %w", name, l.db.Explain(ctx, err))
	}
	return record, nil
}

// SetPace changes what processes share about a pace; see [backfill.Paces].
func (l *Ledger) SetPace(ctx context.Context, name, old, record string) (done bool, err error) {
	done, err = l.setPace(ctx, name, old, record)
	if err != nil {
		return false, fmt.Errorf("changing the pace of %s: %w", name, l.db.Explain(ctx, err))
	}
	return done, nil
}

func (l *Ledger) setPace(ctx context.Context, name, old, record string) (bool, error) {
	paces, err := l.db.Fleeting(ctx)
	if err != nil {
		return false, err
	}
	now := millis(l.db.Now())
	if old == "" {
		if err := l.sweepPaces(ctx, paces, now); err != nil {
			return false, err
		}
		return changed(paces.ExecContext(ctx, `INSERT INTO paces (name, record, changed_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING`, name, record, now))
	}
	return changed(paces.ExecContext(ctx, `UPDATE paces SET record = ?, changed_at = ? WHERE name = ? AND record = ?`, record, now, name, old))
}

// changed reports whether a statement has changed anything.
func changed(r sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// sweepPaces drops what nobody has changed for long, now and then.
func (l *Ledger) sweepPaces(ctx context.Context, paces Fleeting, now int64) error {
	if last := l.pacesSwept.Load(); last != 0 && now >= last && now < last+sweepEvery {
		return nil
	}
	if _, err := paces.ExecContext(ctx, `DELETE FROM paces WHERE changed_at < ?`, now-paceMemory.Milliseconds()); err != nil {
		return err
	}
	l.pacesSwept.Store(now)
	return nil
}

// Holder is the id of this process, by which others find out whether it lives; see
// [backfill.Paces].
func (l *Ledger) Holder(ctx context.Context) (string, error) {
	self, err := l.db.Self()
	if err != nil || l.registered.Load() {
		return self, err
	}
	if err := l.write(ctx, "telling others of this process", func(tx Transaction) error { return l.db.Register(ctx, tx) }); err != nil {
		return "", err
	}
	l.registered.Store(true)
	return self, nil
}

// Holds reports whether a process lives; see [backfill.Paces].
func (l *Ledger) Holds(ctx context.Context, holder string) (bool, error) {
	alive, err := l.db.IsAlive(ctx, l.db, holder)
	if err != nil {
		return false, fmt.Errorf("looking for another process: %w", l.db.Explain(ctx, err))
	}
	return alive, nil
}
