package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
	"tootfill/backfill/limit"
)

var hourly = limit.Limit{N: 1, Per: time.Hour, Burst: 1}

// standings are how accounts stand, by their homes and handles; order is that in which
// they came.
func standings(t *testing.T, s ledger.Survey, which ledger.Selection) (all map[string]ledger.AccountStanding, order []string) {
	t.Helper()
	all = make(map[string]ledger.AccountStanding)
	for a, err := range s.EachAccount(t.Context(), which, hourly) {
		if err != nil {
			t.Fatal(err)
		}
		name := a.Home + " " + a.Account.String()
		all[name] = a
		order = append(order, name)
	}
	return all, order
}

func wantOrder(t *testing.T, s ledger.Survey, which ledger.Selection, want ...string) {
	t.Helper()
	if _, got := standings(t, s, which); !slices.Equal(got, want) {
		t.Errorf("%+v of %q: %q, want %q", which, s.Home, got, want)
	}
}

func testEachAccount(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	s := in.survey(dir, "", c)
	wantOrder(t, s, ledger.Selection{})

	l := in.open(t, options(dir, c))
	begun := c.Now()
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("", 9, 8, 7, 6, 5, 4))
	recordOutcome(t, l, r, 9, backfill.Imported)
	recordOutcome(t, l, r, 8, backfill.Imported)
	recordOutcome(t, l, r, 7, backfill.Held)
	recordOutcome(t, l, r, 6, backfill.Refused)
	recordOutcome(t, l, r, 5, backfill.Failed)
	all, _ := standings(t, s, ledger.Selection{})
	running := ledger.AccountStanding{
		Home: "home.example", Account: ledgertest.Alice, LastRun: begun, Running: true, Status: backfill.Interrupted,
		Held: 1, Imported: 2, Refused: 1, Failed: 1,
	}
	if got := all["home.example "+ledgertest.Alice.String()]; got != running {
		t.Errorf("while it runs: %+v, want %+v", got, running)
	}

	finishRun(t, l, r, backfill.Result{Status: backfill.Partial, Route: backfill.RouteResolve, Reason: "1 post failed", Imported: 2})
	until := c.Now().Add(2 * time.Hour)
	if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: ledgertest.Alice, RetryAt: until, Reason: "busy"}); err != nil {
		t.Fatal(err)
	}
	c.Step(time.Minute)
	all, _ = standings(t, s, ledger.Selection{})
	// It is allowed at the moment that a run would be told.
	next, err := l.NextAllowed(t.Context(), ledgertest.Alice)
	if err != nil || next.Before(begun.Add(time.Hour)) {
		t.Fatalf("next allowed at %v, %v", next, err)
	}
	settled := running
	settled.Running, settled.Status, settled.Route, settled.Reason = false, backfill.Partial, backfill.RouteResolve, "1 post failed"
	settled.NextAllowed, settled.DeferredUntil, settled.DeferredReason = next, until, "busy"
	if got := all["home.example "+ledgertest.Alice.String()]; got != settled {
		t.Errorf("when it has ended: %+v, want %+v", got, settled)
	}

	// The last run is the one that counts, and an hour later the next may begin.
	finishWith(t, l, ledgertest.Bob, backfill.Result{Status: backfill.FailedAccount, Reason: "no such account"})
	c.Step(2 * time.Hour)
	finishWith(t, l, ledgertest.Bob, backfill.Result{Status: backfill.Done, Route: backfill.RouteRequest})
	c.Step(2 * time.Hour)
	all, _ = standings(t, s, ledger.Selection{})
	if got := all["home.example "+ledgertest.Bob.String()]; got.Status != backfill.Done || got.Reason != "" || !got.NextAllowed.IsZero() || !got.DeferredUntil.IsZero() {
		t.Errorf("after its second run: %+v", got)
	}
}

