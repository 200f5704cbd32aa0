package ledger_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func wantLimited(t *testing.T, l *ledger.Ledger, h fediverse.Handle, next time.Time) {
	t.Helper()
	_, err := l.Begin(t.Context(), h)
	var limited *backfill.LimitedError
	if !errors.As(err, &limited) {
		t.Fatalf("Begin: %v, want a *LimitedError", err)
	}
	if d := limited.NextAllowed.Sub(next); d < 0 || d > time.Second {
		t.Errorf("next allowed at %v, want %v", limited.NextAllowed, next)
	}
	if at, err := l.NextAllowed(t.Context(), h); err != nil || !at.Equal(limited.NextAllowed) {
		t.Errorf("NextAllowed = %v, %v, want %v", at, err, limited.NextAllowed)
	}
}

func testOneStartInAnHour(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	l := in.open(t, options(dir, c))
	start := c.Now()
	if at, err := l.NextAllowed(t.Context(), ledgertest.Alice); err != nil || !at.IsZero() {
		t.Fatalf("NextAllowed of an unknown account = %v, %v", at, err)
	}
	ledgertest.Finish(t, l, ledgertest.Begin(t, l, ledgertest.Alice), false)
	wantLimited(t, l, ledgertest.Alice, start.Add(time.Hour))
	ledgertest.Begin(t, l, ledgertest.Bob)

	// Another process, an hour that is almost over, another home.
	c.Step(time.Hour - time.Millisecond)
	other := in.open(t, options(dir, c))
	wantLimited(t, other, ledgertest.Alice, start.Add(time.Hour))
	elsewhere := options(dir, c)
	elsewhere.Home = "elsewhere.example"
	ledgertest.Begin(t, in.open(t, elsewhere), ledgertest.Alice)

	c.Step(time.Second)
	if r := ledgertest.Begin(t, other, ledgertest.Alice); r.Resumed || r.ID == 0 {
		t.Errorf("an hour later: %+v", r)
	}
}

func testClockStepsBack(t *testing.T, in kind) {
	for _, step := range []time.Duration{time.Minute, time.Hour, 365 * 24 * time.Hour} {
		c := backfilltest.NewClock()
		l := in.open(t, options(t.TempDir(), c))
		start := c.Now()
		ledgertest.Finish(t, l, ledgertest.Begin(t, l, ledgertest.Alice), false)
		for range 3 {
			c.Step(-step)
			at, err := l.NextAllowed(t.Context(), ledgertest.Alice)
			if err != nil || at.After(c.Now().Add(time.Hour+time.Second)) {
				t.Fatalf("back by %v: next allowed at %v, %v", step, at, err)
			}
			wantLimited(t, l, ledgertest.Alice, c.Now().Add(time.Hour))
		}
		c.Step(time.Hour + time.Second)
		ledgertest.Begin(t, l, ledgertest.Alice)
		if now := c.Now(); step > time.Hour && !now.Before(start) {
			t.Errorf("back by %v: waited until %v", step, now)
		}
	}
}

func testResume(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	l := in.open(t, options(dir, c))
	first := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.WantBusy(t, l, ledgertest.Alice, os.Getpid())
	c.Step(time.Minute)
	ledgertest.Finish(t, l, first, true)
	if at, err := l.NextAllowed(t.Context(), ledgertest.Alice); err != nil || !at.IsZero() {
		t.Errorf("NextAllowed of an open run = %v, %v", at, err)
	}
	for range 3 {
		r := ledgertest.Begin(t, l, ledgertest.Alice)
		if !r.Resumed || r.ID != first.ID || !r.StartedAt.Equal(first.StartedAt) {
			t.Errorf("%+v, want %+v resumed", r, first)
		}
		// Closing in the middle is like an interruption.
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = in.open(t, options(dir, c))
	}
	ledgertest.Finish(t, l, ledgertest.Begin(t, l, ledgertest.Alice), false)
	wantLimited(t, l, ledgertest.Alice, first.StartedAt.Add(time.Hour))
	if err := ledgertest.End(t.Context(), l, first, backfill.Result{}, false); !errors.Is(err, ledger.ErrNotClaimed) {
		t.Errorf("a second Finish: %v", err)
	}
	if _, _, err := l.RecordPage(t.Context(), first, 0, backfill.ListedPage{First: true}); !errors.Is(err, ledger.ErrNotClaimed) {
		t.Errorf("RecordPage after Finish: %v", err)
	}
}

