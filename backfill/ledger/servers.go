package ledger

import (
	"context"
	"time"

	"tootfill/backfill"
)

// Recall returns what was remembered about a server; see [backfill.Ledger]. A value
// dated in the future is not trusted: the clock has stepped back, and the value might
// be kept forever.
func (l *Ledger) Recall(ctx context.Context, server, name string) (string, error) {
	const q = `SELECT value FROM servers WHERE home = ? AND server = ? AND name = ? AND until > ? AND created_at <= ?`
	var value string
	err := l.read(ctx, "recalling the "+name+" of "+server, func(ctx context.Context) error {
		now := l.db.Now()
		return orNone(l.db.QueryRowContext(ctx, q, l.home, server, name, millis(now), millis(now.Add(unsteady))).Scan(&value))
	})
	return value, err
}

// Remember keeps a value until a time; see [backfill.Ledger].
func (l *Ledger) Remember(ctx context.Context, server, name, value string, until time.Time) error {
	return l.write(ctx, "remembering the "+name+" of "+server, func(tx Transaction) error {
		return l.remember(ctx, tx, backfill.Memo{Server: server, Name: name, Value: value, Until: until})
	})
}

func (l *Ledger) remember(ctx context.Context, tx Transaction, m backfill.Memo) error {
	now := millis(tx.Now())
	if err := l.sweep(ctx, tx, now); err != nil {
		return err
	}
	const upsert = `INSERT INTO servers (home, server, name, value, until, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (home, server, name) DO UPDATE SET value = excluded.value, until = excluded.until, created_at = excluded.created_at`
	_, err := tx.ExecContext(ctx, upsert, l.home, m.Server, m.Name, m.Value, millis(m.Until), now)
	return err
}

// sweepEvery is how often, in milliseconds, values that have expired are dropped. To
// find them, the whole table has to be read.
const sweepEvery = 60 * 60 * 1000

// sweep drops what has expired, now and then.
func (l *Ledger) sweep(ctx context.Context, tx Transaction, now int64) error {
	if last := l.swept.Load(); last != 0 && now >= last && now < last+sweepEvery {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM servers WHERE until <= ?`, now); err != nil {
		return err
	}
	l.swept.Store(now)
	return nil
}
