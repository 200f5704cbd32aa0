package backfill_test

import (
	"context"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// pausedOrigin answers every request by asking for a pause.
type pausedOrigin struct {
	opened int
	until  time.Time
}

func (o *pausedOrigin) Open(context.Context, fediverse.Account) (backfill.Listing, error) {
	o.opened++
	return nil, &backfill.PausedError{Host: "photos.example", Until: o.until}
}

func (o *pausedOrigin) Reopen(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	return o.Open(ctx, a)
}

// An origin that asks for a day's pause is not asked again by each run of cron, and
// neither is home.
func TestAPauseIsKeptBetweenRuns(t *testing.T) {
	for _, via := range []backfill.Via{backfill.ViaAuto, backfill.ViaResolve} {
		w := enginetest.NewWorld(t, 5)
		w.Engine.Options.Via = via
		o := &pausedOrigin{until: w.Clock.Now().Add(24 * time.Hour)}
		w.Engine.Origin = o
		for range 6 {
			r := w.FillAlice(t)
			if r.Status != backfill.Deferred || r.Cause != backfill.Paused || !r.RetryAt.Equal(o.until) {
				t.Errorf("%+v", r)
			}
			w.Clock.Step(time.Hour)
		}
		if o.opened != 1 || w.Home.AccountsAsked != 1 {
			t.Errorf("%s: the origin was asked %d times within the pause, home %d times", via, o.opened, w.Home.AccountsAsked)
		}
		w.Engine.Origin = w.Origin
		w.Clock.Step(18 * time.Hour)
		enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Imported: 5})
	}
}

// Home can backfill by itself whatever the origin has asked of us.
func TestAPausedOriginDoesNotConcernRouteRequest(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	if err := w.Ledger.Pause(t.Context(), enginetest.Alice.Domain, w.Clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.Home.OnRequest = func() error { return nil }
	if r := w.FillAlice(t); r.Status != backfill.Queued {
		t.Errorf("%+v", r)
	}
}

// A dry run heeds a pause, but does not remember one.
func TestADryRunAndAPause(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	o := &pausedOrigin{until: w.Clock.Now().Add(24 * time.Hour)}
	w.Engine.Origin = o
	w.Engine = w.Engine.DryRun()
	w.FillAlice(t)
	if r := w.FillAlice(t); r.Status != backfill.Deferred || o.opened != 2 {
		t.Errorf("asked %d times: %+v", o.opened, r)
	}
	if err := w.Ledger.Pause(t.Context(), enginetest.Alice.Domain, o.until); err != nil {
		t.Fatal(err)
	}
	if r := w.FillAlice(t); r.Status != backfill.Deferred || o.opened != 2 {
		t.Errorf("asked %d times: %+v", o.opened, r)
	}
}
