package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/sandbox/fault"
)

const activityAccept = "application/activity+json"

func TestOriginAnswers(t *testing.T) {
	w := begin(t, Options{})
	gallery := w.Account("gallery@photos.example")
	var private, gone, boost *Post
	for _, p := range gallery.Posts() {
		switch {
		case p.Audience() == Followers:
			private = p
		case p.gone:
			gone = p
		case p.IsBoost():
			boost = p
		}
	}
	public := gallery.Posts()[0]
	ana := w.Account("ana@words.example")
	secret := w.Account("secret@closed.example")
	for _, tc := range []struct {
		url, accept string
		status      int
		contentType string
		has         string
	}{
		{"https://photos.example/.well-known/webfinger?resource=acct:Gallery@photos.example", "", 200, "application/jrd+json", `"subject":"acct:gallery@photos.example"`},
		{"https://photos.example/.well-known/webfinger?resource=" + gallery.URI(), "", 200, "application/jrd+json", gallery.URI()},
		{"https://photos.example/.well-known/webfinger?resource=acct:nobody@photos.example", "", 404, "", ""},
		{"https://photos.example/.well-known/webfinger?resource=acct:gallery@notes.example", "", 404, "", ""},
		{"https://photos.example/.well-known/webfinger", "", 400, "", ""},
		{"https://words.example/.well-known/webfinger?resource=acct:ana@words.example", "", 301, "text/html", ""},
		{"https://social.words.example/.well-known/webfinger?resource=acct:ana@words.example", "", 200, "application/jrd+json", `"subject":"acct:ana@words.example"`},
		{"https://social.words.example/.well-known/webfinger?resource=acct:ana@social.words.example", "", 200, "application/jrd+json", `"subject":"acct:ana@words.example"`},
		{"https://photos.example/.well-known/host-meta", "", 200, "application/xrd+xml", "lrdd"},
		{"https://photos.example/robots.txt", "", 200, "text/plain", "GPTBot"},
		{gallery.URI(), activityAccept, 200, activityAccept, gallery.URI() + `/outbox"`},
		{gallery.URI(), "text/html", 302, "text/html", ""},
		{gallery.URL(), "text/html", 200, "text/html", gallery.URI()},
		{gallery.URL(), activityAccept, 200, activityAccept, `"type":"Person"`},
		{ana.URI(), activityAccept, 200, activityAccept, `"id":"https://social.words.example/ap/users/`},
		{"https://photos.example/users/nobody", activityAccept, 404, "application/json", `{"error":"Not Found"}`},
		{gallery.URI() + "/outbox", "", 200, activityAccept, `"first":"https://photos.example/users/gallery/outbox?page=true"`},
		{public.URI(), activityAccept, 200, activityAccept, `"type":"Note"`},
		{public.URI(), "text/html", 302, "text/html", ""},
		{public.URL(), "text/html", 200, "text/html", public.URI()},
		{public.URI() + "/activity", activityAccept, 200, activityAccept, `"type":"Create"`},
		{boost.URI(), activityAccept, 200, activityAccept, `"type":"Announce"`},
		{private.URI(), activityAccept, 404, "application/json", ""},
		{gone.URI(), activityAccept, 410, "application/json", ""},
		{secret.URI(), activityAccept, 401, "application/json", `{"error":"Request not signed"}`},
		{secret.URI() + "/outbox?page=true", activityAccept, 401, "application/json", `{"error":"Request not signed"}`},
		{secret.URI() + "/outbox", "", 401, "application/json", ""},
		{secret.URL(), "text/html", 200, "text/html", ""},
		{"https://closed.example/.well-known/webfinger?resource=acct:secret@closed.example", "", 200, "application/jrd+json", ""},
		{"https://closed.example/nodeinfo/2.0", "", 200, "application/json", `"name":"mastodon"`},
		{"https://photos.example/nothing/at/all", "application/json", 404, "application/json", ""},
	} {
		r := w.fetch(tc.url, "Accept", tc.accept)
		if r.status != tc.status || !strings.HasPrefix(r.header.Get("Content-Type"), tc.contentType) || !strings.Contains(r.body, tc.has) {
			t.Errorf("%s for %q: %d %s %s", tc.url, tc.accept, r.status, r.header.Get("Content-Type"), r.body)
		}
	}
	forged := `keyId="` + homeKeyID + `",algorithm="hs2019",headers="(request-target) host date",signature="AAAA"`
	r := w.fetch(secret.URI(), "Accept", activityAccept, "Date", time.Now().UTC().Format(http.TimeFormat), "Signature", forged)
	if r.status != http.StatusUnauthorized {
		t.Errorf("a forged signature: %d", r.status)
	}
}

