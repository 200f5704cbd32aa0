package backfill_test

import (
	"context"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

func robotsRefusal() error {
	return &backfill.OriginError{Host: enginetest.Alice.Domain, Cause: backfill.Robots, Err: &backfill.RobotsError{Agent: "tootfill", Rule: "Disallow: /", Path: "/users/alice"}}
}

func TestRobotsUseUpNoStart(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Origin.OpenErr = robotsRefusal()
	for range 2 {
		r := w.FillAlice(t)
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Skipped})
		if r.Cause != backfill.Robots || !r.RetryAt.IsZero() {
			t.Errorf("cause %q, retry at %v", r.Cause, r.RetryAt)
		}
	}
	w.Origin.OpenErr = nil
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 3, Imported: 3})
	if r := w.FillAlice(t); !r.Recent {
		t.Errorf("a second start: %+v", r)
	}
}

// A run that has already done something has used up its start.
func TestRobotsGiveNoStartBackThatWasUsed(t *testing.T) {
	w := enginetest.NewWorld(t, 60)
	ctx, cancel := context.WithCancel(t.Context())
	w.Home.OnImport = func(string, int) error { cancel(); return nil }
	if _, err := w.RunIn(ctx, enginetest.Alice); err == nil {
		t.Fatal("not interrupted")
	}
	w.Home.OnImport, w.Origin.OpenErr = nil, robotsRefusal()
	for range 2 {
		r := w.FillAlice(t)
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Skipped})
		if r.Cause != backfill.Robots || r.Reason == "" {
			t.Errorf("cause %q, reason %q", r.Cause, r.Reason)
		}
	}
	if next, err := w.Ledger.NextAllowed(t.Context(), enginetest.Alice); err != nil || next.IsZero() {
		t.Errorf("next allowed at %v, %v", next, err)
	}
}
