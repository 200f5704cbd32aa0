package backfill_test

import (
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

func TestRoutesThatAreNotThere(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Options.Via = backfill.ViaSidekiq
	if r := w.FillAlice(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || len(w.Home.AskedFor) != 0 {
		t.Errorf("without workers: %+v", r)
	}
	w, s := enginetest.NewSidekiqWorld(t, 3)
	w.Engine.Options.Via = backfill.ViaResolve
	if r := w.FillAlice(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || len(s.Pushed) != 0 {
		t.Errorf("without a token: %+v", r)
	}
	w.Engine = w.Engine.DryRun()
	if r := w.FillAlice(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) {
		t.Errorf("without a token, in a dry run: %+v", r)
	}
}
