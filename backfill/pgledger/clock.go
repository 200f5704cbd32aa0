package pgledger

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"tootfill/backfill"
)

// databaseClock tells the time of the database. Between two looks at it the machine's
// clock says how long they are apart, and nothing else: that part of it never steps.
type databaseClock struct {
	// fixed takes the place of the database's clock; nil outside of tests.
	fixed backfill.Clock
	// machine is the machine's clock.
	machine backfill.Clock

	mu sync.Mutex
	// shown is what the database's clock showed at a moment of this machine.
	shown, at time.Time
}

func newClock(o Options) *databaseClock {
	c := &databaseClock{fixed: o.Clock, machine: o.Machine}
	if c.machine == nil {
		c.machine = backfill.SystemClock{}
	}
	return c
}

// Now is the time of the database.
func (c *databaseClock) Now() time.Time {
	if c.fixed != nil {
		return c.fixed.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown.Add(c.machine.Now().Sub(c.at))
}

// Wait waits as [backfill.Clock] says: a time goes by as fast on this machine.
func (c *databaseClock) Wait(ctx context.Context, d time.Duration) error {
	if c.fixed != nil {
		return c.fixed.Wait(ctx, d)
	}
	return c.machine.Wait(ctx, d)
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// read asks the database for its time.
func (c *databaseClock) read(ctx context.Context, q querier) (time.Time, error) {
	if c.fixed != nil {
		return c.fixed.Now(), nil
	}
	var ms int64
	if err := q.QueryRowContext(ctx, `SELECT `+nowMillis).Scan(&ms); err != nil {
		return time.Time{}, err
	}
	return c.show(ms), nil
}

// show notes what the database's clock shows, in milliseconds since 1970.
func (c *databaseClock) show(ms int64) time.Time {
	if c.fixed != nil {
		return c.fixed.Now()
	}
	now := time.UnixMilli(ms) // in the zone in which people here are shown it
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown, c.at = now, c.machine.Now()
	return now
}
