package activitypub

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func TestCheckListing(t *testing.T) {
	for _, name := range append(Listings(), "") {
		if err := CheckListing(name); err != nil {
			t.Error(err)
		}
	}
	if CheckListing("graphql") == nil || CheckListing("Outbox") == nil {
		t.Error("unknown listings are taken")
	}
	o := withAlice(t, "mastodon")
	if _, err := o.readerWith(t, Options{Listing: "graphql"}).Open(t.Context(), account(alice)); err == nil || len(o.requests()) != 0 {
		t.Errorf("%v after %q", err, o.requests())
	}
}

// If one kind of listing is asked for, no other is read, and its errors are
// reported.
func TestForcedListing(t *testing.T) {
	for name, c := range map[string]struct {
		actor  string
		asked  string
		answer fakeDocument
		cause  backfill.Cause
	}{
		"rest":      {alice, "/api/v1/accounts/lookup?acct=alice", fakeDocument{status: 401}, backfill.NoOutbox},
		"misskey":   {alice, "/api/users/show", fakeDocument{status: 404}, backfill.NotFound},
		"peertube":  {alice, "/api/v1/accounts/alice/videos?count=100&sort=-publishedAt&start=0", fakeDocument{status: 200, contentType: "application/json", body: `{"total":1}`}, backfill.Malformed},
		"lemmy":     {alice, "/api/v3/user?limit=50&page=1&sort=New&username=alice", fakeDocument{status: 200, contentType: "application/json", body: `{"person_view":{"person":{"actor_id":"https://social.example.com/u/bob"}}}`}, backfill.Malformed},
		"wordpress": {alice, "/wp-json/wp/v2/users?_fields=id%2Cslug&slug=alice", fakeDocument{status: 200, contentType: "application/json", body: `[]`}, backfill.Malformed},
		"feed":      {alice, "/@alice.rss", fakeDocument{status: 200, contentType: "text/xml", body: `<html/>`}, backfill.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			o := withAlice(t, "mastodon")
			serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"mastodon"}}`)
			o.set("https://social.example.com"+c.asked, c.answer)
			l, err := o.readerWith(t, Options{Listing: name}).Open(t.Context(), account(alice))
			if err != nil {
				t.Fatal(err)
			}
			_, err = l.Page(t.Context(), "")
			wantCause(t, err, c.cause)
			if l.Source() != name || count(o.requests(), c.asked) != 1 || count(o.requests(), "outbox") != 0 {
				t.Errorf("source %q, requests %q", l.Source(), o.requests())
			}
			if _, err := l.Page(t.Context(), "https://evil.example.com/"); err == nil {
				t.Error("a foreign cursor is taken")
			}
			if count(o.requests(), "evil") != 0 {
				t.Error("a foreign cursor is asked for")
			}
		})
	}
}

const restBase = "https://social.example.com/api/v1/accounts/"

func restStatus(id int, more string) string {
	return fmt.Sprintf(`{"id":"%d","uri":"%s/statuses/%d","url":"https://social.example.com/@alice/%d","created_at":"2024-01-02T03:04:05.678Z","visibility":"public","account":{"id":"7","uri":"%s"}%s}`, id, alice, id, id, alice, more)
}

func serveREST(o *fakeOrigins, account string) {
	o.set(restBase+"lookup?acct=alice", fakeDocument{status: 200, contentType: "application/json; charset=utf-8", body: account})
}

func TestREST(t *testing.T) {
	o := withAlice(t, "mastodon")
	serveREST(o, `{"id":"7","username":"alice","uri":"`+alice+`"}`)
	next := `<` + restBase + `7/statuses?max_id=8>; rel="next", <https://x>; rel="prev"`
	o.set(restBase+"7/statuses?limit=40", fakeDocument{status: 200, contentType: "application/json", link: next, body: "[" + strings.Join([]string{
		restStatus(12, ""),
		restStatus(11, `,"reblog":{"id":"1","uri":"https://other.example.com/1","visibility":"unlisted","account":{"uri":"https://other.example.com/bob"}}`),
		`{"id":"10","uri":"https://other.example.com/2","created_at":"2024-01-02T03:04:05Z","visibility":"public","account":{"id":"8","uri":"https://other.example.com/bob"}}`,
		`{"id":"9","uri":"` + alice + `/statuses/9","created_at":null,"visibility":"private","account":{"id":"7","uri":"https://social.example.com/users/mallory"}}`,
		`17`,
		`{"id":"8","uri":"javascript:1","visibility":"public","account":{"id":"7"}}`}, ",") + "]"})
	o.set(restBase+"7/statuses?limit=40&max_id=8", fakeDocument{status: 200, contentType: "application/json", link: `<https://x>; rel="prev"`, body: "[" + restStatus(7, "") + "," + restStatus(12, "") + "]"})
	l, err := o.readerWith(t, Options{Listing: ListingREST, Boosts: true}).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Page(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if p.Items != 6 || len(p.Posts) != 4 || p.Next != "7/8" || len(p.Marks) != 5 {
		t.Fatalf("page = %+v", p)
	}
	if p.Posts[0].Author != alice || p.Posts[0].Published.Nanosecond() == 0 || p.Posts[0].URL != "https://social.example.com/@alice/12" {
		t.Errorf("post = %+v", p.Posts[0])
	}
	if b := p.Posts[1]; !b.Boost || b.URI != "https://other.example.com/1" || b.Author != "https://other.example.com/bob" || b.Visibility != fediverse.Unlisted {
		t.Errorf("boost = %+v", b)
	}
	if p.Posts[2].Author == alice || p.Posts[3].Author == alice {
		t.Errorf("a post of somebody else counts as the account's: %+v", p.Posts[2:])
	}
	p, err = l.Page(t.Context(), p.Next)
	if err != nil || p.Next != "" || len(p.Posts) != 1 || p.Posts[0].URI != alice+"/statuses/7" {
		t.Errorf("last page = %+v, %v", p, err)
	}
}

func TestRESTAccountMustBeTheActor(t *testing.T) {
	for body, ok := range map[string]bool{
		`{"id":"7","uri":"` + alice + `"}`:                                              true,
		`{"id":7,"url":"` + alice + `"}`:                                                true,
		`{"id":"7","url":"https://social.example.com/@alice"}`:                          true,
		`{"id":"7","uri":"https://social.example.com/users/bob","url":"` + alice + `"}`: false,
		`{"id":"7","url":"https://evil.example.com/@alice"}`:                            false,
		`{"id":"7"}`:              false,
		`{"uri":"` + alice + `"}`: false,
		`{"id":"` + strings.Repeat("7", 200) + `","uri":"` + alice + `"}`: false,
		`{"id":"7 8","uri":"` + alice + `"}`:                              false,
		`[]`:                                                              false,
		`{"id":"7","uri":"https://social.example.com/users/alice2","url":"https://x.example.com/@a"}`: false,
	} {
		o := withAlice(t, "mastodon")
		serveREST(o, body)
		o.set(restBase+"7/statuses?exclude_reblogs=true&limit=40", fakeDocument{status: 200, contentType: "application/json", body: "[]"})
		l, err := o.readerWith(t, Options{Listing: ListingREST}).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = l.Page(t.Context(), ""); (err == nil) != ok {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A listing that an earlier run had to read is found again by its cursor; if it is
// not there, the walk ends without an error.
func TestElsewhere(t *testing.T) {
	o := withAlice(t, "mastodon")
	serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"mitra"}}`)
	var numbers []int
	for n := 20; n > 0; n-- {
		numbers = append(numbers, n)
	}
	o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=true"))
	o.serve(aliceOutbox+"?page=true", pageDocument("", numbers...))
	l := openAlice(t, o)
	p, err := l.Page(t.Context(), "")
	if err != nil || p.Next != elsewhere || l.Source() != ListingOutbox {
		t.Fatalf("%+v %v", p, err)
	}
	for _, l := range []backfill.Listing{l, openAlice(t, o)} {
		if p, err := l.Page(t.Context(), elsewhere); err != nil || p.Items != 0 || p.Next != "" || l.Source() != ListingOutbox || l.Shortfall() != backfill.Capped {
			t.Errorf("%+v %v, %s %q", p, err, l.Source(), l.Shortfall())
		}
	}
	serveREST(o, `{"id":"7","uri":"`+alice+`"}`)
	o.set(restBase+"7/statuses?exclude_reblogs=true&limit=40", fakeDocument{status: 200, contentType: "application/json", link: "<x>; rel=prev", body: "[" + restStatus(21, "") + "]"})
	if p, err := l.Page(t.Context(), elsewhere); err != nil || p.Items != 1 || l.Source() != ListingREST || l.Shortfall() != "" {
		t.Errorf("%+v %v %s", p, err, l.Source())
	}
	// If only the outbox is wanted, there is no elsewhere.
	only, err := o.readerWith(t, Options{Listing: ListingOutbox}).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := only.Page(t.Context(), ""); err != nil || p.Next != "" || only.Shortfall() != backfill.Capped {
		t.Errorf("%+v %v %q", p, err, only.Shortfall())
	}
	if p, err := only.Page(t.Context(), elsewhere); err != nil || p.Items != 0 || only.Source() != ListingOutbox {
		t.Errorf("%+v %v", p, err)
	}
}

// No other listing is tried if the refusal is not ours to get around.
func TestClosedListingsStayClosed(t *testing.T) {
	for status, tried := range map[int]bool{401: false, 403: false, 410: false, 502: false, 404: true, 500: true} {
		o := withAlice(t, "mastodon")
		serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"something"}}`)
		o.fail(aliceOutbox, status)
		_, err := openAlice(t, o).Page(t.Context(), "")
		var refused *backfill.OriginError
		if !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if got := count(o.requests(), "/api/v1/") > 0; got != tried {
			t.Errorf("%d: REST tried is %t", status, got)
		}
	}
	o := withAlice(t, "mastodon")
	o.set("https://social.example.com/robots.txt", fakeDocument{status: 200, contentType: "text/plain", body: "User-agent: tootfill\nDisallow: /users/alice/outbox\n"})
	_, err := openAlice(t, o).Page(t.Context(), "")
	wantCause(t, err, backfill.Robots)
	if count(o.requests(), "/api/v1/") > 0 {
		t.Error("robots.txt was gone around")
	}
}

