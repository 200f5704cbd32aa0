package backfill_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// refresher is the part of home that refreshes accounts.
type refresher struct {
	asked []fediverse.Handle
	err   error
}

func (r *refresher) Refresh(_ context.Context, a fediverse.Account) error {
	r.asked = append(r.asked, a.Handle)
	return r.err
}

// Each import raises the number of posts on the profile until home refreshes the
// account, which it does when asked a day later.
func TestTheCountOnTheProfileIsMendedADayLater(t *testing.T) {
	for _, route := range []backfill.Route{backfill.RouteResolve, backfill.RouteSidekiq} {
		w := enginetest.NewWorld(t, 30)
		if route == backfill.RouteSidekiq {
			w, _ = enginetest.NewSidekiqWorld(t, 30)
		}
		h := &refresher{}
		w.Engine.Refresher = h
		step := func(after time.Duration, want int, when string) {
			t.Helper()
			w.Clock.Step(after)
			if r := w.FillAlice(t); r.Route != route {
				t.Errorf("route %s", r.Route)
			}
			if len(h.asked) != want {
				t.Errorf("%s, %s: asked %d times, want %d", route, when, len(h.asked), want)
			}
		}
		step(0, 0, "first run")
		step(20*time.Hour, 0, "home's copy is younger than a day")
		dry := w.Engine.DryRun()
		w.Engine, dry = dry, w.Engine
		step(5*time.Hour, 0, "a dry run")
		w.Engine = dry
		h.err = &backfill.AnswerError{Server: "home.example", Status: 503}
		step(time.Hour, 1, "home does not do it")
		h.err = nil
		step(2*time.Hour, 2, "home does it")
		step(48*time.Hour, 2, "nothing was imported since")
		w.Origin.Posts = 31
		step(48*time.Hour, 2, "one is imported")
		step(12*time.Hour, 2, "half a day later")
		w.Origin.Posts = 32 // the first of them counts, not the latest
		step(13*time.Hour, 3, "a day later")
	}
}

func TestARefreshThatFailsIsTold(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Refresher = &refresher{err: errors.New("no answer")}
	w.FillAlice(t)
	w.Clock.Step(25 * time.Hour)
	if r := w.FillAlice(t); r.Status != backfill.Done || w.Listener.Warnings() != 1 {
		t.Errorf("%+v, %d warnings", r, w.Listener.Warnings())
	}
}
