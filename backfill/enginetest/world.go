package enginetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/resolve"
)

// World is an engine and the servers that it works with.
type World struct {
	Engine   *backfill.Engine
	Clock    *backfilltest.Clock
	Home     *Home
	Origin   *Origin
	Listener *Listener
	Ledger   *ledger.Ledger
}

// Alice is the account that most tests fill.
var Alice = fediverse.Handle{User: "alice", Domain: "photos.example"}

// NewWorld returns a world in which each account has a number of posts and home holds
// none of them. Home is filled through its search.
func NewWorld(t testing.TB, posts int) *World {
	t.Helper()
	w := &World{Home: NewHome(), Listener: &Listener{}}
	w.Clock = backfilltest.ClockAt(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
	w.Origin = &Origin{Top: w.Clock.Now(), Posts: posts}
	ledger := OpenLedger(t, t.TempDir(), w.Clock)
	t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Ledger = ledger
	w.Engine = &backfill.Engine{
		Accounts: w.Home, Resolve: resolve.Deliverer{Held: w.Home, Importer: w.Home}, Requester: w.Home,
		Origin: w.Origin, Ledger: ledger, Clock: w.Clock, Listener: w.Listener,
		Home:    "home.example",
		Options: backfill.Options{Via: backfill.ViaAuto, Limit: 500, Concurrency: 2},
	}
	return w
}

// Run runs the engine over handles. It returns the results of this run alone.
func (w *World) Run(t *testing.T, handles ...fediverse.Handle) ([]backfill.Result, error) {
	t.Helper()
	return w.RunIn(t.Context(), handles...)
}

// RunIn is Run, and ends with ctx.
func (w *World) RunIn(ctx context.Context, handles ...fediverse.Handle) ([]backfill.Result, error) {
	before := len(w.Listener.Results())
	err := w.Engine.Run(ctx, func(yield func(backfill.Target, error) bool) {
		for _, h := range handles {
			if !yield(backfill.Target{Handle: h}, nil) {
				return
			}
		}
	})
	return w.Listener.Results()[before:], err
}

// FillAlice runs the engine over Alice and wants one result and no error.
func (w *World) FillAlice(t *testing.T) backfill.Result {
	t.Helper()
	results, err := w.Run(t, Alice)
	if err != nil || len(results) != 1 {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	return results[0]
}

// Defer notes that an account has to wait.
func (w *World) Defer(ctx context.Context, d backfill.Deferral) error {
	return w.Ledger.Settle(ctx, backfill.Settlement{Account: d.Account, Deferral: &d})
}

// WantCounts compares the status and the counts of a result.
func WantCounts(t *testing.T, got, want backfill.Result) {
	t.Helper()
	counts := func(r backfill.Result) string {
		return fmt.Sprintf("%s eligible %d held %d imported %d refused %d failed %d",
			r.Status, r.Eligible, r.Held, r.Imported, r.Refused, r.Failed)
	}
	if counts(got) != counts(want) {
		t.Errorf("got  %s (%s)\nwant %s", counts(got), got.Reason, counts(want))
	}
}
