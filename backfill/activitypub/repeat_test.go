package activitypub

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// memory remembers for good.
type memory map[string]string

func (m memory) Recall(_ context.Context, server, name string) (string, error) {
	return m[server+" "+name], nil
}

func (m memory) Remember(_ context.Context, server, name, value string, _ time.Time) error {
	m[server+" "+name] = value
	if value == "" {
		delete(m, server+" "+name)
	}
	return nil
}

const (
	aliceTop  = aliceOutbox + "?page=true"
	aliceFact = "social.example.com actor alice@social.example.com"
)

// repeats is an account of which an earlier process has read the top page.
type repeats struct {
	*fakeOrigins
	memory memory
	tag    string
}

func newRepeats(t *testing.T, tags bool, serve func(o *fakeOrigins)) *repeats {
	t.Helper()
	o := &repeats{fakeOrigins: withAlice(t, "mastodon"), memory: memory{}}
	o.tags = tags
	serve(o.fakeOrigins)
	l := o.open(t)
	page, err := l.Page(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	o.tag = page.Tag
	o.forget()
	return o
}

func twoPages(o *fakeOrigins) {
	o.serve(aliceOutbox, rootDocument(aliceTop))
	o.serve(aliceTop, pageDocument(aliceOutbox+"?max_id=4&page=true", 6, 5, 4))
	o.serve(aliceOutbox+"?max_id=4&page=true", pageDocument("", 3))
}

// open opens the account as a new process does.
func (o *repeats) open(t *testing.T) backfill.Listing {
	t.Helper()
	l, err := o.readerWith(t, Options{Memory: o.memory}).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (o *repeats) wantRequests(t *testing.T, want ...string) {
	t.Helper()
	if got := o.requests(); !slices.Equal(got, want) {
		t.Errorf("requests\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	o.forget()
}

func TestKnownAccountCostsOneRequest(t *testing.T) {
	o := newRepeats(t, true, twoPages)
	l := o.open(t)
	o.wantRequests(t)
	page, same, err := l.TopIfChanged(t.Context(), o.tag)
	if err != nil || !same || len(page.Posts) != 0 || page.Tag != o.tag || page.Total != 5 || l.Source() != ListingOutbox || l.Shortfall() != "" {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
	o.wantRequests(t, aliceTop)
	if moved, err := l.Revalidate(t.Context()); moved || err != nil {
		t.Error(moved, err)
	}
	o.wantRequests(t, alice)
	// Once is enough.
	if moved, err := l.Revalidate(t.Context()); moved || err != nil {
		t.Error(moved, err)
	}
	o.wantRequests(t)
	// The walk goes on below as ever.
	if _, posts := walk(t, l, aliceOutbox+"?max_id=4&page=true"); posts != 1 {
		t.Errorf("%d posts", posts)
	}
	// Of its profile nothing is kept but that it opts out.
	want := fediverse.Actor{
		URI: alice, Handle: account(alice).Handle, URL: "https://social.example.com/@alice", Summary: "#nobot", MovedTo: "https://new.example.com/users/alice",
	}
	if a := o.open(t).Actor(); !reflect.DeepEqual(a, want) {
		t.Errorf("the actor is remembered as %+v, want %+v", a, want)
	}
}

func TestChangedTop(t *testing.T) {
	o := newRepeats(t, true, twoPages)
	o.serve(aliceTop, pageDocument(aliceOutbox+"?max_id=5&page=true", 7, 6, 5))
	page, same, err := o.open(t).TopIfChanged(t.Context(), o.tag)
	if err != nil || same || len(page.Posts) != 3 || page.Tag == "" || page.Tag == o.tag {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
	o.wantRequests(t, aliceTop)
}

func TestNoValidators(t *testing.T) {
	o := newRepeats(t, false, twoPages)
	l := o.open(t)
	page, same, err := l.TopIfChanged(t.Context(), o.tag)
	if err != nil || same || len(page.Posts) != 3 || page.Tag != o.tag {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
	if _, err := l.Revalidate(t.Context()); err != nil {
		t.Error(err)
	}
	o.wantRequests(t, aliceTop, alice)
}

func TestInlineOutboxAgain(t *testing.T) {
	o := newRepeats(t, true, func(o *fakeOrigins) {
		o.serve(aliceOutbox, `{"type":"OrderedCollection","totalItems":3,`+strings.TrimPrefix(pageDocument("", 3, 2, 1), `{"type":"OrderedCollectionPage",`))
	})
	page, same, err := o.open(t).TopIfChanged(t.Context(), o.tag)
	if err != nil || !same || page.Total != 3 {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
	o.wantRequests(t, aliceOutbox)
}

// Ghost's first page begins at the time of asking, and would hide newer posts for as
// long as its address is remembered.
func TestFirstPageThatBeginsNow(t *testing.T) {
	first := func(cursor string) string { return aliceOutbox + "?cursor=" + cursor }
	o := newRepeats(t, true, func(o *fakeOrigins) {
		o.serve(aliceOutbox, rootDocument(first("2026-05-01T00%3A00%3A00Z")))
		o.serve(first("2026-05-01T00%3A00%3A00Z"), pageDocument("", 2, 1))
	})
	o.serve(aliceOutbox, rootDocument(first("2026-05-02T00%3A00%3A00Z")))
	o.serve(first("2026-05-02T00%3A00%3A00Z"), pageDocument("", 3, 2, 1))
	page, same, err := o.open(t).TopIfChanged(t.Context(), o.tag)
	if err != nil || same || len(page.Posts) != 3 {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
	for address, steady := range map[string]bool{
		aliceOutbox + "?page=true": true, aliceOutbox + "?page=1": true, aliceOutbox + "?limit=40": true, aliceOutbox + "?page=0&limit=80": true,
		aliceOutbox + "?page=12": false, aliceOutbox + "?offset=40": false,
		aliceOutbox + "?after=1777": false, aliceOutbox + "?cursor=abc": false, aliceOutbox + "?page=": false, aliceOutbox + "/1777": false,
		"https://social.example.com/outbox/alice?page=1": false, "": false,
	} {
		if got := (topTag{Outbox: aliceOutbox, Address: address}).isSteady(); got != steady {
			t.Errorf("%q: %v", address, got)
		}
	}
}

// The outbox answers as before, but the remembered page is gone.
func TestRememberedPageIsGone(t *testing.T) {
	o := newRepeats(t, true, twoPages)
	o.fail(aliceTop, 404)
	o.serve(aliceOutbox, rootDocument(aliceOutbox+"?p=1"))
	o.serve(aliceOutbox+"?p=1", pageDocument("", 7))
	page, same, err := o.open(t).TopIfChanged(t.Context(), o.tag)
	if err != nil || same || len(page.Posts) != 1 {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
	o.wantRequests(t, aliceTop, aliceOutbox, aliceOutbox+"?p=1")
}

// movedAway serves Alice with an outbox in another place.
func movedAway(t *testing.T, o *repeats) {
	t.Helper()
	const elsewhere = "https://social.example.com/outboxes/alice"
	var document map[string]any
	if err := json.Unmarshal(testDocument(t, "actors/mastodon"), &document); err != nil {
		t.Fatal(err)
	}
	document["outbox"] = elsewhere
	body, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	o.serve(alice, string(body))
	o.serve(elsewhere, rootDocument(elsewhere+"?page=true"))
	o.serve(elsewhere+"?page=true", pageDocument("", 8, 7))
}

func TestOutboxHasMoved(t *testing.T) {
	// Its old place is gone: the account is opened afresh.
	o := newRepeats(t, true, twoPages)
	movedAway(t, o)
	o.fail(aliceTop, 404)
	o.fail(aliceOutbox, 404)
	l := o.open(t)
	page, same, err := l.TopIfChanged(t.Context(), o.tag)
	if err != nil || same || len(page.Posts) != 2 {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
	if n := count(o.requests(), "webfinger"); n != 1 {
		t.Errorf("WebFinger was asked %d times", n)
	}
	o.forget()
	if moved, err := l.Revalidate(t.Context()); moved || err != nil {
		t.Error(moved, err)
	}
	o.wantRequests(t)
	// Its old place still answers: the actor says where it is now.
	o = newRepeats(t, true, twoPages)
	movedAway(t, o)
	l = o.open(t)
	if _, same, err := l.TopIfChanged(t.Context(), o.tag); err != nil || !same {
		t.Error(same, err)
	}
	if moved, err := l.Revalidate(t.Context()); !moved || err != nil {
		t.Error(moved, err)
	}
	if page, same, err := l.TopIfChanged(t.Context(), o.tag); err != nil || same || len(page.Posts) != 2 {
		t.Errorf("%+v, same %v, %v", page, same, err)
	}
}

func TestActorHasChanged(t *testing.T) {
	o := newRepeats(t, true, twoPages)
	o.serve(alice, strings.Replace(string(testDocument(t, "actors/mastodon")), `"summary":`, `"summary":"<p>#nobackfill</p>","_":`, 1))
	l := o.open(t)
	if moved, err := l.Revalidate(t.Context()); moved || err != nil {
		t.Error(moved, err)
	}
	if tag := fediverse.OptOut(l.Actor().Summary); tag != "#nobackfill" {
		t.Errorf("the profile says %q", l.Actor().Summary)
	}
	// That is remembered, too.
	if tag := fediverse.OptOut(o.open(t).Actor().Summary); tag != "#nobackfill" {
		t.Error("an opt-out is not remembered")
	}
	o.serve(alice, strings.Replace(string(testDocument(t, "actors/mastodon")), `"id":`, `"suspended":true,"id":`, 1))
	_, err := o.open(t).Revalidate(t.Context())
	wantCause(t, err, backfill.Suspended)
	if o.memory[aliceFact] != "" {
		t.Error("a suspended account is remembered")
	}
}

func TestActorIsGone(t *testing.T) {
	o := newRepeats(t, true, twoPages)
	o.fail(alice, 410)
	_, err := o.open(t).Revalidate(t.Context())
	wantCause(t, err, backfill.Gone)
	if o.memory[aliceFact] != "" {
		t.Error("it is still remembered")
	}
	// An error that may pass says nothing about the account.
	o = newRepeats(t, true, twoPages)
	o.fail(alice, 502)
	_, err = o.open(t).Revalidate(t.Context())
	wantCause(t, err, backfill.ServerError)
	if o.memory[aliceFact] == "" {
		t.Error("it is forgotten")
	}
}

func TestDamagedMemory(t *testing.T) {
	o := newRepeats(t, true, twoPages)
	good := o.memory[aliceFact]
	var fact map[string]any
	if err := json.Unmarshal([]byte(good), &fact); err != nil {
		t.Fatal(err)
	}
	damaged := []string{"x", "{}", "null", "[]", `{"uri":7}`, strings.Repeat(" ", maxFact) + good}
	for key, value := range map[string]any{
		"uri": "https://other.example.com/users/alice", "url": "javascript:x", "handle": "x", "outbox": "gopher://x", "moved_to": "\x00",
		"port": -1, "user": "a\nb", "followers": "x", "indexable": "x",
	} {
		changed := maps.Clone(fact)
		changed[key] = value
		text, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		damaged = append(damaged, string(text))
	}
	for _, value := range damaged {
		o.memory[aliceFact] = value
		o.forget()
		if l := o.open(t); l.Actor().URI != alice {
			t.Errorf("%.60q: %+v", value, l.Actor())
		}
		if n := count(o.requests(), "webfinger"); n != 1 {
			t.Errorf("%.60q is believed", value)
		}
	}
	for _, tag := range []string{"x", "{}", "7", `{"outbox":"https://x.example.com/"}`, strings.Repeat(" ", maxTopTag) + o.tag,
		strings.ReplaceAll(o.tag, aliceTop, "https://other.example.com/?page=true"), strings.ReplaceAll(o.tag, `"items":3`, `"items":-3`),
		strings.ReplaceAll(o.tag, `"items":3`, `"items":30000000`),
	} {
		page, same, err := o.open(t).TopIfChanged(t.Context(), tag)
		if err != nil || same || len(page.Posts) != 3 {
			t.Errorf("%.60q: %+v, same %v, %v", tag, page, same, err)
		}
	}
}

// An account that shows its profile only to signed requests has to be looked at each
// time.
func TestStrippedActorIsNotRemembered(t *testing.T) {
	o := &repeats{fakeOrigins: withAlice(t, "mastodon"), memory: memory{}}
	o.serve(alice, `{"id":"`+alice+`","type":"Person","preferredUsername":"alice","inbox":"`+alice+`/inbox","outbox":"`+aliceOutbox+`","publicKey":{"id":"x"}}`)
	o.open(t)
	if len(o.memory) != 0 {
		t.Errorf("remembered: %v", o.memory)
	}
}

func TestSoftwareIsRemembered(t *testing.T) {
	o := newRepeats(t, true, twoPages)
	o.memory["social.example.com nodeinfo"] = `{"Name":"Mastodon","Version":"4.5.3"}`
	r := o.readerWith(t, Options{Memory: o.memory})
	if s, err := r.software(t.Context(), "social.example.com", 0); err != nil || s.Name != "Mastodon" || s.Version != "4.5.3" {
		t.Errorf("%+v, %v", s, err)
	}
	o.wantRequests(t)
	for _, value := range []string{"x", "{}", `{"Name":7}`, `{"Name":"` + strings.Repeat("x", maxSoftware) + `"}`} {
		o.memory["social.example.com nodeinfo"] = value
		if _, found, err := r.recallSoftware(t.Context(), "social.example.com"); found || err != nil {
			t.Errorf("%.40q: %v, %v", value, found, err)
		}
	}
	// Whoever asks what a server runs gets its answer of today.
	o.memory["social.example.com nodeinfo"] = `{"Name":"Mastodon","Version":"4.5.3"}`
	o.forget()
	o.readerWith(t, Options{Memory: o.memory}).Describe(t.Context(), account(alice))
	if count(o.requests(), "nodeinfo") == 0 {
		t.Error("the server was not asked")
	}
}
