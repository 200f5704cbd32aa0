package resolve_test

import (
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

func TestSlowsDownForAnOriginThatLimitsHome(t *testing.T) {
	w := enginetest.NewWorld(t, 60)
	w.Engine.Options.Concurrency = 1
	n := 0
	w.Home.OnImport = func(string, int) error {
		if n++; n > 20 && n <= 30 {
			return backfill.ErrRefused
		}
		return nil
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 60, Imported: 60})
	if w.Listener.Warnings() != 1 {
		t.Errorf("%d warnings, want 1", w.Listener.Warnings())
	}
	if w.Clock.Waited() < 10*firstPause {
		t.Errorf("waited only %v", w.Clock.Waited())
	}
}

const firstPause = 2 * time.Second

func TestGivesUpOnAnOriginThatGivesNothing(t *testing.T) {
	w := enginetest.NewWorld(t, 400)
	w.Home.OnImport = func(uri string, _ int) error {
		if uri < enginetest.PostURI(enginetest.Alice, 350) {
			return backfill.ErrRefused
		}
		return nil
	}
	r := w.FillAlice(t)
	if r.Status != backfill.Partial || r.Imported != 50 || r.Refused > 25 || r.RetryAt.IsZero() {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(r.Reason, "limit") {
		t.Errorf("reason %q", r.Reason)
	}
	w.Home.OnImport = nil
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 400, Held: 50, Imported: 350 - r.Refused, Refused: r.Refused})
}

func TestATimeOutIsLookedAtAgain(t *testing.T) {
	w := enginetest.NewWorld(t, 10)
	slow := enginetest.PostURI(enginetest.Alice, 5)
	w.Home.OnImport = func(uri string, nth int) error {
		if uri == slow && nth == 1 {
			return backfill.ErrUncertain
		}
		return nil
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
	if n := w.Home.TimesAsked()[slow]; n != 2 {
		t.Errorf("asked %d times", n)
	}
}
