package ledger_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// TestOutcomesOfOthers: outcomes that cannot be recorded do not keep those of other
// accounts, which are recorded at the same time, out of the ledger.
func testOutcomesOfOthers(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	var good []backfill.Run
	for i := range 8 {
		good = append(good, ledgertest.Begin(t, l, fediverse.Handle{User: fmt.Sprint("user", i), Domain: "photos.example"}))
	}
	over := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.Finish(t, l, over, false)

	settled := func(uri string) []backfill.KnownPost {
		return []backfill.KnownPost{{URI: uri, Outcome: backfill.Imported}}
	}
	var all sync.WaitGroup
	release := ledger.HoldWrites(l) // as if others were being written: these have to wait
	for i, r := range good {
		all.Go(func() {
			if err := l.RecordOutcomes(t.Context(), r, settled(ledgertest.URI(i))); err != nil {
				t.Errorf("the outcome of %s was not recorded: %v", r.Account, err)
			}
		})
	}
	all.Go(func() {
		if err := l.RecordOutcomes(t.Context(), over, settled(ledgertest.URI(99))); err == nil {
			t.Error("an outcome was recorded for a run that is over")
		}
	})
	for waiting := 0; waiting <= len(good); {
		waiting = ledger.WaitingWrites(l)
		runtime.Gosched()
	}
	release()
	all.Wait()
	for i, r := range good {
		known, err := l.Recorded(t.Context(), r, []string{ledgertest.URI(i)})
		if err != nil || known[0].Outcome != backfill.Imported {
			t.Errorf("%s: %+v, %v", r.Account, known, err)
		}
	}
}

// Runs that end together are recorded together, even if one of them is over: it alone is
// not recorded, and nothing of what belongs to it.
func testSettleManyTogether(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	runs := []backfill.Run{ledgertest.Begin(t, l, ledgertest.Alice)}
	ledgertest.Finish(t, l, runs[0], false)
	for i := range 8 {
		runs = append(runs, ledgertest.Begin(t, l, fediverse.Handle{User: fmt.Sprint("user", i), Domain: "photos.example"}))
	}
	var all []backfill.Settlement
	for i, r := range runs {
		all = append(all, backfill.Settlement{
			Account: r.Account, Run: &runs[i], Result: backfill.Result{Account: r.Account, Status: backfill.Interrupted}, StaysOpen: true,
			Deferral: &backfill.Deferral{Account: r.Account, RetryAt: ledger.DatabaseOf(l).Now(), Reason: "x"},
			Memos:    []backfill.Memo{{Server: "home.example", Name: r.Account.String(), Value: "1", Until: ledger.DatabaseOf(l).Now().Add(time.Hour)}},
		})
	}
	if err := l.Settle(t.Context(), all...); !errors.Is(err, ledger.ErrNotClaimed) || !strings.Contains(err.Error(), ledgertest.Alice.String()) {
		t.Errorf("got %v", err)
	}
	deferred := make(map[fediverse.Handle]bool)
	for d, err := range l.Due(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		deferred[d.Account] = true
	}
	for i, r := range runs {
		memo, err := l.Recall(t.Context(), "home.example", r.Account.String())
		if recorded := i > 0; err != nil || (memo == "1") != recorded || deferred[r.Account] != recorded {
			t.Errorf("%s: deferred is %t, the memo %q, error %v", r.Account, deferred[r.Account], memo, err)
		}
		if i == 0 {
			continue
		}
		if again := ledgertest.Begin(t, l, r.Account); !again.Resumed || again.ID != r.ID {
			t.Errorf("%+v", again)
		}
	}
}
