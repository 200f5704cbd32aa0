package backfill_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// endlessRun is a run whose targets come when the test sends them.
type endlessRun struct {
	targets chan fediverse.Handle
	ended   chan error
	stop    context.CancelFunc
	results chan backfill.Result
}

// Event hands on results.
func (r *endlessRun) Event(e backfill.Event) {
	if e, ok := e.(backfill.AccountFinished); ok {
		r.results <- e.Result
	}
}

func startEndless(t *testing.T, w *enginetest.World) *endlessRun {
	ctx, stop := context.WithCancel(t.Context())
	r := &endlessRun{
		targets: make(chan fediverse.Handle), ended: make(chan error, 1), stop: stop,
		results: make(chan backfill.Result, 10),
	}
	w.Engine.Options.Endless, w.Engine.Listener = true, r
	go func() {
		r.ended <- w.Engine.Run(ctx, func(yield func(backfill.Target, error) bool) {
			for {
				select {
				case h := <-r.targets:
					if !yield(backfill.Target{Handle: h}, nil) {
						return
					}
				case <-ctx.Done():
					return
				}
			}
		})
	}()
	return r
}

// next is the next result.
func (r *endlessRun) next(t *testing.T) backfill.Result {
	t.Helper()
	select {
	case result := <-r.results:
		return result
	case err := <-r.ended:
		t.Fatalf("the run has ended: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("nothing comes of the account")
	}
	return backfill.Result{}
}

// TestEndlessRun: an account does not wait for another one, is filled in rounds, and may
// come again.
func TestEndlessRun(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	r := startEndless(t, w)
	r.targets <- enginetest.Alice
	if got := r.next(t); got.Status != backfill.Done || got.Imported != 100 {
		t.Errorf("first %+v", got)
	}
	r.targets <- enginetest.Alice
	if got := r.next(t); !got.Recent {
		t.Errorf("at once again %+v", got)
	}
	w.Clock.Step(time.Hour + time.Second)
	w.Origin.Posts += 7
	r.targets <- enginetest.Alice
	if got := r.next(t); got.Status != backfill.Done || got.Imported != 7 {
		t.Errorf("after an hour %+v", got)
	}
	r.targets <- fediverse.Handle{User: "nobody", Domain: "photos.example"}
	if got := r.next(t); got.Status != backfill.FailedAccount {
		t.Errorf("nobody %+v", got)
	}
	r.stop()
	if err := <-r.ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
