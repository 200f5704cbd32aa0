package ledger_test

import (
	"math"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

func testCountPosts(t *testing.T, in kind) {
	clock := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), clock))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	stretch, known := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("after 5", 9, 8, 7, 6, 5))
	for i, outcome := range []backfill.Outcome{backfill.Imported, backfill.Held, backfill.Refused, backfill.Failed} {
		known[i].Outcome = outcome
	}
	known[2].Attempts, known[2].NextTry = 1, clock.Now().Add(time.Hour)
	known[3].Attempts, known[3].NextTry = 5, clock.Now()
	if err := l.RecordOutcomes(t.Context(), r, known[:4]); err != nil {
		t.Fatal(err)
	}
	at := func(n int) time.Time { return ledgertest.DayZero.Add(time.Duration(n) * time.Hour) }
	check := func(what string, c backfill.Counting, want backfill.PostCount) {
		t.Helper()
		got, err := l.CountPosts(t.Context(), ledgertest.Alice, c)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", what, got, err, want)
		}
	}
	// Of 9 to 5, only 5 is to be tried now: the others are settled, rest or were given up.
	check("all", backfill.Counting{Attempts: 5}, backfill.PostCount{Posts: 5, Open: 1})
	check("also those given up", backfill.Counting{Attempts: math.MaxInt32}, backfill.PostCount{Posts: 5, Open: 2})
	check("the newest four", backfill.Counting{Limit: 4, Attempts: 5}, backfill.PostCount{Posts: 4})
	check("since", backfill.Counting{Since: at(6), Attempts: 5}, backfill.PostCount{Posts: 4})
	check("until", backfill.Counting{Until: at(6), Attempts: 5}, backfill.PostCount{Posts: 1, Open: 1})
	clock.Step(2 * time.Hour)
	check("after a rest", backfill.Counting{Attempts: 5}, backfill.PostCount{Posts: 5, Open: 2})

	ledgertest.Record(t, l, r, stretch.ID, ledgertest.LowerPage("", 4, 3))
	check("read to its end", backfill.Counting{Attempts: 5}, backfill.PostCount{Posts: 7, Open: 4, ToItsEnd: true})
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("after 20", 21, 20))
	check("with a gap", backfill.Counting{Attempts: 5}, backfill.PostCount{Posts: 9, Open: 6})

	if got, err := l.CountPosts(t.Context(), ledgertest.Bob, backfill.Counting{Attempts: 5}); err != nil || got != (backfill.PostCount{}) {
		t.Errorf("an unknown account: %+v, %v", got, err)
	}
}
