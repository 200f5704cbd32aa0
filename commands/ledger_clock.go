package commands

import (
	"sync/atomic"
	"time"

	"tootfill/backfill"
)

// ledgerClock is the clock of a run: the machine's, and that of the ledger once this is
// open in a database that several machines share. Their own clocks may differ by hours,
// and whatever one of them records must mean the same to the others.
type ledgerClock struct {
	// Clock is the machine's clock: a wait takes as long by either.
	backfill.Clock
	ledger atomic.Pointer[backfill.Clock]
}

// Now is the time of the ledger, or of the machine as long as the ledger is not open.
func (c *ledgerClock) Now() time.Time {
	if l := c.ledger.Load(); l != nil {
		return (*l).Now()
	}
	return c.Clock.Now()
}

// follow makes it the clock of a ledger, and returns how far that is ahead.
func (c *ledgerClock) follow(ledger backfill.Clock) (ahead time.Duration) {
	before := c.Now()
	c.ledger.Store(&ledger)
	return ledger.Now().Round(0).Sub(before.Round(0))
}
