package activitypub_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

// visit runs a test against a sandbox within a bubble, where waiting takes no
// time.
func visit(t *testing.T, o sandbox.Options, test func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, r *activitypub.Reader)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o.InMemory = true
		s, err := sandbox.Start(o)
		if err != nil {
			t.Fatal(err)
		}
		n := s.Network()
		c := fetch.New(fetch.Options{Lookup: n.LookupNetIP, Dial: n.DialContext, RootCAs: n.RootCAs()})
		test(t, s, c, activitypub.New(activitypub.Options{Client: c}))
		c.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func listing(t *testing.T, r *activitypub.Reader, h fediverse.Handle, uri string) backfill.Listing {
	t.Helper()
	l, err := r.Open(t.Context(), fediverse.Account{Handle: h, Username: h.User, URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// posts reads a listing to its end.
func posts(t *testing.T, l backfill.Listing) (posts []fediverse.Post, pages int) {
	t.Helper()
	for cursor := ""; pages == 0 || cursor != ""; pages++ {
		p, err := l.Page(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		posts = append(posts, p.Posts...)
		cursor = p.Next
	}
	return posts, pages
}

func TestWalkDemoAccounts(t *testing.T) {
	visit(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, r *activitypub.Reader) {
		for _, handle := range []string{"gallery@photos.example", "ana@words.example", "ben@notes.example", "quiet@notes.example"} {
			a := s.Account(handle)
			l := listing(t, r, a.Handle(), a.URI())
			if actor := l.Actor(); actor.Handle != a.Handle() || actor.URI != a.URI() {
				t.Errorf("actor = %+v", actor)
			}
			before := c.Requests()
			listed, pages := posts(t, l)
			var own []string
			boosts := 0
			for _, p := range listed {
				switch {
				case p.Boost:
					boosts++
				case p.Author == a.URI() && p.Visibility >= fediverse.Unlisted && !p.Published.IsZero():
					own = append(own, p.URI)
				}
			}
			for _, uri := range a.Eligible() {
				if !slices.Contains(own, uri) {
					t.Errorf("%s: %s is not listed", handle, uri)
				}
			}
			if !slices.IsSortedFunc(listed, func(a, b fediverse.Post) int {
				if a.Published.IsZero() || b.Published.IsZero() {
					return 0
				}
				return b.Published.Compare(a.Published)
			}) {
				t.Errorf("%s: not newest first", handle)
			}
			most := int64(pages) + 1
			if len(listed) == 0 {
				most += 2 // requests to find out what an empty origin runs
			}
			if got := c.Requests() - before; got > most {
				t.Errorf("%s: %d requests for %d pages", handle, got, pages)
			}
			t.Logf("%s: %d own posts, %d boosts, %d pages", handle, len(own), boosts, pages)
		}
	})
}

func TestDescribeDemoAccounts(t *testing.T) {
	visit(t, sandbox.Options{}, func(t *testing.T, s *sandbox.Sandbox, _ *fetch.Client, r *activitypub.Reader) {
		for handle, want := range map[string]string{
			"gallery@photos.example": activitypub.Readable, "ana@words.example": activitypub.Readable,
			"quiet@notes.example": activitypub.Readable, "secret@closed.example": string(backfill.NeedsSignature),
		} {
			a := s.Account(handle)
			d := r.Describe(t.Context(), fediverse.Account{Handle: a.Handle()})
			if d.Outbox != want || d.Software != "mastodon" || d.Version == "" || (d.Count >= 0) != (want == activitypub.Readable) {
				t.Errorf("%s: %+v", handle, d)
			}
		}
	})
}

// A 429 whose reset is near is waited out.
func TestPauseOfALimitedOrigin(t *testing.T) {
	visit(t, sandbox.Options{Empty: true}, func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, r *activitypub.Reader) {
		o := s.AddOrigin("photos.example")
		a := o.AddAccount(sandbox.Profile{Username: "alice"})
		a.Fill(50, time.Now().Add(-time.Hour), time.Hour)
		fails := 0
		o.SetFault(fault.OnRoute("/users/alice/outbox", func(*http.Request, http.Handler) http.Handler {
			if fails++; fails == 2 {
				return fault.Fail(http.StatusTooManyRequests, "X-RateLimit-Reset", time.Now().Add(40*time.Second).UTC().Format("2006-01-02T15:04:05.000000Z"))
			}
			return nil
		}))
		start := time.Now()
		listed, _ := posts(t, listing(t, r, a.Handle(), ""))
		if len(listed) != 50 {
			t.Errorf("%d posts", len(listed))
		}
		if took := time.Since(start); took < 39*time.Second || took > time.Minute {
			t.Errorf("took %s", took)
		}
	})
}