type outboxPage struct {
	Next         string
	Prev         string
	TotalItems   *int
	OrderedItems []struct {
		Type      string
		ID        string
		Published string
		Object    any
	}
}

func (w *world) walk(page string) (items []string, pages int) {
	w.t.Helper()
	for page != "" {
		var p outboxPage
		w.fetch(page).json(w.t, &p)
		if p.TotalItems != nil {
			w.t.Error("a page has totalItems")
		}
		for _, i := range p.OrderedItems {
			items = append(items, i.Type+" "+i.ID)
		}
		page = p.Next
		pages++
	}
	return items, pages
}

func TestOutbox(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	posts := a.Fill(37, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Hour)
	own := a.Boost(posts[0], time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC))
	private := a.AddPost(Note{Published: time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC), Audience: Followers})
	privateBoost := a.Boost(private, time.Date(2024, 1, 4, 0, 0, 0, 0, time.UTC))
	dateless := a.AddPost(Note{Published: time.Date(2024, 1, 5, 0, 0, 0, 0, time.UTC), Undated: true})
	a.AddPost(Note{Published: time.Date(2024, 1, 6, 0, 0, 0, 0, time.UTC), Audience: Mentioned})

	root := w.fetch(a.URI() + "/outbox")
	if !strings.Contains(root.body, `"totalItems":41`) {
		t.Errorf("the root should count all but direct posts: %s", root.body)
	}
	want := []string{"Create " + dateless.URI() + "/activity", "Announce " + privateBoost.URI(), "Announce " + own.URI()}
	for _, p := range slices.Backward(posts) {
		want = append(want, "Create "+p.URI()+"/activity")
	}
	// 40 entries on pages of 20: the second page is full, so a third is empty.
	items, pages := w.walk(a.URI() + "/outbox?page=true")
	if !slices.Equal(items, want) || pages != 3 {
		t.Errorf("%d pages, items\n%q\nwant\n%q", pages, items, want)
	}
	var page outboxPage
	r := w.fetch(a.URI() + "/outbox?page=true")
	r.json(t, &page)
	if page.OrderedItems[0].Published != "" {
		t.Error("the post without a date has one in its activity")
	}
	if _, ok := page.OrderedItems[1].Object.(map[string]any); !ok {
		t.Error("a boost of a private post of one's own has the object inline")
	}
	if page.OrderedItems[2].Object != posts[0].URI() {
		t.Errorf("a boost's object is %v, want the bare id", page.OrderedItems[2].Object)
	}
	if wantNext := a.URI() + "/outbox?max_id="; !strings.HasPrefix(page.Next, wantNext) || !strings.HasSuffix(page.Next, "&page=true") {
		t.Errorf("next is %s", page.Next)
	}
	if strings.Contains(r.body, `\u0026`) {
		t.Error("ampersands are escaped, which Mastodon does not do")
	}
	a.Origin().SetPageSize(50)
	if _, pages := w.walk(a.URI() + "/outbox?page=true"); pages != 1 {
		t.Errorf("%d pages of 50", pages)
	}
	posts[36].Delete()
	a.AddPost(Note{})
	if items, _ = w.walk(a.URI() + "/outbox?page=true"); len(items) != 40 || slices.Contains(items, "Create "+posts[36].URI()+"/activity") {
		t.Errorf("after a deletion and a new post: %d items", len(items))
	}
}