func testLastBackfill(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), c))
	want := func(at time.Time) {
		t.Helper()
		if got, err := l.LastBackfill(t.Context(), ledgertest.Alice); err != nil || !got.Equal(at) {
			t.Errorf("LastBackfill = %v, %v, want %v", got, err, at)
		}
	}
	want(time.Time{})
	first := ledgertest.Begin(t, l, ledgertest.Alice)
	want(first.StartedAt)
	ledgertest.Finish(t, l, first, false)
	c.Step(2 * time.Hour)
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if err := ledgertest.End(t.Context(), l, r, backfill.Result{Status: backfill.FailedAccount}, false); err != nil {
		t.Fatal(err)
	}
	want(first.StartedAt)
}

func testTwoProcesses(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	one, two := in.open(t, options(dir, c)), in.open(t, options(dir, c))
	r := ledgertest.Begin(t, one, ledgertest.Alice)
	ledgertest.WantBusy(t, two, ledgertest.Alice, os.Getpid())
	ledgertest.Begin(t, two, ledgertest.Bob)
	if _, _, err := two.RecordPage(t.Context(), r, 0, backfill.ListedPage{First: true}); !errors.Is(err, ledger.ErrNotClaimed) {
		t.Errorf("another process records for a run that is not its own: %v", err)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if r := ledgertest.Begin(t, two, ledgertest.Alice); !r.Resumed {
		t.Errorf("%+v, want it resumed", r)
	}
	if _, err := one.Begin(t.Context(), ledgertest.Bob); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("Begin after Close: %v", err)
	}
}

// Of many processes that begin at once, exactly one gets the account.
func testRaceForAnAccount(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	dir := t.TempDir()
	const ledgers, each = 3, 4
	errs := make(chan error, ledgers*each)
	for range ledgers {
		l := in.open(t, options(dir, c))
		for range each {
			go func() {
				_, err := l.Begin(t.Context(), ledgertest.Alice)
				errs <- err
			}()
		}
	}
	won := 0
	for range ledgers * each {
		err := <-errs
		var busy *backfill.BusyError
		if err == nil {
			won++
		} else if !errors.As(err, &busy) {
			t.Errorf("Begin: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d got the account", won)
	}
}

func testCancelled(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Begin(ctx, ledgertest.Alice); !errors.Is(err, context.Canceled) {
		t.Errorf("Begin: %v", err)
	}
	if _, err := l.NextAllowed(ctx, ledgertest.Alice); !errors.Is(err, context.Canceled) {
		t.Errorf("NextAllowed: %v", err)
	}
}

// The engine asks NextAllowed before it begins, and a refusal has no further effect.
func testClockStepsBackBeforeNextAllowed(t *testing.T, in kind) {
	clock := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), clock))
	ledgertest.Finish(t, l, ledgertest.Begin(t, l, ledgertest.Alice), false)
	clock.Step(-24 * time.Hour)
	first, err := l.NextAllowed(t.Context(), ledgertest.Alice)
	if err != nil || first.Sub(clock.Now()) > time.Hour+time.Second {
		t.Fatalf("next allowed at %v, now %v, error %v", first, clock.Now(), err)
	}
	clock.Step(50 * time.Minute)
	if second, err := l.NextAllowed(t.Context(), ledgertest.Alice); err != nil || second.Sub(first).Abs() > time.Second {
		t.Errorf("then at %v instead of %v, error %v", second, first, err)
	}
	clock.Step(10*time.Minute + time.Second)
	if third, err := l.NextAllowed(t.Context(), ledgertest.Alice); err != nil || !third.IsZero() {
		t.Errorf("after an hour: %v, error %v", third, err)
	}
}
