package activitypub

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tootfill/backfill"
)

const aliceOutbox = alice + "/outbox"

func openAlice(t *testing.T, o *fakeOrigins) backfill.Listing {
	t.Helper()
	l, err := o.reader(t).Open(t.Context(), account(alice))
	if err != nil {
		t.Fatal(err)
	}
	o.forget()
	return l
}

// pageDocument returns a page with posts of the given numbers.
func pageDocument(next string, numbers ...int) string {
	var items []string
	for _, n := range numbers {
		items = append(items, fmt.Sprintf(`{"id":"%s/statuses/%d/activity","type":"Create","object":{"id":"%s/statuses/%d","type":"Note",`+
			`"attributedTo":"%s","to":"as:Public","published":"2024-01-01T00:00:00Z"}}`, alice, n, alice, n, alice))
	}
	if next != "" {
		next = fmt.Sprintf(`"next":%q,`, next)
	}
	return fmt.Sprintf(`{"type":"OrderedCollectionPage",%s"orderedItems":[%s]}`, next, strings.Join(items, ","))
}

func rootDocument(first string) string {
	return fmt.Sprintf(`{"type":"OrderedCollection","totalItems":5,"first":%q}`, first)
}

// walk reads a listing to its end and returns how many pages and posts it had.
func walk(t *testing.T, l backfill.Listing, cursor string) (pages, posts int) {
	t.Helper()
	for {
		p, err := l.Page(t.Context(), cursor)
		if err != nil {
			t.Fatalf("page %d: %v", pages+1, err)
		}
		pages++
		posts += len(p.Posts)
		if p.Next == "" {
			return pages, posts
		}
		if cursor = p.Next; pages > 100 {
			t.Fatal("the walk does not end")
		}
	}
}

