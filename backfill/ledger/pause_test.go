package ledger_test

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
)

func wantPause(t *testing.T, l *ledger.Ledger, server string, want time.Time) {
	t.Helper()
	if until, err := l.PausedUntil(t.Context(), server); err != nil || !until.Equal(want) {
		t.Errorf("%s is paused until %v, %v, want %v", server, until, err, want)
	}
}

func testPauses(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	o := options(t.TempDir(), c)
	l := in.open(t, o)
	began := c.Now()
	pause := func(until time.Time) {
		t.Helper()
		if err := l.Pause(t.Context(), "photos.example", until); err != nil {
			t.Fatal(err)
		}
	}
	wantPause(t, l, "photos.example", time.Time{})
	pause(began.Add(24 * time.Hour))
	pause(began.Add(time.Hour)) // the longer one stays
	pause(began.Add(-time.Hour))
	wantPause(t, l, "photos.example", began.Add(24*time.Hour))
	wantPause(t, l, "notes.example", time.Time{})

	// It also holds for another process that fills another home.
	other := o
	other.Home = "other.example"
	wantPause(t, in.open(t, other), "photos.example", began.Add(24*time.Hour))

	c.Step(24 * time.Hour)
	wantPause(t, l, "photos.example", time.Time{})

	// Ten years become a week.
	pause(c.Now().AddDate(10, 0, 0))
	wantPause(t, l, "photos.example", c.Now().Add(backfill.LongestPause))

	// Once the clock has stepped back, nobody knows how long the pause lasts.
	c.Step(-time.Hour)
	wantPause(t, l, "photos.example", time.Time{})
	pause(c.Now().Add(time.Minute))
	wantPause(t, l, "photos.example", c.Now().Add(time.Minute))
}
