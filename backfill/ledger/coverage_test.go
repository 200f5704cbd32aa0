package ledger_test

import (
	"reflect"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/coverage"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func wantCoverage(t *testing.T, l *ledger.Ledger, want coverage.Coverage) {
	t.Helper()
	r, err := l.Record(t.Context(), ledgertest.Alice)
	if err != nil || !r.Known {
		t.Fatalf("known %t, error %v", r.Known, err)
	}
	want.Account, want.Home = ledgertest.Alice, "home.example"
	got := r.Coverage(ledgertest.Alice, "home.example", ledger.DatabaseOf(l).Now())
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func testRecord(t *testing.T, in kind) {
	clock := backfilltest.ClockAt(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	l := in.open(t, options(dir, clock))
	if r, err := l.Record(t.Context(), ledgertest.Alice); err != nil || !reflect.DeepEqual(r, coverage.Record{}) {
		t.Fatalf("before any backfill: %+v, %v", r, err)
	}
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	wantCoverage(t, l, coverage.Coverage{})

	january, february := month(2025, time.January), month(2025, time.February)
	// Hour 744 is the first one of February.
	page := ledgertest.TopPage("after 1", 745, 744, 743, 4, 3, 2, 1)
	page.Posts[4].Published = time.Time{}
	page.Posts[5].Published = time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)
	page.Posts[6].Published = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	stretch, known := ledgertest.Record(t, l, r, 0, page)
	for i, k := range []backfill.KnownPost{
		{Outcome: backfill.Imported}, {Outcome: backfill.Held}, {Outcome: backfill.Refused, Attempts: 1},
		{Outcome: backfill.Failed, Attempts: 4}, {Outcome: backfill.Failed, Attempts: 5},
	} {
		known[i].Outcome, known[i].Attempts = k.Outcome, k.Attempts
	}
	if err := l.RecordOutcomes(t.Context(), r, known[:5]); err != nil {
		t.Fatal(err)
	}
	january.Counts, february.Counts = coverage.Counts{Importable: 1, Refused: 1}, coverage.Counts{Held: 2}
	want := coverage.Coverage{
		Months: []coverage.Month{january, february}, ReadAt: clock.Now(),
		Undated: coverage.Counts{Refused: 1, Importable: 2},
	}
	wantCoverage(t, l, want)

	// How many posts the origin counts says nothing before all that it lists is known.
	clock.Step(time.Minute)
	if err := l.Remember(t.Context(), ledgertest.Alice.Domain, "posts counted of "+ledgertest.Alice.String(), "20", clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantCoverage(t, l, want)
	ledgertest.Record(t, l, r, stretch.ID, ledgertest.LowerPage("", 0))
	want.Whole, want.Undated.NotOffered = true, 12
	want.Months[0].Importable++
	wantCoverage(t, l, want)

	if r, err := l.Record(t.Context(), ledgertest.Bob); err != nil || !reflect.DeepEqual(r, coverage.Record{}) {
		t.Errorf("another account: %+v, %v", r, err)
	}
	elsewhere := options(dir, clock)
	elsewhere.Home = "other.example"
	if r, err := in.open(t, elsewhere).Record(t.Context(), ledgertest.Alice); err != nil || r.Known {
		t.Errorf("another home: %+v, %v", r, err)
	}
}

// A run that has listed nothing, such as one that found the origin away, has not read the
// listing.
func testRecordTellsWhenTheListingWasRead(t *testing.T, in kind) {
	clock := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), clock))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage(""))
	ledgertest.Finish(t, l, r, false)
	read := clock.Now()
	clock.Step(2 * time.Hour)
	r = ledgertest.Begin(t, l, ledgertest.Alice)
	if err := ledgertest.End(t.Context(), l, r, backfill.Result{Status: backfill.FailedAccount, Route: backfill.RouteResolve}, false); err != nil {
		t.Fatal(err)
	}
	wantCoverage(t, l, coverage.Coverage{ReadAt: read.Truncate(time.Second), Whole: true})
}

func month(year int, m time.Month) coverage.Month {
	return coverage.Month{Start: time.Date(year, m, 1, 0, 0, 0, 0, time.UTC)}
}
