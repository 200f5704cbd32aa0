package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
	"tootfill/backfill/service"
)

// wideBounds stand in nobody's way.
var wideBounds = service.Bounds{PerUser: 1000, MaxQueued: 1000}

func asking(handle, by string) service.Asking {
	h, err := fediverse.ParseHandle(handle)
	if err != nil {
		panic(err)
	}
	return service.Asking{Account: h, ID: "id of " + handle, By: by}
}

// wantAsked compares the accounts that wait, in their order.
func wantAsked(t *testing.T, l *ledger.Ledger, want ...string) {
	t.Helper()
	var got []string
	for a, err := range l.Asked(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if a.ID != "id of "+a.Account.String() {
			t.Errorf("%s has the id %q", a.Account, a.ID)
		}
		got = append(got, a.Account.String())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
}

// wantState compares the state of an account.
func wantState(t *testing.T, l *ledger.Ledger, handle string, want service.State) service.Progress {
	t.Helper()
	p, err := l.Progress(t.Context(), asking(handle, "").Account)
	if err != nil {
		t.Fatal(err)
	}
	if p.State != want {
		t.Errorf("%s is %s, want %s", handle, p.State, want)
	}
	return p
}

// ask wants an account to be noted, or to wait or run already.
func ask(t *testing.T, l *ledger.Ledger, a service.Asking, want service.State) {
	t.Helper()
	p, err := l.Ask(t.Context(), a, wideBounds)
	if err != nil || p.State != want {
		t.Errorf("asking for %s: %q, %v, want %q", a.Account, p.State, err, want)
	}
}

func testAsk(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	o := options(t.TempDir(), c)
	l := in.open(t, o)
	wantState(t, l, "alice@photos.example", service.Unknown)
	ask(t, l, asking("alice@photos.example", "1"), service.Waiting)
	c.Step(time.Second)
	ask(t, l, asking("bob@notes.example", "2"), service.Waiting)
	ask(t, l, asking("alice@photos.example", "2"), service.Waiting)
	wantAsked(t, l, "alice@photos.example", "bob@notes.example")
	wantState(t, l, "alice@photos.example", service.Waiting)

	// Those of another home are others.
	elsewhere := o
	elsewhere.Home = "other.example"
	wantAsked(t, in.open(t, elsewhere))

	// A run keeps the account in the queue until something has come of it.
	alice := asking("alice@photos.example", "3")
	run, err := l.Begin(t.Context(), alice.Account)
	if err != nil {
		t.Fatal(err)
	}
	ask(t, l, alice, service.Running)
	wantState(t, l, "alice@photos.example", service.Running)
	settle := func(s backfill.Status) {
		t.Helper()
		err := l.Settle(t.Context(), backfill.Settlement{
			Account: alice.Account, Run: &run, StaysOpen: s == backfill.Interrupted,
			Result: backfill.Result{Account: alice.Account, Status: s},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	settle(backfill.Interrupted)
	wantAsked(t, l, "alice@photos.example", "bob@notes.example")
	if run, err = l.Begin(t.Context(), alice.Account); err != nil {
		t.Fatal(err)
	}
	settle(backfill.Done)
	wantAsked(t, l, "bob@notes.example")

	// Now it has had its turn.
	p := wantState(t, l, "alice@photos.example", service.Done)
	_, err = l.Ask(t.Context(), alice, wideBounds)
	var soon *service.TooSoonError
	if !errors.As(err, &soon) || !soon.NextAllowed.Equal(p.NextAllowed) || soon.NextAllowed.Sub(run.StartedAt.Add(time.Hour)).Abs() > time.Millisecond {
		t.Errorf("asking again: %v, next allowed at %v, began at %v", err, p.NextAllowed, run.StartedAt)
	}
	c.Step(time.Hour + time.Second)
	ask(t, l, alice, service.Waiting)
	wantAsked(t, l, "bob@notes.example", "alice@photos.example")
}

// testAskOfADeadProcess: an account whose process has ended waits.
func testAskOfADeadProcess(t *testing.T, in kind) {
	o := options(t.TempDir(), backfilltest.NewClock())
	l, dying := in.open(t, o), in.open(t, o)
	alice := asking("alice@photos.example", "1")
	ask(t, l, alice, service.Waiting)
	if _, err := dying.Begin(t.Context(), alice.Account); err != nil {
		t.Fatal(err)
	}
	ask(t, l, alice, service.Running)
	if err := dying.Close(); err != nil {
		t.Fatal(err)
	}
	ask(t, l, alice, service.Waiting)
	wantState(t, l, "alice@photos.example", service.Waiting)
}

func testAskTooMuch(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), c))
	began := c.Now()
	bounds := service.Bounds{PerUser: 3, MaxQueued: 5}
	note := func(n int, by string) error {
		_, err := l.Ask(t.Context(), asking(fmt.Sprintf("a%d@photos.example", n), by), bounds)
		return err
	}
	for n := range 3 {
		if err := note(n, "1"); err != nil {
			t.Fatal(err)
		}
		c.Step(time.Minute)
	}
	var many *service.TooManyError
	if err := note(3, "1"); !errors.As(err, &many) || !many.RetryAt.Equal(began.Add(time.Hour)) {
		t.Errorf("the fourth: %v", err)
	}
	if err := note(2, "1"); err != nil {
		t.Errorf("one that waits already: %v", err)
	}
	for n := 3; n < 5; n++ {
		if err := note(n, "2"); err != nil {
			t.Error(err)
		}
	}
	var full *service.FullError
	if err := note(5, "2"); !errors.As(err, &full) || full.Waiting != 5 {
		t.Errorf("the sixth: %v", err)
	}
	wantAsked(t, l, "a0@photos.example", "a1@photos.example", "a2@photos.example", "a3@photos.example", "a4@photos.example")

	// What was refused counts for nothing, and an hour later nobody knows who has asked.
	bounds.MaxQueued = 100
	c.Step(57 * time.Minute)
	if err := note(6, "1"); err != nil {
		t.Errorf("an hour after the first: %v", err)
	}
	if err := note(7, "1"); !errors.As(err, &many) {
		t.Errorf("once more: %v", err)
	}
	// The clock steps back: nobody is held up for longer than an hour.
	c.Step(-24 * time.Hour)
	if err := note(8, "1"); err != nil {
		t.Errorf("after a step of the clock: %v", err)
	}
}

// testAskAtOnce: bounds hold for several processes that are asked at the same time.
func testAskAtOnce(t *testing.T, in kind) {
	o := options(t.TempDir(), backfilltest.NewClock())
	all := []*ledger.Ledger{in.open(t, o), in.open(t, o), in.open(t, o)}
	bounds := service.Bounds{PerUser: 4, MaxQueued: 1000}
	var wg sync.WaitGroup
	var mu sync.Mutex
	noted := 0
	for i, l := range all {
		for n := range 6 {
			wg.Go(func() {
				_, err := l.Ask(t.Context(), asking(fmt.Sprintf("a%d-%d@photos.example", i, n), "1"), bounds)
				var many *service.TooManyError
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					noted++
				case !errors.As(err, &many):
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if noted != bounds.PerUser {
		t.Errorf("%d were noted, want %d", noted, bounds.PerUser)
	}
}

func testProgressCounts(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	alice := asking("alice@photos.example", "1")
	run, err := l.Begin(t.Context(), alice.Account)
	if err != nil {
		t.Fatal(err)
	}
	var posts []backfill.KnownPost
	for i, o := range []backfill.Outcome{backfill.Imported, backfill.Imported, backfill.Held, backfill.Refused, backfill.Failed} {
		posts = append(posts, backfill.KnownPost{URI: ledgertest.URI(i), Outcome: o})
	}
	if err := l.RecordOutcomes(t.Context(), run, posts); err != nil {
		t.Fatal(err)
	}
	want := service.Counts{Listed: 5, Imported: 2, Held: 1, Refused: 1, Left: 1}
	if p := wantState(t, l, "alice@photos.example", service.Running); p.Counts != want {
		t.Errorf("counts %+v, want %+v", p.Counts, want)
	}
	// What came of it in the end.
	for status, state := range map[backfill.Status]service.State{
		backfill.Done: service.Done, backfill.Queued: service.Done, backfill.Skipped: service.Skipped,
		backfill.FailedAccount: service.Failed, backfill.Partial: service.Failed,
	} {
		if run.ID == 0 {
			if run, err = l.Begin(t.Context(), alice.Account); err != nil {
				t.Fatal(err)
			}
		}
		s := backfill.Settlement{Account: alice.Account, Run: &run, Result: backfill.Result{Status: status, Unspent: true}}
		if err := l.Settle(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		wantState(t, l, "alice@photos.example", state)
		run = backfill.Run{}
	}
}
