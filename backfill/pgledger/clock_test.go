package pgledger

import (
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/testservers"
)

// Machines whose clocks are hours apart record the same times: their ledgers show them
// the time of the database.
func TestClientsWhoseClocksAreWrong(t *testing.T) {
	url := testservers.Postgres(t)
	o := options(url)
	for _, wrong := range []time.Duration{-3 * time.Hour, 0, 3 * time.Hour} {
		machine := backfilltest.ClockAt(time.Now().Add(wrong))
		o.Machine = machine
		l := openIn(t, o)
		now := l.Clock().Now()
		if apart := time.Since(now); apart < -time.Minute || apart > time.Minute {
			t.Errorf("a machine that is %s ahead takes it for %s", wrong, now)
		}
		// Whatever a machine's clock shows, a pause of an hour is one.
		if err := l.Pause(t.Context(), "photos.example", now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		other := openIn(t, options(url))
		until, err := other.PausedUntil(t.Context(), "photos.example")
		if left := until.Sub(other.Clock().Now()); err != nil || left > time.Hour+time.Minute || left < time.Hour-time.Minute {
			t.Errorf("paused by a machine that is %s ahead: for %s, error %v", wrong, left, err)
		}
		// A pause that others are asked for meanwhile holds here at once, and ends by what
		// has passed.
		machine.Step(2 * time.Hour)
		if until, err := l.PausedUntil(t.Context(), "photos.example"); err != nil || !until.IsZero() {
			t.Errorf("two hours later it is paused until %s, error %v", until, err)
		}
		if err := other.Pause(t.Context(), "words.example", other.Clock().Now().Add(4*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if until, err := l.PausedUntil(t.Context(), "words.example"); err != nil || until.IsZero() {
			t.Errorf("a pause of another machine does not hold, error %v", err)
		}
	}
}