func TestOriginSettings(t *testing.T) {
	w := begin(t, Options{Empty: true})
	o := w.AddOrigin("photos.example")
	if w.AddOrigin("Photos.example") != o {
		t.Error("a second origin of the same name")
	}
	a := o.AddAccount(Profile{Username: "alice", Bio: "#nobot & friends", Fields: [][2]string{{"Site", "https://alice.example"}}})
	if o.AddAccount(Profile{Username: "Alice"}) != a {
		t.Error("a second account of the same name")
	}
	r := w.fetch(a.URI(), "Accept", activityAccept)
	for _, want := range []string{`class=\"mention hashtag\" rel=\"tag\">#<span>nobot</span>`, `"type":"PropertyValue"`, `"value":"https://alice.example"`} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the profile lacks %s: %s", want, r.body)
		}
	}
	o.SetRobots("User-agent: tootfill\nDisallow: /\n")
	if r := w.fetch("https://photos.example/robots.txt"); !strings.Contains(r.body, "tootfill") {
		t.Errorf("robots.txt: %s", r.body)
	}
	o.SetRobots("")
	if r := w.fetch("https://photos.example/robots.txt"); r.status != http.StatusNotFound {
		t.Errorf("no robots.txt: %d", r.status)
	}
	o.Handle("GET /extra", fault.Respond(200, "text/plain", "more"))
	if r := w.fetch("https://photos.example/extra"); r.body != "more" {
		t.Errorf("a route of the test's own: %s", r.body)
	}
	b := o.AddAccount(Profile{Username: "bob"})
	a.SetMovedTo(b)
	if r := w.fetch(a.URI(), "Accept", activityAccept); !strings.Contains(r.body, `"movedTo":"`+b.URI()+`"`) {
		t.Errorf("moved: %s", r.body)
	}
	a.Suspend()
	if r := w.fetch(a.URI(), "Accept", activityAccept); r.status != http.StatusGone {
		t.Errorf("suspended: %d", r.status)
	}
}

func TestNumericIDsAndSplitDomain(t *testing.T) {
	w := begin(t, Options{Empty: true})
	o := w.AddOrigin("words.example", WebDomain("social.words.example"), NumericIDs())
	a := o.AddAccount(Profile{Username: "ana"})
	p := a.AddPost(Note{})
	if !strings.HasPrefix(p.URI(), "https://social.words.example/ap/users/") || strings.Contains(p.URI(), "ana") {
		t.Errorf("URI %s", p.URI())
	}
	if a.Handle().String() != "ana@words.example" || o.HandleDomain() != "words.example" || o.Domain() != "social.words.example" {
		t.Errorf("handle %s", a.Handle())
	}
	if got := w.resolved(p.URI()); got != p.URI() {
		t.Errorf("resolved %q", got)
	}
	var account struct{ Acct string }
	w.get("/api/v1/accounts/lookup?acct=ana@words.example").json(t, &account)
	if account.Acct != "ana@words.example" {
		t.Errorf("home knows it as %q", account.Acct)
	}
	if o.Front().RequestCount() == 0 {
		t.Error("home did not let the handle domain confirm the handle")
	}
}

// The page above a post, as its prev link requests it.
func TestOutboxUpwards(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	posts := a.Fill(50, time.Time{}, time.Hour)
	var page outboxPage
	w.fetch(a.URI()+"/outbox?page=true&max_id="+formatID(posts[30].id)).json(t, &page)
	if got := page.OrderedItems[0].ID; got != posts[29].URI()+"/activity" {
		t.Errorf("below post 30 comes %s", got)
	}
	w.fetch(page.Prev).json(t, &page)
	if n := len(page.OrderedItems); n != 20 || page.OrderedItems[19].ID != posts[30].URI()+"/activity" || page.OrderedItems[0].ID != posts[49].URI()+"/activity" {
		t.Errorf("%d items above post 29", n)
	}
}