// A check for bots is in front of the server and says nothing about the account.
func TestWallIsNoAnswerOfTheServer(t *testing.T) {
	for _, options := range []Options{{}, {RestOnSecureOrigins: true}} {
		o := withAlice(t, "mastodon")
		serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"mastodon"}}`)
		o.set(aliceOutbox, fakeDocument{status: 403, contentType: "text/html; charset=UTF-8", body: "<!DOCTYPE html><title>Just a moment...</title>"})
		l, err := o.readerWith(t, options).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.Page(t.Context(), "")
		wantCause(t, err, backfill.Walled)
		if count(o.requests(), "/api/v1/") > 0 {
			t.Error("the wall was gone around")
		}
	}
}

func TestWalkIsBounded(t *testing.T) {
	o := withAlice(t, "mastodon")
	page := func(n int) string { return fmt.Sprintf("%s?page=%d", aliceOutbox, n) }
	o.serve(aliceOutbox, rootDocument(page(1)))
	for n := 1; n < 20; n++ {
		o.serve(page(n), pageDocument(page(n+1), 1000-2*n, 999-2*n))
	}
	for _, options := range []Options{{MaxPages: 3}, {MaxItems: 5}} {
		l, err := o.readerWith(t, options).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		cursor, pages := "", 0
		for ; err == nil; pages++ {
			var p backfill.Page
			if p, err = l.Page(t.Context(), cursor); err == nil {
				cursor = p.Next
			}
		}
		wantCause(t, err, backfill.Forbidden)
		if pages != 4 {
			t.Errorf("%+v: %d pages", options, pages-1)
		}
		// The next run continues where this one ended.
		l, err = o.readerWith(t, options).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		if p, err := l.Page(t.Context(), cursor); err != nil || p.Items != 2 {
			t.Errorf("%+v: %+v %v", options, p, err)
		}
	}
}

func TestListingsOf(t *testing.T) {
	for _, software := range []string{"", "mastodon", "misskey", "sharkey", "peertube", "lemmy", "wordpress", "ghost", "threads", "whatever"} {
		for _, name := range listingsOf(software) {
			if name == ListingOutbox || !slices.Contains(Listings(), name) {
				t.Errorf("%s has the listing %q", software, name)
			}
		}
	}
}

// Even with REST allowed on a secure origin, what the profile says counts.
func TestProfileByREST(t *testing.T) {
	o := withAlice(t, "mastodon")
	o.fail(alice, http.StatusUnauthorized)
	serveREST(o, `{"id":"7","username":"Alice","uri":"`+alice+`","note":"<p>#nobot</p>","noindex":true,"url":"https://social.example.com/@alice",
		"fields":[{"name":"a","value":"b"}],"moved":{"uri":"https://new.example.com/users/alice"}}`)
	_, err := o.reader(t).Open(t.Context(), account(alice))
	wantCause(t, err, backfill.NeedsSignature)
	if count(o.requests(), "/api/") != 0 {
		t.Error("the API was asked although that is not allowed")
	}
	l, err := o.readerWith(t, Options{RestOnSecureOrigins: true}).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	a := l.Actor()
	if a.URI != alice || !strings.Contains(a.Summary, "#nobot") || a.Indexable == nil || *a.Indexable ||
		len(a.Fields) != 1 || a.Fields[0] != "a: b" || a.MovedTo != "https://new.example.com/users/alice" || a.Handle.User != "alice" {
		t.Errorf("actor = %+v", a)
	}
	serveREST(o, `{"id":"7","uri":"https://social.example.com/users/bob"}`)
	_, err = o.readerWith(t, Options{RestOnSecureOrigins: true}).Open(t.Context(), account(alice))
	wantCause(t, err, backfill.NeedsSignature)
}

// For all we know, an actor without its profile may have opted out.
func TestStrippedActorsAreLeftAlone(t *testing.T) {
	for _, options := range []Options{{Listing: ListingREST}, {Listing: ListingMisskey}, {Listing: ListingREST, RestOnSecureOrigins: true}, {RestOnSecureOrigins: true}} {
		o := withAlice(t, "akkoma_stripped")
		l, err := o.readerWith(t, options).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.Page(t.Context(), "")
		wantCause(t, err, backfill.NeedsSignature)
		if n := count(o.requests(), "/statuses") + count(o.requests(), "/api/users"); n != 0 {
			t.Errorf("%+v: %q", options, o.requests())
		}
	}
}

// A later run that comes upon a mixed-up page, without the page before it, also
// switches listings.
func TestSwappedPageFoundAgain(t *testing.T) {
	c := readOriginCases(t)["misskey"]
	o := c.serve(t)
	l, err := o.reader(t).Open(t.Context(), account(c.actor()))
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Page(t.Context(), c.actor()+"/outbox?page=true&until_id=9aaa0007")
	if err != nil || l.Source() != ListingMisskey || len(p.Posts) != 3 || p.Next != "9u/9aaa0007" {
		t.Errorf("%+v %v %s", p, err, l.Source())
	}
}