func TestWalk(t *testing.T) {
	o := withAlice(t, "mastodon")
	o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=true"))
	o.serve(aliceOutbox+"?page=true", pageDocument(aliceOutbox+"?max_id=4&page=true&c=2024-01-01T00%3A00", 6, 5, 4))
	o.serve(aliceOutbox+"?max_id=4&page=true&c=2024-01-01T00%3A00", pageDocument(aliceOutbox+"?max_id=2&page=true", 3, 2))
	o.serve(aliceOutbox+"?max_id=2&page=true", pageDocument(""))
	l := openAlice(t, o)
	top, err := l.Page(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if top.Items != 3 || len(top.Posts) != 3 || len(top.Marks) != 3 || top.Marks[0] != alice+"/statuses/6/activity" ||
		top.Next != aliceOutbox+"?max_id=4&page=true&c=2024-01-01T00%3A00" {
		t.Errorf("top = %+v", top)
	}
	if pages, posts := walk(t, l, ""); pages != 3 || posts != 5 {
		t.Errorf("%d pages, %d posts", pages, posts)
	}
	// A later process continues at a cursor, without reading the top again.
	l = openAlice(t, o)
	if pages, posts := walk(t, l, top.Next); pages != 2 || posts != 2 {
		t.Errorf("resumed: %d pages, %d posts", pages, posts)
	}
	if n := count(o.requests(), "page="); n != len(o.requests()) || n != 2 {
		t.Errorf("requests: %q", o.requests())
	}
}

// Every document is the whole outbox: one page, or no list at all.
func TestOutboxesOfOneDocument(t *testing.T) {
	for name, want := range map[string]struct {
		items int
		cause backfill.Cause
	}{
		"takahe_inline": {2, ""}, "bridgyfed_root": {0, ""}, "peertube_empty": {0, ""}, "nodebb_small": {2, ""},
		"lemmy_group": {2, ""}, "pixelfed_root": {0, backfill.NoOutbox}, "gotosocial_hidden": {0, ""},
		"funkwhale_user": {0, backfill.NoOutbox},
	} {
		t.Run(name, func(t *testing.T) {
			o := withAlice(t, "mastodon")
			o.serve(aliceOutbox, string(testDocument(t, "collections/"+name)))
			p, err := openAlice(t, o).Page(t.Context(), "")
			if want.cause != "" {
				wantCause(t, err, want.cause)
				return
			}
			if err != nil || p.Items != want.items {
				t.Errorf("%d items, %v", p.Items, err)
			}
			if p.Next != "" && name != "nodebb_small" { // its next is the outbox's true address
				t.Errorf("next = %q", p.Next)
			}
		})
	}
}

func TestEmptyWordPress(t *testing.T) {
	o := withAlice(t, "mastodon")
	o.serve(aliceOutbox, string(testDocument(t, "collections/wordpress4_empty")))
	o.serve(aliceOutbox+"?page=1", string(testDocument(t, "collections/wordpress4_empty")))
	if pages, posts := walk(t, openAlice(t, o), ""); pages != 1 || posts != 0 {
		t.Errorf("%d pages, %d posts", pages, posts)
	}
}

func TestWalkEnds(t *testing.T) {
	page := func(n int) string { return fmt.Sprintf("%s?page=%d", aliceOutbox, n) }
	for _, c := range []struct {
		name         string
		serve        func(*fakeOrigins)
		pages, posts int
	}{
		{"a page that is its own next (NodeBB)", func(o *fakeOrigins) {
			o.serve(aliceOutbox, pageDocument(aliceOutbox, 2, 1))
		}, 1, 2},
		{"a cycle", func(o *fakeOrigins) {
			o.serve(aliceOutbox, rootDocument(page(1)))
			o.serve(page(1), pageDocument(page(2), 6, 5))
			o.serve(page(2), pageDocument(page(3), 4, 3))
			o.serve(page(3), pageDocument(page(1), 2, 1))
		}, 3, 6},
		{"back to the root", func(o *fakeOrigins) {
			o.serve(aliceOutbox, rootDocument(page(1)))
			o.serve(page(1), pageDocument(aliceOutbox, 1))
		}, 1, 1},
		{"empty pages for ever (WriteFreely)", func(o *fakeOrigins) {
			o.serve(aliceOutbox, rootDocument(page(1)))
			o.serve(page(1), pageDocument(page(2), 2, 1))
			for n := 2; n < 50; n++ {
				o.serve(page(n), pageDocument(page(n+1)))
			}
		}, 4, 2},
		{"the last page for ever (BookWyrm of old)", func(o *fakeOrigins) {
			o.serve(aliceOutbox, rootDocument(page(1)))
			for n := 1; n < 50; n++ {
				o.serve(page(n), pageDocument(page(n+1), 2, 1))
			}
		}, 4, 2},
		{"two pages in a row without anything new are no end", func(o *fakeOrigins) {
			o.serve(aliceOutbox, rootDocument(page(1)))
			o.serve(page(1), pageDocument(page(2), 2, 1))
			o.serve(page(2), pageDocument(page(3)))
			o.serve(page(3), pageDocument(page(4), 2, 1))
			o.serve(page(4), pageDocument(page(5), 0))
			o.serve(page(5), pageDocument(""))
		}, 5, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := withAlice(t, "mastodon")
			c.serve(o)
			if pages, posts := walk(t, openAlice(t, o), ""); pages != c.pages || posts != c.posts {
				t.Errorf("%d pages with %d posts, want %d with %d", pages, posts, c.pages, c.posts)
			}
		})
	}
}

