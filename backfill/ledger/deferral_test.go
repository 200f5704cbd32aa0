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
)

func due(t *testing.T, l *ledger.Ledger) []string {
	t.Helper()
	var names []string
	for d, err := range l.Due(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, d.Account.String()+" "+d.Reason)
	}
	return names
}

func testDeferrals(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	l := in.open(t, options(dir, c))
	put := func(h fediverse.Handle, in time.Duration, reason string) {
		t.Helper()
		if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: h, RetryAt: c.Now().Add(in), Reason: reason}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(names ...string) {
		t.Helper()
		if got := due(t, l); !slices.Equal(got, names) {
			t.Errorf("due: %q, want %q", got, names)
		}
	}
	put(ledgertest.Alice, time.Hour, "limit")
	put(ledgertest.Bob, 30*time.Minute, "pending")
	want()
	c.Step(30 * time.Minute)
	want("bob@notes.example pending")
	c.Step(30 * time.Minute)
	want("bob@notes.example pending", "alice@photos.example limit")
	put(ledgertest.Bob, time.Hour, "again")
	want("alice@photos.example limit")
	if err := ledgertest.Undefer(t.Context(), l, ledgertest.Alice); err != nil {
		t.Fatal(err)
	}
	want()
	// The clock steps back to before the deferral.
	c.Step(-24 * time.Hour)
	want("bob@notes.example again")

	elsewhere := options(dir, c)
	elsewhere.Home = "elsewhere.example"
	if got := due(t, in.open(t, elsewhere)); len(got) != 0 {
		t.Errorf("due elsewhere: %q", got)
	}
	for d, err := range l.Deferrals(t.Context()) {
		if err != nil || d.Account != ledgertest.Bob || !d.RetryAt.Equal(c.Now().Add(25*time.Hour)) {
			t.Errorf("%+v, %v", d, err)
		}
	}
}

// Reading may be mixed with writing, and is not limited to one batch.
func testDueWhileWriting(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), c))
	const accounts = ledger.RowBatch + 50
	for i := range accounts {
		h := fediverse.Handle{User: fmt.Sprintf("u%d", i), Domain: "x.example"}
		if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: h, RetryAt: c.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[string]bool)
	for d, err := range l.Due(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[d.Account.String()] {
			t.Fatalf("%v comes twice", d.Account)
		}
		seen[d.Account.String()] = true
		if len(seen)%2 == 0 {
			err = ledgertest.Undefer(t.Context(), l, d.Account)
		} else {
			d.RetryAt = c.Now().Add(time.Hour)
			err = ledgertest.Defer(t.Context(), l, d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != accounts {
		t.Errorf("%d of %d came", len(seen), accounts)
	}
}

func testMemory(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), c))
	want := func(value string) {
		t.Helper()
		if got, err := l.Recall(t.Context(), "photos.example", "endpoint"); err != nil || got != value {
			t.Errorf("Recall = %q, %v, want %q", got, err, value)
		}
	}
	put := func(value string, d time.Duration) {
		t.Helper()
		if err := l.Remember(t.Context(), "photos.example", "endpoint", value, c.Now().Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	want("")
	put("none", time.Hour)
	want("none")
	put("some", 2*time.Hour)
	c.Step(2*time.Hour - time.Second)
	want("some")
	c.Step(time.Second)
	want("")
	put("none", time.Hour)
	c.Step(-365 * 24 * time.Hour)
	want("") // otherwise it would be kept for a year
}

func testRenameDeferral(t *testing.T, in kind) {
	alias := fediverse.Handle{User: "alice", Domain: "web.photos.example"}
	for name, there := range map[string]bool{"alone": false, "beside another": true} {
		t.Run(name, func(t *testing.T) {
			c := backfilltest.NewClock()
			l := in.open(t, options(t.TempDir(), c))
			want := "alice@photos.example away"
			if there {
				want = "alice@photos.example limit"
				if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: ledgertest.Alice, RetryAt: c.Now(), Reason: "limit"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: alias, RetryAt: c.Now(), Reason: "away"}); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time there is nothing to rename
				if err := l.RenameDeferral(t.Context(), alias, ledgertest.Alice); err != nil {
					t.Fatal(err)
				}
			}
			if got := due(t, l); !slices.Equal(got, []string{want}) {
				t.Errorf("due: %q, want %q", got, want)
			}
		})
	}
}

// The ledger keeps how the user part of a handle was typed; the spelling of another
// handle is of no use.
func testRenameDeferralAndTheSpelling(t *testing.T, in kind) {
	for user, want := range map[string]string{"alice": "Alice", "alice.old": ""} {
		t.Run(user, func(t *testing.T) {
			c := backfilltest.NewClock()
			l := in.open(t, options(t.TempDir(), c))
			alias := fediverse.Handle{User: user, Domain: "web.photos.example"}
			wanted := backfill.Wanted{Limit: 7, Spelling: "Alice"}
			if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: alias, RetryAt: c.Now(), Wanted: &wanted}); err != nil {
				t.Fatal(err)
			}
			if err := l.RenameDeferral(t.Context(), alias, ledgertest.Alice); err != nil {
				t.Fatal(err)
			}
			n := 0
			for d, err := range l.Due(t.Context()) {
				if err != nil || d.Account != ledgertest.Alice || d.Wanted == nil || d.Wanted.Limit != 7 || d.Wanted.Spelling != want {
					t.Errorf("%+v wants %+v, %v; want the spelling %q", d, d.Wanted, err, want)
				}
				n++
			}
			if n != 1 {
				t.Errorf("%d are due", n)
			}
		})
	}
}