func recordOutcome(t *testing.T, l *ledger.Ledger, r backfill.Run, n int, o backfill.Outcome) {
	t.Helper()
	if err := l.RecordOutcomes(t.Context(), r, []backfill.KnownPost{{URI: ledgertest.URI(n), Outcome: o, Attempts: 1}}); err != nil {
		t.Fatal(err)
	}
}

func finishRun(t *testing.T, l *ledger.Ledger, r backfill.Run, result backfill.Result) {
	t.Helper()
	if err := ledgertest.End(t.Context(), l, r, result, false); err != nil {
		t.Fatal(err)
	}
}

func testEachAccountThatIsWanted(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	other := options(dir, c)
	other.Home = "other.example"
	second := in.open(t, other)
	named := func(text string) fediverse.Handle {
		h, err := fediverse.ParseHandle(text)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	finishWith(t, l, named("zoe@photos.example"), backfill.Result{Status: backfill.FailedAccount})
	finishWith(t, l, named("amy@deep.photos.example"), backfill.Result{Status: backfill.Done})
	finishWith(t, second, named("amy@notes.example"), backfill.Result{Status: backfill.Done})
	if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: named("kim@notes.example"), RetryAt: c.Now(), Reason: "busy"}); err != nil {
		t.Fatal(err)
	}
	// Of this one only the name is left.
	if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: named("gone@notes.example"), RetryAt: c.Now(), Reason: "busy"}); err != nil {
		t.Fatal(err)
	}
	if err := ledgertest.Undefer(t.Context(), l, named("gone@notes.example")); err != nil {
		t.Fatal(err)
	}

	const amy, kim, zoe, others = "home.example amy@deep.photos.example", "home.example kim@notes.example", "home.example zoe@photos.example", "other.example amy@notes.example"
	everywhere, here, there := in.survey(dir, "", c), in.survey(dir, "home.example", c), in.survey(dir, "other.example", c)
	photos, below, notes := fediverse.Servers{Domain: "photos.example"}, fediverse.Servers{Domain: "photos.example", Below: true}, fediverse.Servers{Domain: "notes.example"}
	wantOrder(t, everywhere, ledger.Selection{}, amy, kim, zoe, others)
	wantOrder(t, here, ledger.Selection{}, amy, kim, zoe)
	wantOrder(t, there, ledger.Selection{}, others)
	wantOrder(t, in.survey(dir, "home", c), ledger.Selection{})
	wantOrder(t, everywhere, ledger.Selection{Servers: []fediverse.Servers{photos}}, zoe)
	wantOrder(t, everywhere, ledger.Selection{Servers: []fediverse.Servers{below}}, amy, zoe)
	wantOrder(t, everywhere, ledger.Selection{Servers: []fediverse.Servers{photos, notes}}, kim, zoe, others)
	wantOrder(t, everywhere, ledger.Selection{Deferred: true}, kim)
	wantOrder(t, everywhere, ledger.Selection{Failed: true}, zoe)
	wantOrder(t, everywhere, ledger.Selection{Deferred: true, Failed: true})
	wantOrder(t, everywhere, ledger.Selection{Deferred: true, Servers: []fediverse.Servers{notes}}, kim)
}

// More accounts than are read at once come whole and in order, and reading can end
// anywhere.
func testEachOfManyAccounts(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	const n = ledger.RowBatch + 30
	var want []string
	for i := range n {
		h := fediverse.Handle{User: fmt.Sprintf("u%03d", i), Domain: "photos.example"}
		if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: h, RetryAt: c.Now(), Reason: "busy"}); err != nil {
			t.Fatal(err)
		}
		want = append(want, "home.example "+h.String())
	}
	wantOrder(t, in.survey(dir, "home.example", c), ledger.Selection{}, want...)
	read := 0
	for _, err := range in.survey(dir, "", c).EachAccount(t.Context(), ledger.Selection{}, hourly) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read == 30 {
			break
		}
	}
}
