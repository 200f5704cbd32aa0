package backfill_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// profiles counts how many posts each account's profile shows, and how many all do
// when the last one shows 40, and 200.
type profiles struct {
	mu       sync.Mutex
	accounts int
	shown    map[string]int
	all      int
	at       map[int]int
}

func (p *profiles) imported(uri string, _ int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown[authorOf(uri)]++
	p.all++
	for _, n := range []int{40, 200} {
		showing := 0
		for _, shown := range p.shown {
			if shown >= n {
				showing++
			}
		}
		if showing == p.accounts && p.at[n] == 0 {
			p.at[n] = p.all
		}
	}
	return nil
}

func authorOf(uri string) string {
	author, _, _ := strings.Cut(uri, "/statuses/")
	return author
}

// wantEachOnce checks that each of the posts was asked for, and reported, once.
func wantEachOnce(t *testing.T, w *enginetest.World, posts int) {
	t.Helper()
	times := w.Home.TimesAsked()
	if len(times) != posts {
		t.Errorf("%d posts were asked for, want %d", len(times), posts)
	}
	for uri, n := range times {
		if n != 1 {
			t.Errorf("%s was asked for %d times", uri, n)
		}
	}
	told := make(map[string]int)
	for _, e := range w.Listener.Events {
		if e, ok := e.(backfill.PostSettled); ok {
			told[e.URI]++
		}
	}
	for uri, n := range told {
		if n != 1 {
			t.Errorf("%s was reported %d times", uri, n)
		}
	}
}

func TestManyAccountsAreFilledBreadthFirst(t *testing.T) {
	w := enginetest.NewWorld(t, 300)
	w.Engine.Options.Concurrency = 1
	p := &profiles{accounts: 5, shown: make(map[string]int), at: make(map[int]int)}
	w.Home.OnImport = p.imported
	results, err := w.Run(t, manyOrigins("o", p.accounts)...)
	if err != nil || len(results) != p.accounts {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for _, r := range results {
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 300, Imported: 300})
		if r.Listed != 300 {
			t.Errorf("%d entries listed, want 300", r.Listed)
		}
	}
	wantEachOnce(t, w, 1500)
	for n, at := range p.at {
		// An account may be ahead while others are being listed.
		if most := n*p.accounts + 60; at > most {
			t.Errorf("all profiles show %d posts only after %d imports, want at most %d", n, at, most)
		}
	}
	if w.Origin.PagesRead != 15*p.accounts {
		t.Errorf("%d pages were read, want the 15 of each account once", w.Origin.PagesRead)
	}
}

func TestDepthFirstAndASingleAccountHaveNoRounds(t *testing.T) {
	for _, accounts := range []int{1, 2} {
		w := enginetest.NewWorld(t, 100)
		w.Engine.Options.DepthFirst = accounts > 1
		if _, err := w.Run(t, manyOrigins("o", accounts)...); err != nil {
			t.Fatal(err)
		}
		for _, e := range w.Listener.Events {
			if e, ok := e.(backfill.RoundEnded); ok {
				t.Errorf("%d accounts: %+v", accounts, e)
			}
		}
	}
}

// An account of which home holds everything needs one round.
func TestARoundThatTriesNothingIsNotNeeded(t *testing.T) {
	w := enginetest.NewWorld(t, 300)
	handles := manyOrigins("o", 2)
	if _, err := w.Run(t, handles...); err != nil {
		t.Fatal(err)
	}
	w.Clock.Step(2 * time.Hour)
	w.Listener.Events, w.Origin.PagesRead = nil, 0
	results, err := w.Run(t, handles...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 300, Held: 300})
	}
	for _, e := range w.Listener.Events {
		if e, ok := e.(backfill.RoundEnded); ok {
			t.Errorf("%+v", e)
		}
	}
	if w.Origin.PagesRead != 2 {
		t.Errorf("%d pages read", w.Origin.PagesRead)
	}
}

// An interrupted run continues in the round to which each account had come, takes no
// new token, and counts what came of the whole run.
func TestAnInterruptedRunContinuesInItsRound(t *testing.T) {
	for _, stop := range []int{41, 130, 700} {
		w := enginetest.NewWorld(t, 300)
		handles := manyOrigins("o", 3)
		ctx, cancel := context.WithCancel(t.Context())
		settled := 0
		w.Listener.OnEvent = func(e backfill.Event) {
			if _, ok := e.(backfill.PostSettled); ok {
				if settled++; settled == stop {
					cancel()
				}
			}
		}
		results, err := w.RunIn(ctx, handles...)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: error %v", stop, err)
		}
		imported, done := 0, make(map[fediverse.Handle]bool)
		for _, r := range results {
			imported += r.Imported
			done[r.Account] = r.Status == backfill.Done
			if !done[r.Account] && r.Status != backfill.Interrupted {
				t.Errorf("stopped at %d: %+v", stop, r)
			}
		}
		if len(results) > len(handles) || imported < stop || imported > stop+4 {
			t.Errorf("stopped at %d: %d imported: %+v", stop, imported, results)
		}
		results, err = w.Run(t, handles...)
		if err != nil || len(results) != len(handles) {
			t.Fatalf("stopped at %d: %d results, error %v", stop, len(results), err)
		}
		for _, r := range results {
			if !done[r.Account] {
				enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 300, Imported: 300})
			}
		}
		wantEachOnce(t, w, 900)
	}
}

// Accounts that were never tried come before those that were.
func TestAccountsNeverTriedComeFirst(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Options.Accounts = 1
	old, fresh := manyOrigins("old", 4), manyOrigins("fresh", 3)
	if _, err := w.Run(t, old...); err != nil {
		t.Fatal(err)
	}
	w.Clock.Step(2 * time.Hour)
	w.Listener.Events = nil
	if _, err := w.Run(t, append(old, fresh...)...); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, e := range w.Listener.Events {
		if e, ok := e.(backfill.AccountStarted); ok {
			order = append(order, e.Account.Domain)
		}
	}
	if len(order) != 7 || !strings.HasPrefix(order[2], "fresh") || !strings.HasPrefix(order[3], "old") {
		t.Errorf("in the order %v", order)
	}
}

// The newest posts of a list in no order are known only at its end: it has one round,
// and the accounts beside it have theirs.
func TestUnorderedListsInRounds(t *testing.T) {
	for name, arrange := range map[string]func(int) []int{"without order": shuffled, "oldest first": upwards} {
		w := newShelfWorld(t, 300, 20, arrange)
		w.Engine.Options.Limit = 100
		results, err := w.Run(t, enginetest.Alice, bob, manyOrigins("o", 1)[0])
		if err != nil || len(results) != 3 {
			t.Fatalf("%s: %d results, error %v", name, len(results), err)
		}
		for _, r := range results {
			enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 100, Imported: 100})
			for i := range 100 {
				if uri := enginetest.PostURI(r.Account, 200+i); w.Home.TimesAsked()[uri] != 1 {
					t.Fatalf("%s: %s was asked for %d times", name, uri, w.Home.TimesAsked()[uri])
				}
			}
		}
		wantEachOnce(t, w, 300)
		for _, e := range w.Listener.Events {
			if e, ok := e.(backfill.RoundEnded); ok {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}
