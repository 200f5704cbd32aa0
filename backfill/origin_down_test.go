package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// downWorld is a world whose only origin is down, and the accounts that live there.
func downWorld(t *testing.T) (w *enginetest.World, handles []fediverse.Handle, o *downOrigin) {
	w = enginetest.NewWorld(t, 3)
	w.Engine.Requester = nil
	o = &downOrigin{Origin: w.Origin, down: true}
	w.Engine.Origin = o
	for i := range 20 {
		handles = append(handles, fediverse.Handle{User: fmt.Sprintf("a%d", i), Domain: "photos.example"})
	}
	return w, handles, o
}

// downOrigin is an origin that gives no answer while it is down.
type downOrigin struct {
	*enginetest.Origin
	down   bool
	opened int
}

func (o *downOrigin) Open(ctx context.Context, a fediverse.Account) (backfill.Listing, error) {
	o.opened++
	if o.down {
		return nil, &backfill.OriginError{Host: "photos.example", Cause: backfill.Unreachable, Err: errors.New("no answer in time"), Down: true}
	}
	return o.Origin.Open(ctx, a)
}

// wantAll wants each result to be the same.
func wantAll(t *testing.T, results []backfill.Result, n int, status backfill.Status, cause backfill.Cause, at time.Time) {
	t.Helper()
	if len(results) != n {
		t.Fatalf("%d results", len(results))
	}
	for _, r := range results {
		if r.Status != status || r.Cause != cause || !r.RetryAt.Equal(at) || status != backfill.Done && r.Reason != results[0].Reason {
			t.Errorf("%+v", r)
		}
	}
}

// An origin that is down is asked once in a run, ever more rarely, and finally only
// for accounts that somebody names.
func TestAnOriginThatIsDown(t *testing.T) {
	w, handles, o := downWorld(t)
	began := w.Clock.Now()
	asked := 0
	for _, gap := range []time.Duration{1, 2, 4, 8, 16, 24, 24} {
		results, err := w.Run(t, handles...)
		if err != nil {
			t.Fatal(err)
		}
		asked++
		next := w.Clock.Now().Add(gap * time.Hour)
		wantAll(t, results, 20, backfill.Deferred, backfill.Unreachable, next)
		if o.opened != asked {
			t.Fatalf("asked %d times, want %d", o.opened, asked)
		}
		w.Clock.Step(gap*time.Hour - time.Minute)
		if results, err = w.Run(t, handles...); err != nil || o.opened != asked {
			t.Errorf("asked too early (%v)", err)
		}
		wantAll(t, results, 20, backfill.Deferred, backfill.Unreachable, next)
		if due := dueNow(t, w); len(due) != 0 {
			t.Errorf("%d accounts are due", len(due))
		}
		w.Clock.Step(time.Minute)
		if due := dueNow(t, w); len(due) != 20 {
			t.Errorf("%d accounts are due", len(due))
		}
	}
	w.Clock.Set(began.Add(30 * 24 * time.Hour))
	for range 2 {
		results, err := w.Run(t, handles...)
		if err != nil || o.opened != asked || len(dueNow(t, w)) != 0 {
			t.Errorf("%v, asked %d times, due: %v", err, o.opened, dueNow(t, w))
		}
		wantAll(t, results, 20, backfill.Skipped, backfill.Unreachable, time.Time{})
	}

	// Named, it is asked again, but only once. When it answers, all is well again.
	if results := runNamed(t, w, handles[:2]...); o.opened != asked+1 || results[0].Status != backfill.Skipped {
		t.Errorf("asked %d times: %+v", o.opened, results)
	}
	o.down = false
	wantAll(t, runNamed(t, w, handles[0]), 1, backfill.Done, "", time.Time{})
	results, err := w.Run(t, handles[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	wantAll(t, results, 19, backfill.Done, "", time.Time{})
	// The next outage begins with the shortest gap.
	o.down = true
	w.Clock.Step(2 * time.Hour)
	results, err = w.Run(t, handles[0])
	if err != nil {
		t.Fatal(err)
	}
	wantAll(t, results, 1, backfill.Deferred, backfill.Unreachable, w.Clock.Now().Add(time.Hour))
}

func runNamed(t *testing.T, w *enginetest.World, handles ...fediverse.Handle) []backfill.Result {
	t.Helper()
	before := len(w.Listener.Results())
	err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		for _, h := range handles {
			if !yield(backfill.Target{Handle: h, Named: true}, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.Listener.Results()[before:]
}

// A list that is not served says nothing of the other accounts if the origin answers
// otherwise.
func TestAListThatHangsIsNoOutage(t *testing.T) {
	w, handles, o := downWorld(t)
	o.down = false
	noAnswer := &backfill.OriginError{Host: "photos.example", Cause: backfill.Unreachable, Err: errors.New("no answer in time"), Down: true}
	w.Origin.OnPage = func(string) error { return noAnswer }
	results, err := w.Run(t, handles[:2]...)
	if err != nil || len(results) != 2 || o.opened != 2 || results[1].Status != backfill.FailedAccount {
		t.Errorf("%+v, %v", results, err)
	}
	// If it does not, it is down: what is known of the account was only remembered.
	w.Origin.Tags, w.Origin.RevalidateErr = true, noAnswer
	w.Clock.Step(2 * time.Hour)
	results, err = w.Run(t, handles[2:]...)
	if err != nil || o.opened != 3 {
		t.Fatalf("%v, asked %d times", err, o.opened)
	}
	wantAll(t, results, 18, backfill.Deferred, backfill.Unreachable, results[0].RetryAt)
}
