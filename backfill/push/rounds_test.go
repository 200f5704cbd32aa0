package push_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// With --no-wait, the jobs of one round still wait while those of the next are pushed:
// all of them, the newest of all accounts first, and each once.
func TestNoWaitInRounds(t *testing.T) {
	const accounts, posts = 3, 250
	w, s := enginetest.NewSidekiqWorld(t, posts)
	s.PerLook = 0
	w.Engine.Options.NoWait, w.Engine.Options.MaxWaiting = true, 10_000
	var handles []fediverse.Handle
	for i := range accounts {
		handles = append(handles, fediverse.Handle{User: "a", Domain: fmt.Sprintf("o%d.example", i)})
	}
	results, err := w.Run(t, handles...)
	if err != nil || len(results) != accounts {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for _, r := range results {
		if r.Status != backfill.Queued || r.Eligible != posts {
			t.Errorf("%+v", r)
		}
	}
	if len(s.Queue) != accounts*posts {
		t.Fatalf("%d jobs wait, want %d", len(s.Queue), accounts*posts)
	}
	ends := 0
	for _, e := range w.Listener.Events {
		if _, ok := e.(backfill.RoundEnded); ok {
			ends++
		}
	}
	if ends != 2*accounts {
		t.Errorf("%d rounds ended before the last ones, want 2 of each account", ends)
	}
	for i, j := range s.Queue {
		// An account may be ahead while others are being listed.
		if strings.HasSuffix(j.URI, fmt.Sprint("/", posts-41)) && i < 2*40 {
			t.Errorf("the 41st post of an account is number %d in the queue", i)
		}
	}
	s.PerLook, w.Engine.Options.NoWait = 1000, false
	w.Clock.Step(2 * time.Hour)
	results, err = w.Run(t, handles...)
	if err != nil || len(results) != accounts {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for _, r := range results {
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: posts, Imported: posts})
	}
	for uri, n := range s.Pushed {
		if n != 1 {
			t.Errorf("%s was pushed %d times", uri, n)
		}
	}
}
