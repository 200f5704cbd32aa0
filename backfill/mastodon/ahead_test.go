package mastodon

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// What home holds is read while home is asked for a backfill of its own, and not again
// unless the list has to begin further down.
func TestHeldAhead(t *testing.T) {
	newest := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	a := fediverse.Account{ID: "7"}
	for name, c := range map[string]struct {
		posts, endpoint int
		from            time.Time
		lists           int
	}{
		"nothing held":   {endpoint: 404, from: newest.Add(-24 * time.Hour), lists: 1},
		"from the top":   {posts: 50, endpoint: 404, lists: 1},
		"from a newer":   {posts: 50, endpoint: 405, from: newest.Add(time.Minute), lists: 1},
		"from an older":  {posts: 50, endpoint: 404, from: newest.Add(-24 * time.Hour), lists: 2},
		"home agrees":    {posts: 50, endpoint: 202, lists: 2},
		"home is unwell": {posts: 50, endpoint: 500, lists: 2},
	} {
		t.Run(name, func(t *testing.T) {
			home, lists, listed := shelf(c.posts, newest), 0, make(chan struct{})
			s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodPost:
					<-listed
					reply(w, c.endpoint, `{}`)
					return
				case r.URL.Path == "/api/v1/accounts/7/statuses":
					if lists++; lists == 1 {
						close(listed)
					}
				}
				home.ServeHTTP(w, r)
			}))
			h := NewHeldAhead(s)
			if err := h.Request(t.Context(), a); errors.Is(err, backfill.ErrNoEndpoint) != (c.endpoint == 404 || c.endpoint == 405) {
				t.Error(err)
			}
			want, err := s.Held(t.Context(), a, c.from, "")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time, home is asked
				page, err := h.Held(t.Context(), a, c.from, "")
				if err != nil || len(page.Posts) != len(want.Posts) || page.Next != want.Next {
					t.Errorf("%d posts, then %q, %v; want %d, then %q", len(page.Posts), page.Next, err, len(want.Posts), want.Next)
				}
			}
			if got := lists - 2; got != c.lists {
				t.Errorf("home was asked for %d lists, want %d", got, c.lists)
			}
		})
	}
}

// Nobody waits for the list once the run is over.
func TestHeldAheadEnds(t *testing.T) {
	asked, gone := make(chan struct{}), make(chan struct{})
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			<-asked
			reply(w, 404, `{}`)
			return
		}
		close(asked)
		<-gone
	}))
	defer close(gone)
	h, a := NewHeldAhead(s), fediverse.Account{ID: "7"}
	ctx, cancel := context.WithCancel(t.Context())
	if err := h.Request(ctx, a); !errors.Is(err, backfill.ErrNoEndpoint) {
		t.Fatal(err)
	}
	cancel()
	if _, err := h.Held(ctx, a, time.Time{}, ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
