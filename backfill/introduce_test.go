package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// crowdedHome is a home that can be asked about many accounts at once. Their ids are
// their handles.
type crowdedHome struct {
	*enginetest.Home
	mu sync.Mutex
	// strangers are the users that home does not know, and left out those that it does
	// not mention among many.
	strangers, leftOut map[string]bool
	// inBulk is how home stands to accounts, if it is asked about many.
	inBulk backfill.Standing
	// bulks are how many accounts each question was about; fetched counts the accounts
	// that home was made to fetch.
	bulks   []int
	fetched int
	// down is what questions about many end with.
	down error
}

func (h *crowdedHome) Known(ctx context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	a, err := h.Home.Account(ctx, handle)
	a.ID = handle.String()
	if h.strangers[handle.User] {
		return fediverse.Account{}, fmt.Errorf("looking it up: %w", backfill.ErrNoAccount)
	}
	return a, err
}

func (h *crowdedHome) Account(ctx context.Context, handle fediverse.Handle) (fediverse.Account, error) {
	a, err := h.Known(ctx, handle)
	if errors.Is(err, backfill.ErrNoAccount) {
		return h.Fetch(ctx, handle, handle.User)
	}
	return a, err
}

func (h *crowdedHome) Fetch(_ context.Context, handle fediverse.Handle, _ string) (fediverse.Account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fetched++
	return fediverse.Account{ID: handle.String(), Handle: handle, Username: handle.User, URI: enginetest.ActorURI(handle)}, nil
}

func (h *crowdedHome) Standings(_ context.Context, ids []string) (map[string]backfill.Standing, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bulks = append(h.bulks, len(ids))
	all := make(map[string]backfill.Standing)
	for _, id := range ids {
		if !h.leftOut[id] {
			all[id] = h.inBulk
		}
	}
	return all, h.down
}

// patientGatherer is a clock on which nobody waits in vain for others.
type patientGatherer struct{ *backfilltest.Clock }

func (c patientGatherer) Wait(ctx context.Context, d time.Duration) error {
	if d == 100*time.Millisecond {
		<-ctx.Done()
		return ctx.Err()
	}
	return c.Clock.Wait(ctx, d)
}

// newCrowd is a world whose home is asked about many accounts at once.
func newCrowd(t *testing.T, posts int) (*enginetest.World, *crowdedHome) {
	w := newRepeats(t, posts)
	h := &crowdedHome{Home: w.Home, strangers: make(map[string]bool), leftOut: make(map[string]bool), inBulk: backfill.Standing{Following: true}}
	w.Engine.Accounts, w.Engine.Introducer, w.Engine.Clock = h, h, patientGatherer{w.Clock}
	return w, h
}

// crowd are n accounts, each on a server of its own.
func crowd(n int) (handles []fediverse.Handle) {
	for i := range n {
		handles = append(handles, fediverse.Handle{User: fmt.Sprint("u", i), Domain: fmt.Sprintf("h%d.example", i)})
	}
	return handles
}

func wantDone(t *testing.T, results []backfill.Result, err error, n int) {
	t.Helper()
	if err != nil || len(results) != n {
		t.Fatalf("%d results, %v, want %d", len(results), err, n)
	}
	for _, r := range results {
		if r.Status != backfill.Done {
			t.Errorf("%s: %s (%s)", r.Account, r.Status, r.Reason)
		}
	}
}

func TestHomeIsAskedAboutFortyAccountsAtOnce(t *testing.T) {
	w, h := newCrowd(t, 2)
	results, err := w.Run(t, crowd(100)...)
	wantDone(t, results, err, 100)
	if got := fmt.Sprint(h.bulks); got != "[40 40 20]" || h.StandingsAsked != 0 || h.AccountsAsked != 100 || h.fetched != 0 {
		t.Errorf("asked about %s at once, %d alone; %d lookups, %d fetched", got, h.StandingsAsked, h.AccountsAsked, h.fetched)
	}
	// What was learnt is remembered, as if home had been asked about each.
	w.Clock.Step(2 * time.Hour)
	results, err = w.Run(t, crowd(100)...)
	wantDone(t, results, err, 100)
	if len(h.bulks) != 3 || h.StandingsAsked != 0 || h.AccountsAsked != 100 {
		t.Errorf("asked again: %v at once, %d alone; %d lookups", h.bulks, h.StandingsAsked, h.AccountsAsked)
	}
}

