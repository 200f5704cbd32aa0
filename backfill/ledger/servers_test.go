package ledger_test

import (
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
)

// What has expired is not recalled, and does not stay in the file for ever.
func testExpiredFactsAreDropped(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), c))
	remember := func(name string, d time.Duration) {
		t.Helper()
		if err := l.Remember(t.Context(), "photos.example", name, "x", c.Now().Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	wantRows := func(want int) {
		t.Helper()
		var n int
		if err := ledger.DatabaseOf(l).QueryRowContext(t.Context(), `SELECT count(*) FROM servers`).Scan(&n); err != nil || n != want {
			t.Errorf("%d facts are kept, %v, want %d", n, err, want)
		}
	}
	remember("a", time.Minute)
	c.Step(2 * time.Minute)
	remember("b", 10*time.Hour)
	if got, err := l.Recall(t.Context(), "photos.example", "a"); err != nil || got != "" {
		t.Errorf("Recall = %q, %v", got, err)
	}
	wantRows(2) // it is not looked for at every turn
	c.Step(time.Hour)
	remember("c", time.Hour)
	wantRows(2)
	// A clock that has been set back does not put it off.
	remember("d", time.Second)
	c.Step(-30 * time.Minute)
	remember("e", time.Hour)
	wantRows(4)
}
