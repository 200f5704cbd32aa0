package activitypub_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sandbox/fault"
)

// visitWith is visit with options for the reader.
func visitWith(t *testing.T, o activitypub.Options, test func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, r *activitypub.Reader)) {
	visit(t, sandbox.Options{Empty: true}, func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, _ *activitypub.Reader) {
		o.Client = c
		test(t, s, c, activitypub.New(o))
	})
}

// Both listings of Mastodon give the same posts in the same order, the REST API in
// half the requests.
func TestOutboxAndRESTAgree(t *testing.T) {
	const n = 1000
	listed := map[string][]string{}
	requests := map[string]int64{}
	for _, source := range []string{activitypub.ListingOutbox, activitypub.ListingREST} {
		visitWith(t, activitypub.Options{Listing: source}, func(t *testing.T, s *sandbox.Sandbox, c *fetch.Client, r *activitypub.Reader) {
			a := s.AddOrigin("photos.example", sandbox.NumericIDs()).AddAccount(sandbox.Profile{Username: "alice"})
			a.Fill(n, time.Now().Add(-time.Hour), time.Hour)
			l := listing(t, r, a.Handle(), a.URI())
			before := c.Requests()
			all, _ := posts(t, l)
			requests[source] = c.Requests() - before
			if l.Source() != source || l.Shortfall() != "" {
				t.Errorf("source %s, shortfall %q", l.Source(), l.Shortfall())
			}
			for _, p := range all {
				if p.Author != a.URI() || p.Visibility != fediverse.Public || p.Published.IsZero() {
					t.Fatalf("%+v", p)
				}
				listed[source] = append(listed[source], p.URI)
			}
			t.Logf("%s: %d requests for %d posts, %.4f a post", source, requests[source], len(all), float64(requests[source])/float64(len(all)))
		})
	}
	if !slices.Equal(listed["outbox"], listed["rest"]) || len(listed["rest"]) != n {
		t.Errorf("%d and %d posts", len(listed["outbox"]), len(listed["rest"]))
	}
	if requests["outbox"] > n/20+2 || requests["rest"] > n/40+2 {
		t.Errorf("requests: %v", requests)
	}
}

func TestRESTOnASecureOrigin(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		visitWith(t, activitypub.Options{RestOnSecureOrigins: allowed}, func(t *testing.T, s *sandbox.Sandbox, _ *fetch.Client, r *activitypub.Reader) {
			o := s.AddOrigin("closed.example")
			o.SetHidden(true)
			a := o.AddAccount(sandbox.Profile{Username: "alice", Bio: "hello #nobackfill"})
			a.Fill(50, time.Now().Add(-time.Hour), time.Hour)
			l, err := r.Open(t.Context(), fediverse.Account{Handle: a.Handle(), Username: "alice", URI: a.URI()})
			if !allowed {
				var refused *backfill.OriginError
				if !errors.As(err, &refused) || refused.Cause != backfill.NeedsSignature {
					t.Errorf("error = %v", err)
				}
				if got := o.Requests()["GET /api/v1/accounts/lookup"]; got != 0 {
					t.Errorf("the API was asked %d times", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tag := fediverse.OptOut(l.Actor().Summary); tag != "#nobackfill" {
				t.Errorf("the profile is %q", l.Actor().Summary)
			}
			if all, _ := posts(t, l); len(all) != 50 || l.Source() != "rest" {
				t.Errorf("%d posts by %s", len(all), l.Source())
			}
			o.SetAPIClosed(true)
			if _, err := r.Open(t.Context(), fediverse.Account{Handle: a.Handle()}); err == nil {
				t.Error("an account on a server that is closed altogether was opened")
			}
		})
	}
}

// When the outbox is broken, the REST API takes over, from the top.
func TestBrokenOutbox(t *testing.T) {
	visitWith(t, activitypub.Options{}, func(t *testing.T, s *sandbox.Sandbox, _ *fetch.Client, r *activitypub.Reader) {
		o := s.AddOrigin("photos.example")
		a := o.AddAccount(sandbox.Profile{Username: "alice"})
		a.Fill(85, time.Now().Add(-time.Hour), time.Hour)
		a.Suspend()
		if _, err := r.Open(t.Context(), fediverse.Account{Handle: a.Handle(), URI: a.URI()}); err == nil {
			t.Error("a suspended account was opened")
		}
		b := o.AddAccount(sandbox.Profile{Username: "bob"})
		b.Fill(85, time.Now().Add(-time.Hour), time.Hour)
		o.SetFault(fault.OnRoute("/users/bob/outbox", fault.Always(fault.Fail(http.StatusInternalServerError))))
		l := listing(t, r, b.Handle(), b.URI())
		if all, pages := posts(t, l); len(all) != 85 || pages != 3 || l.Source() != "rest" {
			t.Errorf("%d posts on %d pages of %s", len(all), pages, l.Source())
		}
	})
}

// The admin of a snac2 can set how many posts its outboxes hold.
func TestCappedAtAnyNumber(t *testing.T) {
	for n, want := range map[int]backfill.Cause{9: "", 25: backfill.Capped} {
		visitWith(t, activitypub.Options{}, func(t *testing.T, s *sandbox.Sandbox, _ *fetch.Client, r *activitypub.Reader) {
			o := s.AddOrigin("snac.example")
			o.SetSoftware("snac", "2.80")
			o.SetAPIClosed(true)
			a := o.AddAccount(sandbox.Profile{Username: "alice"})
			items := make([]string, n)
			for i := range items {
				items[i] = fmt.Sprintf("%s/statuses/%d", a.URI(), i)
			}
			body, err := json.Marshal(map[string]any{
				"@context": "https://www.w3.org/ns/activitystreams", "id": a.URI() + "/outbox",
				"type": "OrderedCollection", "totalItems": n, "orderedItems": items,
			})
			if err != nil {
				t.Fatal(err)
			}
			answer := fault.Respond(http.StatusOK, "application/activity+json", string(body))
			o.SetFault(fault.OnRoute("/users/alice/outbox", fault.Always(answer)))
			l := listing(t, r, a.Handle(), a.URI())
			if all, _ := posts(t, l); len(all) != n || l.Shortfall() != want {
				t.Errorf("%d posts, shortfall %q", len(all), l.Shortfall())
			}
		})
	}
}

// A list as long as its software ever makes one may have been cut; a shorter one was
// not.
func TestCappedOutbox(t *testing.T) {
	for n, want := range map[int]backfill.Cause{5: "", 20: backfill.Capped} {
		visitWith(t, activitypub.Options{}, func(t *testing.T, s *sandbox.Sandbox, _ *fetch.Client, r *activitypub.Reader) {
			o := s.AddOrigin("snac.example")
			o.SetSoftware("snac", "2.80")
			o.SetPageSize(21)
			o.SetAPIClosed(true)
			a := o.AddAccount(sandbox.Profile{Username: "alice"})
			a.Fill(n, time.Now().Add(-time.Hour), time.Hour)
			l := listing(t, r, a.Handle(), a.URI())
			if all, _ := posts(t, l); len(all) != n || l.Source() != "outbox" || l.Shortfall() != want {
				t.Errorf("%d posts by %s, shortfall %q", len(all), l.Source(), l.Shortfall())
			}
		})
	}
}