// Home is asked nothing about accounts that will not be filled now.
func TestHomeIsAskedOnlyAboutAccountsWhoseTurnHasCome(t *testing.T) {
	w, h := newCrowd(t, 2)
	all := crowd(6)
	if _, err := w.Run(t, all[:2]...); err != nil {
		t.Fatal(err)
	}
	if err := w.Ledger.Pause(t.Context(), all[2].Domain, w.Clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.Engine.Options.Exclusions = leaveOut(t, false, all[3].Domain)
	w.Engine.Options.Limit = 1000 // more than the first two were filled with, within their hour
	h.bulks, h.AccountsAsked = nil, 0
	if _, err := w.Run(t, all...); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(h.bulks); got != "[2]" || h.AccountsAsked != 2 || h.StandingsAsked != 0 {
		t.Errorf("asked about %s at once, %d alone; %d lookups", got, h.StandingsAsked, h.AccountsAsked)
	}
}

// What home does not say of many is asked about each: an account that it does not know,
// and has to fetch, or does not mention.
func TestWhatHomeDoesNotSayOfMany(t *testing.T) {
	for name, c := range map[string]struct {
		change               func(*crowdedHome)
		bulk, alone, fetched int
	}{
		"nothing":       {change: func(h *crowdedHome) { h.down = errors.New("no") }, bulk: 5, alone: 5},
		"not of one":    {change: func(h *crowdedHome) { h.leftOut["u1@h1.example"] = true }, bulk: 5, alone: 1},
		"of a stranger": {change: func(h *crowdedHome) { h.strangers["u1"] = true }, bulk: 4, alone: 1, fetched: 1},
	} {
		w, h := newCrowd(t, 2)
		c.change(h)
		results, err := w.Run(t, crowd(5)...)
		wantDone(t, results, err, 5)
		if len(h.bulks) != 1 || h.bulks[0] != c.bulk || h.StandingsAsked != c.alone || h.AccountsAsked != 5 || h.fetched != c.fetched {
			t.Errorf("%s: %v at once, %d alone; %d lookups, %d fetched", name, h.bulks, h.StandingsAsked, h.AccountsAsked, h.fetched)
		}
	}
}

// Where many accounts of one server wait for each other, home is not asked about all of
// them before the first one is filled.
func TestAccountsThatHaveToWaitAreLookedUpLater(t *testing.T) {
	w, h := newCrowd(t, 2)
	all := make([]fediverse.Handle, 240)
	for i := range all {
		all[i] = fediverse.Handle{User: fmt.Sprint("u", i), Domain: "big.example"}
	}
	most, finished := 0, 0 // most is how many lookups were ahead of the accounts that were finished
	w.Listener.OnEvent = func(e backfill.Event) {
		if _, ok := e.(backfill.AccountFinished); ok {
			most = max(most, h.CountLookups()-finished)
			finished++
		}
	}
	results, err := w.Run(t, all...)
	wantDone(t, results, err, 240)
	if h.AccountsAsked != 240 || most > 160 {
		t.Errorf("%d lookups, up to %d ahead", h.AccountsAsked, most)
	}
}

// An account that has waited for long is asked about again before anything is imported.
func TestAnOldIntroductionIsChecked(t *testing.T) {
	w, h := newCrowd(t, 2)
	h.AccountStanding = backfill.Standing{} // it is unfollowed meanwhile
	w.Engine.Options.DepthFirst = true
	bob := fediverse.Handle{User: "bob", Domain: enginetest.Alice.Domain}
	w.Listener.OnEvent = func(e backfill.Event) {
		if started, ok := e.(backfill.AccountStarted); ok && started.Account == bob {
			w.Clock.Step(11 * time.Minute)
		}
	}
	results, err := w.Run(t, enginetest.Alice, bob)
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		switch {
		case r.Account == bob && r.Imported == 0 && r.Cause == backfill.NotFollowed:
		case r.Account == enginetest.Alice && r.Imported == 2:
		default:
			t.Errorf("%+v", r)
		}
	}
	if h.StandingsAsked != 1 {
		t.Errorf("asked again %d times", h.StandingsAsked)
	}
}

// What has long spoken against an account may have changed: home is asked again.
func TestAnOldRefusalIsChecked(t *testing.T) {
	for name, against := range map[string]backfill.Standing{
		"requested": {Requested: true}, "not followed": {}, "blocked": {Following: true, Blocking: true}, "suspended": {Following: true, Refusal: "suspended"},
	} {
		w, h := newCrowd(t, 2)
		h.inBulk = against // and is followed meanwhile, and neither blocked nor suspended
		w.Engine.Options.DepthFirst = true
		bob := fediverse.Handle{User: "bob", Domain: enginetest.Alice.Domain}
		w.Listener.OnEvent = func(e backfill.Event) {
			if started, ok := e.(backfill.AccountStarted); ok && started.Account == bob {
				w.Clock.Step(11 * time.Minute)
			}
		}
		results, err := w.Run(t, enginetest.Alice, bob)
		if err != nil || len(results) != 2 || h.StandingsAsked != 1 {
			t.Fatalf("%s: %+v, %v; asked again %d times", name, results, err, h.StandingsAsked)
		}
		for _, r := range results {
			if imported := r.Imported == 2; imported != (r.Account == bob) {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// A list that comes line by line holds nobody up: here the second line is written once
// the first account is finished.
func TestASlowListHoldsNobodyUp(t *testing.T) {
	w, h := newCrowd(t, 2)
	w.Engine.Clock, w.Engine.Options.DepthFirst = w.Clock, true
	first := make(chan struct{})
	var once sync.Once
	w.Listener.OnEvent = func(e backfill.Event) {
		if _, ok := e.(backfill.AccountFinished); ok {
			once.Do(func() { close(first) })
		}
	}
	err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		for _, handle := range crowd(2) {
			if !yield(backfill.Target{Handle: handle}, nil) {
				return
			}
			<-first
		}
	})
	wantDone(t, w.Listener.Results(), err, 2)
	if len(h.bulks) != 0 || h.StandingsAsked != 2 {
		t.Errorf("asked about %v at once, %d alone", h.bulks, h.StandingsAsked)
	}
}

// A dry run makes home fetch nobody.
func TestADryRunIntroducesNoStranger(t *testing.T) {
	w, h := newCrowd(t, 2)
	h.strangers["u1"] = true
	w.Engine = w.Engine.DryRun()
	results, err := w.Run(t, crowd(3)...)
	if err != nil || len(results) != 3 || h.fetched != 0 || h.AccountsAsked != 3 {
		t.Fatalf("%d results, %v; %d fetched, %d lookups", len(results), err, h.fetched, h.AccountsAsked)
	}
	for _, r := range results {
		if stranger := r.Account.User == "u1"; stranger != (r.Cause == backfill.NoAccount) {
			t.Errorf("%s: %s (%s)", r.Account, r.Status, r.Reason)
		}
	}
}
