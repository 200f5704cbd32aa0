package commands

import (
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
)

// The clock of a run shows the ledger's time once there is one, and tells how far that is
// from the machine's.
func TestTheLedgersClockIsFollowed(t *testing.T) {
	machine := backfilltest.NewClock()
	c := Env{Clock: machine}.ledgerClock()
	if !c.Now().Equal(machine.Now()) {
		t.Errorf("without a ledger it shows %s", c.Now())
	}
	began := c.Now()
	database := backfilltest.ClockAt(machine.Now().Add(-3 * time.Hour))
	began = began.Add(c.follow(database))
	if !c.Now().Equal(database.Now()) || c.Now().Sub(began) != 0 {
		t.Errorf("it shows %s, and the run began at %s", c.Now(), began)
	}
	if again := (Env{Clock: c}).ledgerClock(); again != c {
		t.Error("a part of the run has a clock of its own")
	}
}
