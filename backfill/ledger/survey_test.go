package ledger_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func survey(t *testing.T, in kind, dir, home string, c backfill.Clock) ledger.Standing {
	t.Helper()
	standing, err := in.survey(dir, home, c).Standing(t.Context(), c.Now().Truncate(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return standing
}

func finishWith(t *testing.T, l *ledger.Ledger, h fediverse.Handle, r backfill.Result) {
	t.Helper()
	if err := ledgertest.End(t.Context(), l, ledgertest.Begin(t, l, h), r, false); err != nil {
		t.Fatal(err)
	}
}

func testSurveyOfRuns(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	finishWith(t, l, ledgertest.Alice, backfill.Result{Status: backfill.Done, Imported: 7})
	c.Step(24 * time.Hour)
	finishWith(t, l, ledgertest.Alice, backfill.Result{Status: backfill.Done, Imported: 3})
	finishWith(t, l, ledgertest.Bob, backfill.Result{Status: backfill.Partial, Imported: 2})
	c.Step(2 * time.Hour)
	finishWith(t, l, ledgertest.Alice, backfill.Result{Status: backfill.Queued})
	if err := ledgertest.End(t.Context(), l, ledgertest.Begin(t, l, ledgertest.Bob), backfill.Result{Status: backfill.Interrupted, Imported: 20}, true); err != nil {
		t.Fatal(err)
	}
	carol := fediverse.Handle{User: "carol", Domain: "notes.example"}
	r := ledgertest.Begin(t, l, carol)
	other := options(dir, c)
	other.Home = "other.example"
	second := in.open(t, other)
	finishWith(t, second, ledgertest.Alice, backfill.Result{Status: backfill.Done, Imported: 100})

	got := survey(t, in, dir, "home.example", c)
	ledgertest.WantCounts(t, got, ledgertest.Counts{Running: 1, Unfinished: 1, DoneToday: 1, ImportedToday: 25})
	if r := (ledger.RunningAccount{Account: carol, Since: r.StartedAt, PID: os.Getpid()}); len(got.Running) == 1 && got.Running[0] != r {
		t.Errorf("running is %v, want %v", got.Running[0], r)
	}
	ledgertest.WantCounts(t, survey(t, in, dir, "", c), ledgertest.Counts{Running: 1, Unfinished: 1, DoneToday: 2, ImportedToday: 125})
	ledgertest.WantCounts(t, survey(t, in, dir, "other.example", c), ledgertest.Counts{DoneToday: 1, ImportedToday: 100})

	// What the interrupted run had imported still counts when it is resumed, and does
	// not count twice: the result is about the whole run.
	if err := ledgertest.End(t.Context(), l, ledgertest.Begin(t, l, ledgertest.Bob), backfill.Result{Status: backfill.Interrupted}, true); err != nil {
		t.Fatal(err)
	}
	ledgertest.WantCounts(t, survey(t, in, dir, "home.example", c), ledgertest.Counts{Running: 1, Unfinished: 1, DoneToday: 1, ImportedToday: 25})
	finishWith(t, l, ledgertest.Bob, backfill.Result{Status: backfill.Done, Imported: 24})
	ledgertest.WantCounts(t, survey(t, in, dir, "home.example", c), ledgertest.Counts{Running: 1, DoneToday: 2, ImportedToday: 29})
}

func testSurveyOfDeferrals(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	const n = ledger.RowBatch + 50
	for i := range n {
		h := fediverse.Handle{User: fmt.Sprintf("u%03d", i), Domain: "photos.example"}
		d := backfill.Deferral{Account: h, RetryAt: c.Now().Add(time.Duration(n-i) * time.Minute), Reason: "too soon"}
		if err := ledgertest.Defer(t.Context(), l, d); err != nil {
			t.Fatal(err)
		}
	}
	other := options(dir, c)
	other.Home = "other.example"
	second := in.open(t, other)
	if err := ledgertest.Defer(t.Context(), second, backfill.Deferral{Account: ledgertest.Bob, RetryAt: c.Now(), Reason: "busy"}); err != nil {
		t.Fatal(err)
	}
	ledgertest.WantCounts(t, survey(t, in, dir, "home.example", c), ledgertest.Counts{Deferred: n})
	ledgertest.WantCounts(t, survey(t, in, dir, "", c), ledgertest.Counts{Deferred: n + 1})
	wantDeferrals(t, in.survey(dir, "home.example", c), n, "u249@photos.example")
	wantDeferrals(t, in.survey(dir, "", c), n+1, "bob@notes.example")
	for range in.survey(dir, "", c).Deferred(t.Context()) {
		break
	}
}

func wantDeferrals(t *testing.T, s ledger.Survey, n int, first string) {
	t.Helper()
	var last time.Time
	count := 0
	for d, err := range s.Deferred(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if count == 0 && d.Account.String() != first {
			t.Errorf("the first is %s, want %s", d.Account, first)
		}
		if d.RetryAt.Before(last) || d.Reason == "" {
			t.Errorf("%v after %v", d, last)
		}
		last = d.RetryAt
		count++
	}
	if count != n {
		t.Errorf("%d deferred accounts, want %d", count, n)
	}
}

func testSurveyOfAccounts(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	s := in.survey(dir, "", c)
	accounts := func(prefix string, n int, want ...fediverse.Handle) {
		t.Helper()
		got, err := s.Accounts(t.Context(), prefix, n)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("the accounts that begin with %q are %v, want %v (%v)", prefix, got, want, err)
		}
	}
	accounts("", 10)
	for _, home := range []string{"home.example", "other.example"} {
		o := options(dir, c)
		o.Home = home
		l := in.open(t, o)
		finishWith(t, l, ledgertest.Alice, backfill.Result{Status: backfill.Done})
		finishWith(t, l, ledgertest.Bob, backfill.Result{Status: backfill.Done})
	}
	accounts("", 10, ledgertest.Alice, ledgertest.Bob)
	accounts("", 1, ledgertest.Alice)
	accounts("al", 10, ledgertest.Alice)
	accounts(ledgertest.Bob.String(), 10, ledgertest.Bob)
	accounts("%", 10)
	s.Home = "third.example"
	accounts("", 10)
}
