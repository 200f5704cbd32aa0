package backfill_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// timeFor is a context whose time is up after n imports.
func timeFor(t *testing.T, w *enginetest.World, n int) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	var left atomic.Int64 // several imports may be answered at once
	left.Store(int64(n))
	w.Home.OnImport = func(string, int) error {
		if left.Add(-1) <= 0 {
			cancel(backfill.ErrOutOfTime)
		}
		return nil
	}
	return ctx
}

func dueNow(t *testing.T, w *enginetest.World) []fediverse.Handle {
	t.Helper()
	var due []fediverse.Handle
	for d, err := range w.Ledger.Due(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		due = append(due, d.Account)
	}
	return due
}

// Once the time is up, what is in flight is finished, and all other accounts are
// deferred, whether or not they were begun. They may resume at once.
func TestOutOfTime(t *testing.T) {
	w := enginetest.NewWorld(t, 4)
	w.Engine.Options.Accounts = 2
	handles := manyOrigins("o", 40)
	results, err := w.RunIn(timeFor(t, w, 6), handles...)
	if err != nil || len(results) != len(handles) {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	imported, left := 0, 0
	for _, r := range results {
		imported += r.Imported
		switch {
		case r.Status == backfill.Done:
		case r.Status == backfill.Deferred && r.Cause == backfill.OutOfTime && r.Reason == "out of time" && r.RetryAt.Equal(w.Clock.Now()):
			left++
		default:
			t.Errorf("%+v", r)
		}
	}
	if imported != len(w.Home.AskedFor) || imported < 6 || imported > 7 || left < 38 {
		t.Errorf("%d posts of %d were counted, %d accounts are left", imported, len(w.Home.AskedFor), left)
	}
	if w.Home.AccountsAsked > 15 {
		t.Errorf("%d accounts were asked for", w.Home.AccountsAsked)
	}
	due := dueNow(t, w)
	if len(due) != left {
		t.Errorf("%d are due of %d", len(due), left)
	}
	// No hour has passed: those that were begun have their tokens.
	results, err = w.Run(t, due...)
	if err != nil || len(results) != left {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for _, r := range results {
		if r.Status != backfill.Done {
			t.Errorf("%+v", r)
		}
	}
	asked := make(map[string]bool)
	for _, uri := range w.Home.AskedFor {
		if asked[uri] {
			t.Errorf("%s was asked for twice", uri)
		}
		asked[uri] = true
	}
	if len(asked) != 160 || len(dueNow(t, w)) != 0 {
		t.Errorf("%d posts, still due: %v", len(asked), dueNow(t, w))
	}
}

// An account without anything left to do is not deferred.
func TestOutOfTimeWithNothingLeft(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.FillAlice(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(backfill.ErrOutOfTime)
	results, err := w.RunIn(ctx, enginetest.Alice, fediverse.Handle{User: "bob", Domain: "notes.example"})
	if err != nil || len(results) != 2 || results[0].Status != backfill.Done || !results[0].Recent || results[1].Cause != backfill.OutOfTime {
		t.Errorf("%+v, %v", results, err)
	}
}

// An account that waits for its limit when the time is up is deferred until then.
func TestOutOfTimeWhileWaitingForALimit(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Options.Limit = 2
	w.FillAlice(t)
	w.Engine.Options.Limit, w.Engine.Options.WaitLimit = 3, true
	ctx, cancel := context.WithCancelCause(t.Context())
	w.Listener.OnEvent = func(e backfill.Event) {
		if _, waits := e.(backfill.Waiting); waits {
			cancel(backfill.ErrOutOfTime)
		}
	}
	results, err := w.RunIn(ctx, enginetest.Alice)
	if err != nil || len(results) != 1 {
		t.Fatalf("%+v, %v", results, err)
	}
	if r := results[0]; r.Status != backfill.Deferred || r.Cause != backfill.Limited || !r.RetryAt.After(w.Clock.Now().Add(-time.Hour)) {
		t.Errorf("%+v", r)
	}
}

// An error that ends the run is not hidden by the end of its time.
func TestAnErrorAfterTheTimeIsUp(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	ctx, cancel := context.WithCancelCause(t.Context())
	wrong := &backfill.UnauthorizedError{Server: "home.example"}
	w.Home.OnImport = func(string, int) error {
		cancel(backfill.ErrOutOfTime)
		return wrong
	}
	if _, err := w.RunIn(ctx, enginetest.Alice); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	broken := errors.New("the list is broken")
	err := w.Engine.Run(ctx, func(yield func(backfill.Target, error) bool) { yield(backfill.Target{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
