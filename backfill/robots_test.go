package backfill_test

import (
	"context"
	"testing"

	"tootfill/backfill"
)

func robotsRefusal() error {
	return &backfill.OriginError{Host: alice.Domain, Cause: backfill.Robots, Err: &backfill.RobotsError{Agent: "tootfill", Rule: "Disallow: /", Path: "/users/alice"}}
}

func TestRobotsUseUpNoStart(t *testing.T) {
	w := newWorld(t, 3)
	w.origin.open = robotsRefusal()
	for range 2 {
		r := w.one(t)
		wantCounts(t, r, backfill.Result{Status: backfill.Skipped})
		if r.Cause != backfill.Robots || !r.RetryAt.IsZero() {
			t.Errorf("cause %q, retry at %v", r.Cause, r.RetryAt)
		}
	}
	w.origin.open = nil
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 3, Imported: 3})
	if r := w.one(t); !r.Recent {
		t.Errorf("a second start: %+v", r)
	}
}

// A run that has already done something has used up its start.
func TestRobotsGiveNoStartBackThatWasUsed(t *testing.T) {
	w := newWorld(t, 60)
	ctx, cancel := context.WithCancel(t.Context())
	w.home.imports = func(string, int) error { cancel(); return nil }
	if _, err := w.runIn(ctx, alice); err == nil {
		t.Fatal("not interrupted")
	}
	w.home.imports, w.origin.open = nil, robotsRefusal()
	for range 2 {
		r := w.one(t)
		wantCounts(t, r, backfill.Result{Status: backfill.Skipped})
		if r.Cause != backfill.Robots || r.Reason == "" {
			t.Errorf("cause %q, reason %q", r.Cause, r.Reason)
		}
	}
	if next, err := w.ledger.NextAllowed(t.Context(), alice); err != nil || next.IsZero() {
		t.Errorf("next allowed at %v, %v", next, err)
	}
}
