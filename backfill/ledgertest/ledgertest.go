// Package ledgertest is for tests of ledgers: it uses one as the engine does.
package ledgertest

import (
	"context"
	"errors"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// Ledger is a ledger of any kind.
type Ledger interface {
	backfill.Ledger
	home.FollowLedger
}

// Two accounts.
var (
	Alice = fediverse.Handle{User: "alice", Domain: "photos.example"}
	Bob   = fediverse.Handle{User: "bob", Domain: "notes.example"}
)

// Begin begins a run.
func Begin(t testing.TB, l Ledger, h fediverse.Handle) backfill.Run {
	t.Helper()
	r, err := l.Begin(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Finish ends a run well or, if it is to stay open, as one that was interrupted.
func Finish(t testing.TB, l Ledger, r backfill.Run, open bool) {
	t.Helper()
	status := backfill.Done
	if open {
		status = backfill.Interrupted
	}
	if err := End(t.Context(), l, r, backfill.Result{Status: status, Route: backfill.RouteResolve}, open); err != nil {
		t.Fatal(err)
	}
}

// End records the result of a run.
func End(ctx context.Context, l Ledger, r backfill.Run, result backfill.Result, open bool) error {
	return l.Settle(ctx, backfill.Settlement{Account: r.Account, Run: &r, Result: result, StaysOpen: open})
}

// Defer notes that an account has to wait.
func Defer(ctx context.Context, l Ledger, d backfill.Deferral) error {
	return l.Settle(ctx, backfill.Settlement{Account: d.Account, Deferral: &d})
}

// Undefer removes such a note.
func Undefer(ctx context.Context, l Ledger, h fediverse.Handle) error {
	return l.Settle(ctx, backfill.Settlement{Account: h, Undefer: true})
}

// WantBusy wants an account to be claimed by a process.
func WantBusy(t *testing.T, l Ledger, h fediverse.Handle, pid int) {
	t.Helper()
	_, err := l.Begin(t.Context(), h)
	var busy *backfill.BusyError
	if !errors.As(err, &busy) || busy.PID != pid {
		t.Fatalf("Begin: %v, want process %d to be busy", err, pid)
	}
}
