package activitypub

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
)

// However a software lists posts, a second look at the top costs one request: where
// the list is, and which kind it is, is known.
func TestEveryKnownTopCostsOneRequest(t *testing.T) {
	sources := map[string]bool{}
	for name, c := range readOriginCases(t) {
		for _, listing := range []string{ListingAuto, c.Want.Source} {
			for _, tags := range []bool{true, false} {
				if c.Options.Secure || c.Want.Source == ListingOutbox {
					continue
				}
				o := &repeats{fakeOrigins: c.serve(t), memory: memory{}}
				o.tags = tags
				if source := o.lookTwice(t, c.actor(), listing); source != "" {
					sources[source] = true
				}
				if t.Failed() {
					t.Fatalf("%s by %s, tags %v", name, listing, tags)
				}
			}
		}
	}
	if len(sources) != len(Listings())-2 {
		t.Errorf("only %v were read", sources)
	}
}

// lookTwice reads the top page, and asks once more for it in a new process. It returns
// the source; none if that is the outbox or has nothing.
func (o *repeats) lookTwice(t *testing.T, uri, listing string) (source string) {
	t.Helper()
	options := Options{Memory: o.memory, Listing: listing}
	first, err := o.readerWith(t, options).Open(t.Context(), account(uri))
	if err != nil {
		return ""
	}
	top, err := first.Page(t.Context(), "")
	if err != nil || top.Tag == "" || first.Source() == ListingOutbox {
		return ""
	}
	o.forget()
	again, err := o.readerWith(t, options).Open(t.Context(), account(uri))
	if err != nil {
		t.Fatal(err)
	}
	if again.Source() != first.Source() {
		t.Errorf("the source is %s at first, want %s", again.Source(), first.Source())
	}
	page, same, err := again.TopIfChanged(t.Context(), top.Tag)
	answered := o.tags && first.Source() != ListingMisskey
	switch {
	case err != nil, again.Source() != first.Source(), page.Tag != top.Tag, same != answered:
		t.Errorf("same %v by %s, tag %q, want %q: %v", same, again.Source(), page.Tag, top.Tag, err)
	case !same && (!reflect.DeepEqual(page.Posts, top.Posts) || page.Next != top.Next):
		t.Errorf("%+v, want %+v", page, top)
	}
	if asked := o.requests(); len(asked) != 1 {
		t.Errorf("requests\n%s", strings.Join(asked, "\n"))
	}
	return first.Source()
}

const restTop = restBase + "7/statuses?exclude_reblogs=true&limit=40"

// aroundOutbox is an account whose posts are listed by REST alone.
func aroundOutbox(t *testing.T) *repeats {
	t.Helper()
	o := newRepeats(t, true, func(o *fakeOrigins) {
		serveNodeinfo(o, "social.example.com", nodeinfoLinks, `{"software":{"name":"pixelfed"}}`)
		serveREST(o, `{"id":"7","username":"alice","uri":"`+alice+`"}`)
		o.fail(aliceOutbox, 404)
		serveStatuses(o, "["+restStatus(2, "")+","+restStatus(1, "")+"]")
	})
	if o.tag == "" {
		t.Fatal("no tag")
	}
	return o
}

func serveStatuses(o *fakeOrigins, body string) {
	o.set(restTop, fakeDocument{status: 200, contentType: "application/json", body: body})
}

func TestKnownDetourChanges(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(o *repeats)
		source   string
		posts    int
		requests []string
	}{
		"new posts": {
			func(o *repeats) {
				serveStatuses(o.fakeOrigins, "["+restStatus(3, "")+","+restStatus(2, "")+","+restStatus(1, "")+"]")
			}, ListingREST, 3, []string{restTop},
		},
		"the outbox has them now": {
			func(o *repeats) {
				serveStatuses(o.fakeOrigins, "[]")
				o.serve(aliceOutbox, rootDocument(aliceTop))
				o.serve(aliceTop, pageDocument("", 6, 5, 4))
			}, ListingOutbox, 3, []string{restTop, aliceOutbox, aliceTop},
		},
		"another id": {
			func(o *repeats) {
				o.fail(restTop, 404)
				serveREST(o.fakeOrigins, `{"id":"8","username":"alice","uri":"`+alice+`"}`)
				o.set(strings.Replace(restTop, "/7/", "/8/", 1), fakeDocument{status: 200, contentType: "application/json", body: "[" + restStatus(1, "") + "]"})
			}, ListingREST, 1, []string{restTop, aliceOutbox, restBase + "lookup?acct=alice", strings.Replace(restTop, "/7/", "/8/", 1)},
		},
	} {
		o := aroundOutbox(t)
		c.change(o)
		l := o.open(t)
		page, same, err := l.TopIfChanged(t.Context(), o.tag)
		if err != nil || same || len(page.Posts) != c.posts || l.Source() != c.source || page.Tag == o.tag {
			t.Errorf("%s: %+v, same %v, by %s: %v", name, page, same, l.Source(), err)
		}
		asked := slices.DeleteFunc(o.requests(), func(url string) bool { return strings.Contains(url, "nodeinfo") })
		if !slices.Equal(asked, c.requests) {
			t.Errorf("%s: requests\n%s\nwant\n%s", name, strings.Join(asked, "\n"), strings.Join(c.requests, "\n"))
		}
		if source := o.open(t).Source(); source != c.source {
			t.Errorf("%s: afterwards the source is %s", name, source)
		}
	}
}

// The profile is asked for again, whatever lists the posts; and the walk goes on.
func TestKnownDetourIsRevalidated(t *testing.T) {
	o := aroundOutbox(t)
	l := o.open(t)
	if _, same, err := l.TopIfChanged(t.Context(), o.tag); !same || err != nil {
		t.Fatal(same, err)
	}
	o.fail(alice, 404)
	if _, err := l.Revalidate(t.Context()); err == nil {
		t.Error("the account is gone, and nobody says so")
	}
	o = aroundOutbox(t)
	l = o.open(t)
	if _, err := l.Revalidate(t.Context()); err != nil {
		t.Error(err)
	}
	o.forget()
	if _, same, err := l.TopIfChanged(t.Context(), o.tag); !same || err != nil || l.Source() != ListingREST {
		t.Error(same, err, l.Source())
	}
	o.wantRequests(t, restTop)
}

// Whether the front door may be passed by is up to the options of each run.
func TestDetourOfAShutOutboxIsNotRemembered(t *testing.T) {
	o := aroundOutbox(t)
	o.memory = memory{}
	o.fail(aliceOutbox, 401)
	l, err := o.readerWith(t, Options{Memory: o.memory, RestOnSecureOrigins: true}).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	if page, err := l.Page(t.Context(), ""); err != nil || page.Items != 2 || l.Source() != ListingREST {
		t.Fatalf("%+v by %s: %v", page, l.Source(), err)
	}
	again := o.open(t)
	if again.Source() != ListingOutbox {
		t.Errorf("it begins with %s", again.Source())
	}
	_, _, err = again.TopIfChanged(t.Context(), o.tag)
	wantCause(t, err, backfill.NeedsSignature)
}
