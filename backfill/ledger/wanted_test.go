package ledger_test

import (
	"reflect"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

func testWhatIsWantedIsKept(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	wanted := backfill.Wanted{
		Limit: 7, Since: time.Date(2025, 1, 2, 3, 4, 5, 6_000_000, time.UTC), Until: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Boosts: true, NotFollowed: true, Via: backfill.ViaResolve, Listing: "feed", Spelling: "Alice",
	}
	if p, err := l.LastRun(t.Context(), ledgertest.Alice); err != nil || !reflect.DeepEqual(p, backfill.PastRun{}) {
		t.Errorf("no run: %+v, %v", p, err)
	}
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if p, err := l.LastRun(t.Context(), ledgertest.Alice); err != nil || !p.Open || p.Wanted != nil {
		t.Errorf("an open run: %+v, %v", p, err)
	}
	r.Wanted = wanted
	result := backfill.Result{Route: backfill.RouteResolve, Status: backfill.Skipped, Eligible: 3, Cause: backfill.Hidden, Reason: "why"}
	if err := ledgertest.End(t.Context(), l, r, result, false); err != nil {
		t.Fatal(err)
	}
	want := backfill.PastRun{
		Wanted: &wanted, StartedAt: r.StartedAt, Route: backfill.RouteResolve, Status: backfill.Skipped, Eligible: 3,
		Cause: backfill.Hidden, Reason: "why",
	}
	if p, err := l.LastRun(t.Context(), ledgertest.Alice); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("%+v, %v\nwant %+v", p, err, want)
	}

	at := backfilltest.NewClock().Now().Add(time.Hour)
	for _, d := range []backfill.Deferral{
		{Account: ledgertest.Alice, RetryAt: at, Reason: "x", Wanted: &wanted},
		{Account: ledgertest.Bob, RetryAt: at.Add(time.Hour), Reason: "y"},
	} {
		if err := ledgertest.Defer(t.Context(), l, d); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := l.LastRun(t.Context(), ledgertest.Alice); err != nil || !p.Deferred || p.Noted == nil || !reflect.DeepEqual(*p.Noted, wanted) {
		t.Errorf("%+v, %v", p, err)
	}
	var kept []backfill.Deferral
	for d, err := range l.Deferrals(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, d)
	}
	if len(kept) != 2 || !reflect.DeepEqual(*kept[0].Wanted, wanted) || kept[1].Wanted != nil {
		t.Errorf("%+v", kept)
	}
	if next, err := l.NextDue(t.Context()); err != nil || !next.Equal(at) {
		t.Errorf("next due at %v, %v", next, err)
	}
}
