package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

var (
	aliceByHost = fediverse.Handle{User: "alice", Domain: "web.photos.example"}
	bobByHost   = fediverse.Handle{User: "bob", Domain: "web.photos.example"}
	bob         = fediverse.Handle{User: "bob", Domain: "photos.example"}
)

// crossed returns, for each origin, which accounts were listed while the list of
// another account of that origin was being read.
func crossed(events []backfill.Event) (pairs []string) {
	at := make(map[string]fediverse.Handle)
	for _, e := range events {
		switch e := e.(type) {
		case backfill.PageListed:
			if other, ok := at[e.Account.Domain]; ok && other != e.Account {
				pairs = append(pairs, fmt.Sprintf("%s during %s", e.Account, other))
			}
			at[e.Account.Domain] = e.Account
			if e.All {
				delete(at, e.Account.Domain)
			}
		case backfill.AccountFinished:
			if at[e.Result.Account.Domain] == e.Result.Account {
				delete(at, e.Result.Account.Domain)
			}
		}
	}
	return pairs
}

// Accounts of one origin are listed one after the other, whatever they are called, and each
// post is reported and counted as its own author's.
func TestNamesOfOneOriginDoNotRunTogether(t *testing.T) {
	w := enginetest.NewWorld(t, 30)
	w.Engine.Accounts = &aliases{Home: w.Home}
	w.Home.OnImport = func(uri string, _ int) error {
		if strings.Contains(uri, "/alice/") && strings.HasSuffix(uri, "1") {
			return backfill.ErrRefused
		}
		return nil
	}
	handles := []fediverse.Handle{enginetest.Alice, bobByHost}
	for i := range 6 {
		handles = append(handles, fediverse.Handle{User: fmt.Sprintf("u%d", i), Domain: []string{"web.photos.example", "photos.example"}[i%2]})
	}
	results, err := w.Run(t, handles...)
	if err != nil || len(results) != len(handles) {
		t.Fatalf("%d results of %d accounts, error %v", len(results), len(handles), err)
	}
	for _, r := range results {
		refused := 0
		if r.Account == enginetest.Alice {
			refused = 3
		}
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30 - refused, Refused: refused})
	}
	for _, e := range w.Listener.Events {
		if s, ok := e.(backfill.PostSettled); ok && !strings.Contains(s.URI, "/"+s.Account.User+"/") {
			t.Errorf("%s was told as a post of %s", s.URI, s.Account)
		}
	}
	if pairs := crossed(w.Listener.Events); len(pairs) > 0 {
		t.Errorf("accounts of one origin ran together: %v", pairs)
	}
	if w.Home.AccountsAsked != len(handles) {
		t.Errorf("home was asked %d times for %d accounts", w.Home.AccountsAsked, len(handles))
	}
}

// The host that serves an account is also a name of its origin.
func TestTheHostOfTheActorIsANameOfTheOrigin(t *testing.T) {
	w := enginetest.NewWorld(t, 30)
	account := func(h fediverse.Handle) backfill.Target {
		return backfill.Target{Handle: h, Account: &fediverse.Account{
			ID: h.User, Handle: h, URI: "https://Server.example/users/" + h.User,
		}}
	}
	var mu sync.Mutex
	open, together := map[fediverse.Handle]bool{}, false
	w.Listener.OnEvent = func(e backfill.Event) {
		mu.Lock()
		defer mu.Unlock()
		switch e := e.(type) {
		case backfill.AccountStarted:
			open[e.Account] = true
			together = together || len(open) > 1
		case backfill.PageListed:
			if e.All {
				delete(open, e.Account)
			}
		}
	}
	err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		_ = yield(account(fediverse.Handle{User: "a", Domain: "one.example"}), nil) &&
			yield(account(fediverse.Handle{User: "b", Domain: "two.example"}), nil)
	})
	if results := w.Listener.Results(); err != nil || len(results) != 2 || together {
		t.Errorf("%d results, together %t, error %v", len(results), together, err)
	}
}

