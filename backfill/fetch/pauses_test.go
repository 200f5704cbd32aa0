package fetch

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// What a host has told one process also holds for the others, including those
// already running.
func TestPausesAreSharedBetweenProcesses(t *testing.T) {
	var asked atomic.Int64
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 2 {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		answerJSON(w, "{}")
	}))
	options := o.options()
	clock := backfilltest.NewClock()
	options.Clock, options.Pauses = clock, new(backfilltest.Pauses)
	first, second := newTestClient(t, options), newTestClient(t, options)
	request := Request{URL: documentURL, Kind: Object}
	if _, err := second.Get(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	until := clock.Now().Add(24 * time.Hour)
	for _, c := range []*Client{first, second, newTestClient(t, options)} {
		var paused *backfill.PausedError
		if _, err := c.Get(t.Context(), request); !errors.As(err, &paused) || paused.Until.Sub(until).Abs() > time.Minute {
			t.Errorf("%v", err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestPausesThatCannotBeKept(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, "{}") }))
	options := o.options()
	broken := errors.New("the ledger is gone")
	options.Pauses = &backfilltest.Pauses{Err: broken}
	if _, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
