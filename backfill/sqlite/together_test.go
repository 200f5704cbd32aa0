package sqlite

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
)

// TestOutcomesOfOthers: outcomes that cannot be recorded do not keep those of other
// accounts, which are recorded at the same time, out of the ledger.
func TestOutcomesOfOthers(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	var good []backfill.Run
	for i := range 8 {
		good = append(good, begin(t, l, fediverse.Handle{User: fmt.Sprint("user", i), Domain: "photos.example"}))
	}
	over := begin(t, l, alice)
	finish(t, l, over, false)

	settled := func(uri string) []backfill.KnownPost {
		return []backfill.KnownPost{{URI: uri, Outcome: backfill.Imported}}
	}
	var all sync.WaitGroup
	l.together.turn.Lock() // as if others were being written: these have to wait
	for i, r := range good {
		all.Go(func() {
			if err := l.RecordOutcomes(t.Context(), r, settled(uri(i))); err != nil {
				t.Errorf("the outcome of %s was not recorded: %v", r.Account, err)
			}
		})
	}
	all.Go(func() {
		if err := l.RecordOutcomes(t.Context(), over, settled(uri(99))); err == nil {
			t.Error("an outcome was recorded for a run that is over")
		}
	})
	for waiting := 0; waiting <= len(good); {
		l.together.mu.Lock()
		waiting = len(l.together.waiting)
		l.together.mu.Unlock()
		runtime.Gosched()
	}
	l.together.turn.Unlock()
	all.Wait()
	for i, r := range good {
		known, err := l.Recorded(t.Context(), r, []string{uri(i)})
		if err != nil || known[0].Outcome != backfill.Imported {
			t.Errorf("%s: %+v, %v", r.Account, known, err)
		}
	}
}