// An account that a list names twice is done once, in either order.
func TestAnAccountUnderTwoNamesIsFilledOnce(t *testing.T) {
	for _, handles := range [][]fediverse.Handle{
		{enginetest.Alice, aliceByHost}, {aliceByHost, enginetest.Alice}, {aliceByHost, bob, enginetest.Alice, {User: "alice", Domain: "web.web.photos.example"}},
	} {
		for _, waits := range []bool{false, true} {
			w := enginetest.NewWorld(t, 50)
			w.Engine.Accounts = anyAlias{w.Home}
			w.Engine.Options.WaitLimit = waits
			results, err := w.Run(t, handles...)
			mine := slices.DeleteFunc(results, func(r backfill.Result) bool { return r.Account != enginetest.Alice })
			if err != nil || len(mine) != 1 {
				t.Fatalf("%v: results %+v, error %v", handles, mine, err)
			}
			enginetest.WantCounts(t, mine[0], backfill.Result{Status: backfill.Done, Eligible: 50, Imported: 50})
			if w.Listener.Warnings() == 0 {
				t.Errorf("%v: nobody was told", handles)
			}
			for d, err := range w.Ledger.Deferrals(t.Context()) {
				t.Errorf("%v: deferred %v, %v", handles, d, err)
			}
			if w.Clock.Waited() >= time.Hour {
				t.Errorf("%v: waited %v for the limit of an account that was done", handles, w.Clock.Waited())
			}
		}
	}
}

// anyAlias strips web. from a domain.
type anyAlias struct{ *enginetest.Home }

func (a anyAlias) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	h.Domain = strings.ReplaceAll(h.Domain, "web.", "")
	return a.Home.Account(ctx, h)
}

// An account that waits for its limit and is named again has one result.
func TestTwoNamesOfALimitedAccount(t *testing.T) {
	for _, handles := range [][]fediverse.Handle{{enginetest.Alice, aliceByHost}, {aliceByHost, enginetest.Alice}} {
		w := enginetest.NewWorld(t, 3)
		w.Engine.Accounts = anyAlias{w.Home}
		w.FillAlice(t)
		results, err := w.Run(t, handles...)
		if err != nil || len(results) != 1 || !results[0].Recent {
			t.Errorf("%v: %+v, %v", handles, results, err)
		}
		w.Engine.Options.WaitLimit = true
		results, err = w.Run(t, handles...)
		if err != nil || len(results) != 1 || results[0].Status != backfill.Done || w.Clock.Waited() > time.Hour+time.Minute {
			t.Errorf("%v: waited %v: %+v, %v", handles, w.Clock.Waited(), results, err)
		}
	}
}

// An interruption reports an account that waits for another one of its origin.
func TestInterruptedWhileWaitingForTheOrigin(t *testing.T) {
	w := enginetest.NewWorld(t, 30)
	ctx, cancel := context.WithCancel(t.Context())
	accounts := &gated{Home: w.Home, resolved: make(chan struct{})}
	w.Engine.Accounts = accounts
	w.Origin.OnPage = func(string) error {
		<-accounts.resolved // bob is known, and cannot begin
		cancel()
		return context.Canceled
	}
	results, err := w.RunIn(ctx, enginetest.Alice, bobByHost)
	if !errors.Is(err, context.Canceled) || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		if r.Status != backfill.Interrupted {
			t.Errorf("%+v", r)
		}
	}
}

// gated signals when it has found bob.
type gated struct {
	*enginetest.Home
	resolved chan struct{}
}

func (g *gated) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	if h.User == "bob" {
		defer close(g.resolved)
	}
	return anyAlias{g.Home}.Account(ctx, h)
}

// A row of refusals concerns one account: the next one on the host starts over.
func TestARowOfRefusalsEndsWithItsAccount(t *testing.T) {
	w := enginetest.NewWorld(t, 60)
	w.Engine.Options.Concurrency = 1
	w.Home.OnImport = func(uri string, _ int) error {
		if strings.Contains(uri, "/alice/") || uri == enginetest.PostURI(bob, 59) {
			return backfill.ErrRefused
		}
		return nil
	}
	results, err := w.Run(t, enginetest.Alice, bob)
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	if r := results[1]; r.Account != bob || r.Imported != 59 || r.Refused != 1 {
		t.Errorf("one refused post ended all: %+v", r)
	}
}
