package push_test

import (
	"context"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// When the time for a run is up, the jobs that are pushed stay in the queue, and a
// later run settles them.
func TestSidekiqOutOfTime(t *testing.T) {
	for name, c := range map[string]struct {
		posts  int
		status backfill.Status
		reason string
	}{
		"all pushed": {60, backfill.Queued, "are under way"},
		"no room":    {300, backfill.Deferred, "are waiting"},
	} {
		t.Run(name, func(t *testing.T) {
			w, s := enginetest.NewSidekiqWorld(t, c.posts)
			s.PerLook = 0
			ctx, cancel := context.WithCancelCause(t.Context())
			w.Listener.OnEvent = func(e backfill.Event) {
				if e, ok := e.(backfill.Waiting); ok && strings.Contains(e.Reason, c.reason) {
					cancel(backfill.ErrOutOfTime)
				}
			}
			results, err := w.RunIn(ctx, enginetest.Alice)
			if err != nil || len(results) != 1 || results[0].Status != c.status || results[0].RetryAt.IsZero() {
				t.Fatalf("%+v, %v", results, err)
			}
			w.Listener.OnEvent, s.PerLook = nil, 1000
			if r := w.FillAlice(t); r.Status != backfill.Done || r.Imported != c.posts {
				t.Errorf("%+v", r)
			}
			for uri, n := range s.Pushed {
				if n != 1 {
					t.Errorf("%s was pushed %d times", uri, n)
				}
			}
		})
	}
}