func TestNextMustBeOnTheOutboxesHost(t *testing.T) {
	for next, cause := range map[string]backfill.Cause{
		"https://evil.example.com/outbox?page=2":            backfill.Forbidden,
		"http://evil.example.com/outbox?page=2":             backfill.Forbidden,
		"http://social.example.com:8080/users/alice/outbox": backfill.Forbidden,
		"https://social.example.com:8443/x":                 backfill.Forbidden,
		"https://127.0.0.1/x":                               backfill.Forbidden,
		"https://u@social.example.com/x":                    backfill.Forbidden,
		"/users/alice/outbox?page=2":                        backfill.Malformed,
		"file:///etc/passwd":                                backfill.Malformed,
		"https://social.example.com/\u202ex":                backfill.Malformed,
	} {
		o := withAlice(t, "mastodon")
		o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
		o.serve(aliceOutbox+"?page=1", pageDocument(next, 2, 1))
		l := openAlice(t, o)
		p, err := l.Page(t.Context(), "")
		if err != nil || len(p.Posts) != 2 {
			t.Fatalf("%s: the page before: %v", next, err)
		}
		o.forget()
		_, err = l.Page(t.Context(), p.Next)
		wantCause(t, err, cause)
		// The same if a later run gets it back from the ledger.
		l = openAlice(t, o)
		_, err = l.Page(t.Context(), next)
		wantCause(t, err, cause)
		if n := len(o.requests()); n != 0 {
			t.Errorf("%s: %q was asked for", next, o.requests())
		}
	}
}

// A server that does not know that it is behind a proxy writes http.
func TestNextInTheClearIsAskedForWithHTTPS(t *testing.T) {
	clear := func(address string) string { return "http" + strings.TrimPrefix(address, "https") }
	o := withAlice(t, "mastodon")
	o.serve(alice, strings.ReplaceAll(string(testDocument(t, "actors/mastodon")), aliceOutbox, clear(aliceOutbox)))
	o.serve(aliceOutbox, rootDocument(strings.Replace(clear(aliceOutbox), ".com", ".com:80", 1)+"?page=1"))
	o.serve(aliceOutbox+"?page=1", pageDocument(clear(aliceOutbox)+"?page=2&at=10%3A00", 3, 2))
	o.serve(aliceOutbox+"?page=2&at=10%3A00", pageDocument(clear(aliceOutbox)+"?page=1", 1))
	l := openAlice(t, o)
	if pages, posts := walk(t, l, ""); pages != 2 || posts != 3 {
		t.Errorf("%d pages, %d posts", pages, posts)
	}
	// So is the cursor that an earlier version left in the ledger.
	if pages, posts := walk(t, openAlice(t, o), clear(aliceOutbox)+"?page=2&at=10%3A00"); pages != 2 || posts != 3 {
		t.Errorf("resumed: %d pages, %d posts", pages, posts)
	}
}

func TestOutboxOnAnotherHost(t *testing.T) {
	const elsewhere = "https://micro.example.com/activitypub/alice/outbox"
	o := withAlice(t, "microblog")
	o.serve(elsewhere, rootDocument(elsewhere+"?page=1"))
	o.serve(elsewhere+"?page=1", pageDocument(elsewhere+"?page=2", 2))
	o.serve(elsewhere+"?page=2", pageDocument("", 1))
	if pages, posts := walk(t, openAlice(t, o), ""); pages != 2 || posts != 2 {
		t.Errorf("%d pages, %d posts", pages, posts)
	}
}

// An object is passed on to home only in the words of its author's own host.
func TestObjectsOfAnotherHostAreNotKept(t *testing.T) {
	for address, kept := range map[string]bool{aliceOutbox: true, "https://micro.example.com/activitypub/alice/outbox": false} {
		o := withAlice(t, map[bool]string{true: "mastodon", false: "microblog"}[kept])
		o.serve(address, strings.Replace(pageDocument("", 1), "{", `{"@context":"https://www.w3.org/ns/activitystreams",`, 1))
		l, err := o.readerWith(t, Options{Objects: true}).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Page(t.Context(), "")
		if err != nil || len(p.Posts) != 1 || (p.Posts[0].Object != nil) != kept {
			t.Errorf("%s: %+v, %v", address, p.Posts, err)
		}
	}
}

