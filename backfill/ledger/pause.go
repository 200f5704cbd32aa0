package ledger

import (
	"context"
	"database/sql"
	"time"

	"tootfill/backfill"
)

var _ backfill.Pauses = (*Ledger)(nil)

// unsteady is how far two looks at the ledger's clock may be apart that should be one:
// somebody else's change is dated while ours is under way, and the time of a database is
// known only since the last answer. A record that is dated further in the future was made
// before the clock stepped back.
const unsteady = time.Minute

// PausedUntil says until when a server wants to be left alone; see
// [backfill.Pauses]. A pause whose date is in the future is over: the clock has
// stepped back, and nobody knows how long the pause still lasts. The server will
// say.
func (l *Ledger) PausedUntil(ctx context.Context, server string) (time.Time, error) {
	const q = `SELECT until FROM pauses WHERE server = ?1 AND until > ?2 AND created_at <= ?3`
	var until sql.NullInt64
	err := l.read(ctx, "recalling the pause of "+server, func(ctx context.Context) error {
		now := l.db.Now()
		return orNone(l.db.QueryRowContext(ctx, q, server, millis(now), millis(now.Add(unsteady))).Scan(&until))
	})
	return fromOptional(until), err
}

// Pause remembers that a server wants to be left alone; see [backfill.Pauses].
func (l *Ledger) Pause(ctx context.Context, server string, until time.Time) error {
	return l.write(ctx, "remembering the pause of "+server, func(tx Transaction) error {
		now := tx.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM pauses WHERE until <= ? OR created_at > ?`, millis(now), millis(now.Add(unsteady))); err != nil {
			return err
		}
		if latest := now.Add(backfill.LongestPause); until.After(latest) {
			until = latest
		}
		if !until.After(now) {
			return nil
		}
		const upsert = `INSERT INTO pauses (server, until, created_at) VALUES (?, ?, ?)
			ON CONFLICT (server) DO UPDATE SET until = excluded.until, created_at = excluded.created_at WHERE excluded.until > pauses.until`
		_, err := tx.ExecContext(ctx, upsert, server, millis(until), millis(now))
		return err
	})
}