// A page in plain JSON is read, but its content type proves nothing, and home does
// not check the content type of an object given to it.
func TestObjectsInPlainJSONAreNotKept(t *testing.T) {
	for contentType, kept := range map[string]bool{
		"application/json": false, "Application/JSON; charset=utf-8": false, "application/activity+json": true,
		`application/ld+json; profile="https://www.w3.org/ns/activitystreams"`: true,
	} {
		o := withAlice(t, "mastodon")
		page := strings.Replace(pageDocument("", 1), "{", `{"@context":"https://www.w3.org/ns/activitystreams",`, 1)
		o.set(aliceOutbox, fakeDocument{status: http.StatusOK, contentType: contentType, body: page})
		l, err := o.readerWith(t, Options{Objects: true}).Open(t.Context(), account(alice))
		if err != nil {
			t.Fatal(err)
		}
		p, err := l.Page(t.Context(), "")
		if err != nil || len(p.Posts) != 1 || (p.Posts[0].Object != nil) != kept {
			t.Errorf("%s: %+v, %v", contentType, p.Posts, err)
		}
	}
}

func TestFailingPageCanBeReadAgain(t *testing.T) {
	o := withAlice(t, "mastodon")
	o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
	o.serve(aliceOutbox+"?page=1", pageDocument(aliceOutbox+"?page=2", 2))
	o.fail(aliceOutbox+"?page=2", http.StatusInternalServerError)
	l := openAlice(t, o)
	p, err := l.Page(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Page(t.Context(), p.Next)
	wantCause(t, err, backfill.ServerError)
	o.serve(aliceOutbox+"?page=2", pageDocument("", 1))
	if pages, posts := walk(t, l, p.Next); pages != 1 || posts != 1 {
		t.Errorf("%d pages, %d posts", pages, posts)
	}
}

func TestOutboxErrors(t *testing.T) {
	for status, cause := range map[int]backfill.Cause{
		401: backfill.NeedsSignature, 403: backfill.NeedsSignature, 404: backfill.NoOutbox, 410: backfill.Gone, 500: backfill.ServerError,
	} {
		o := withAlice(t, "mastodon")
		o.fail(aliceOutbox, status)
		_, err := openAlice(t, o).Page(t.Context(), "")
		wantCause(t, err, cause)
	}
	for name, body := range map[string]string{"an error text": `{"error":"x"}`, "the root again": rootDocument(aliceOutbox + "?page=1")} {
		o := withAlice(t, "mastodon")
		o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
		o.serve(aliceOutbox+"?page=1", body)
		_, err := openAlice(t, o).Page(t.Context(), "")
		t.Run(name, func(t *testing.T) { wantCause(t, err, backfill.Malformed) })
	}
	_, err := openAlice(t, withAlice(t, "akkoma_stripped")).Page(t.Context(), "")
	wantCause(t, err, backfill.NeedsSignature)
	o := withAlice(t, "mastodon")
	o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=true"))
	_, err = openAlice(t, o).Page(t.Context(), "") // the page is 404
	wantCause(t, err, backfill.NoOutbox)
}

// An activity that gives only the id of its post is the account's, however it spells
// the name of the host; a post by somebody else is not.
func TestPerformers(t *testing.T) {
	for by, want := range map[string]string{
		alice:                                    alice,
		"https://Social.Example.com/users/alice": alice,
		"https://social.example.com/users/bob":   "https://social.example.com/users/bob",
	} {
		o := withAlice(t, "mastodon")
		o.serve(aliceOutbox, fmt.Sprintf(`{"type":"OrderedCollection","orderedItems":[{"type":"Create","actor":%q,"to":"as:Public","object":"%s/1"}]}`, by, alice))
		p, err := openAlice(t, o).Page(t.Context(), "")
		if err != nil || len(p.Posts) != 1 || !p.Posts[0].Bare || p.Posts[0].Author != want {
			t.Errorf("%s: %+v, %v", by, p.Posts, err)
		}
	}
}

func TestRecentIsBounded(t *testing.T) {
	r := newRecent(100)
	for i := range 1000 {
		if !r.add(fmt.Sprint(i)) {
			t.Errorf("%d is not new", i)
		}
		if i >= 100 && !r.has(fmt.Sprint(i-99)) {
			t.Errorf("%d was forgotten too early", i-99)
		}
	}
	if n := len(r.young) + len(r.old); n > 200 {
		t.Errorf("%d are remembered", n)
	}
}

func datedPage(next string, days ...int) string {
	var items []string
	for _, day := range days {
		items = append(items, fmt.Sprintf(`{"id":"%s/%d","type":"Note","attributedTo":"%s","to":"as:Public","published":"2024-01-%02dT00:00:00Z"}`, alice, day, alice, day))
	}
	return fmt.Sprintf(`{"type":"OrderedCollectionPage","next":%q,"orderedItems":[%s]}`, next, strings.Join(items, ","))
}

// Newer posts behind older ones mean that the origin has mixed up its cursors;
// other kinds of disorder do not.
func TestSwappedPages(t *testing.T) {
	for _, c := range []struct {
		name   string
		second []int
		first  []int
		ok     bool
	}{
		{"older", []int{5, 4}, []int{9, 8}, true},
		{"newer and ascending", []int{10, 11}, []int{9, 8}, false},
		{"the first page upside down", []int{8, 9}, []int{9, 8, 7}, false},
		{"newer but descending", []int{11, 10}, []int{9, 8}, true},
		{"one old post brought up", []int{12, 5, 4}, []int{9, 8}, true},
		{"the last page again", []int{9, 8}, []int{9, 8}, true},
		{"oldest first from the top", []int{8, 9}, []int{6, 7}, true},
		{"one newer post", []int{12}, []int{9, 8}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := withAlice(t, "mastodon")
			o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
			o.serve(aliceOutbox+"?page=1", datedPage(aliceOutbox+"?page=2", c.first...))
			o.serve(aliceOutbox+"?page=2", datedPage("", c.second...))
			l := openAlice(t, o)
			if _, err := l.Page(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			_, err := l.Page(t.Context(), aliceOutbox+"?page=2")
			if c.ok && err != nil {
				t.Error(err)
			}
			if !c.ok {
				wantCause(t, err, backfill.Malformed)
			}
		})
	}
}

// Years with a page each, oldest first: no page comes from a mixed-up cursor.
func TestPagesOldestFirst(t *testing.T) {
	days := regexp.MustCompile(`/statuses/(\d)","type":"Note",(.*?)"2024-01-01`)
	dated := func(page string) string {
		return days.ReplaceAllString(page, `/statuses/$1","type":"Note",$2"2024-01-0$1`)
	}
	for name, years := range map[string][3][]int{
		"one post in the first year":  {{1}, {2, 3}, {4, 5}},
		"a day's posts in the first":  {{1, 1}, {2, 3}, {4, 5}},
		"without order in the first":  {{2, 1, 3}, {4, 5}, {6, 7}},
		"in order within every year":  {{1, 2}, {3, 4}, {5, 6}},
		"newest first in every year":  {{2, 1}, {4, 3}, {6, 5}},
		"one post in the middle year": {{1, 2}, {3}, {4, 5}},
	} {
		o := withAlice(t, "mastodon")
		o.serve(aliceOutbox, rootDocument(aliceOutbox+"?page=1"))
		o.serve(aliceOutbox+"?page=1", dated(pageDocument(aliceOutbox+"?page=2", years[0]...)))
		o.serve(aliceOutbox+"?page=2", dated(pageDocument(aliceOutbox+"?page=3", years[1]...)))
		o.serve(aliceOutbox+"?page=3", dated(pageDocument("", years[2]...)))
		t.Run(name, func(t *testing.T) {
			if pages, _ := walk(t, openAlice(t, o), ""); pages != 3 {
				t.Errorf("%d pages", pages)
			}
		})
	}
}
