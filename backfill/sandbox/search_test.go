package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill/sandbox/fault"
)

// What home accepts, and what it answers with an empty list.
func TestResolve(t *testing.T) {
	w := begin(t, Options{Empty: true})
	h := w.Home()
	o := w.AddOrigin("photos.example")
	other := w.AddOrigin("notes.example")
	a := o.AddAccount(Profile{Username: "alice"})
	b := other.AddAccount(Profile{Username: "bob"})
	day := func(n int) time.Time { return time.Date(2023, 3, n, 8, 0, 0, 0, time.UTC) }
	alter := func(key string, v any) func(map[string]any) {
		return func(doc map[string]any) { doc[key] = v }
	}
	public := a.AddPost(Note{Published: day(1)})
	unlisted := a.AddPost(Note{Published: day(2), Audience: Unlisted})
	private := a.AddPost(Note{Published: day(3), Audience: Followers})
	direct := a.AddPost(Note{Published: day(4), Audience: Mentioned})
	boost := a.Boost(public, day(5))
	gone := a.AddPost(Note{Published: day(6)})
	gone.Vanish()
	deleted := a.AddPost(Note{Published: day(7)})
	deleted.Delete()
	dateless := a.AddPost(Note{Published: day(8), Undated: true})
	foreign := a.AddPost(Note{Published: day(9), Alter: alter("attributedTo", b.URI())})
	stolen := a.AddPost(Note{Published: day(10), Alter: alter("id", b.URI()+"/statuses/1")})
	odd := a.AddPost(Note{Published: day(11), Alter: alter("type", "Listen")})
	buried := a.AddPost(Note{Published: day(12)})
	h.Bury(buried.URI())
	banned := b.AddPost(Note{Published: day(13)})
	h.SuspendDomain("notes.example")

	for _, tc := range []struct {
		name, url, want string
	}{
		{"a public post", public.URI(), public.URI()},
		{"the same again", public.URI(), public.URI()},
		{"its page", public.URL(), public.URI()},
		{"its activity", public.URI() + "/activity", ""},
		{"an unlisted post", unlisted.URI(), unlisted.URI()},
		{"a post for followers", private.URI(), ""},
		{"a direct post", direct.URI(), ""},
		{"a boost", boost.URI(), ""},
		{"a post that is gone", gone.URI(), ""},
		{"a deleted post", deleted.URI(), ""},
		{"a post without a date", dateless.URI(), dateless.URI()},
		{"a post by another server's account", foreign.URI(), ""},
		{"an id on another server", stolen.URI(), ""},
		{"an unknown type", odd.URI(), ""},
		{"a tombstone", buried.URI(), ""},
		{"a suspended domain", banned.URI(), ""},
		{"an account", a.URI(), ""},
		{"no such server", "https://unheard-of.example/users/x/statuses/1", ""},
		{"another world", "https://mastodon.social/users/Gargron/statuses/1", ""},
	} {
		if got := w.resolved(tc.url); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	var imported []string
	for _, i := range h.Imports() {
		imported = append(imported, i.URI)
	}
	if want := []string{public.URI(), unlisted.URI(), dateless.URI()}; !slices.Equal(imported, want) {
		t.Errorf("imported %v, want %v", imported, want)
	}
	if n := h.Asked(public.URI()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

// Ids contain the post's date; a post without one is dated now.
func TestResolvedDates(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	old := a.AddPost(Note{Published: time.Date(2019, 1, 2, 3, 4, 5, 0, time.UTC)})
	dateless := a.AddPost(Note{Published: time.Date(2019, 1, 3, 0, 0, 0, 0, time.UTC), Undated: true})
	edited := a.AddPost(Note{Published: time.Date(2019, 1, 4, 0, 0, 0, 0, time.UTC), Edited: time.Date(2019, 2, 1, 0, 0, 0, 0, time.UTC)})
	show := func(p *Post) (s struct {
		listedStatus
		EditedAt time.Time `json:"edited_at"`
	}) {
		var results struct{ Statuses []any }
		r := w.get("/api/v2/search?resolve=true&q=" + p.URI())
		r.json(t, &results)
		body := r.body[strings.Index(r.body, `"statuses":[`)+len(`"statuses":[`):]
		reply{body: body[:strings.LastIndex(body, "]")]}.json(t, &s)
		return s
	}
	if s := show(old); !snowflakeTime(parseID(t, s.ID)).Truncate(time.Second).Equal(old.Published()) {
		t.Errorf("id %s is of %v", s.ID, snowflakeTime(parseID(t, s.ID)))
	}
	if s := show(dateless); time.Since(s.CreatedAt) > time.Hour {
		t.Errorf("a post without a date is of %v", s.CreatedAt)
	}
	if s := show(edited); s.EditedAt.IsZero() {
		t.Error("an edited post shows no edit")
	}
	edited.Edit("again", time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC))
	if s := show(edited); s.EditedAt.Month() != time.March {
		t.Errorf("resolving a held post that was edited since shows %v", s.EditedAt)
	}
}

func TestResolveOriginFailures(t *testing.T) {
	w := begin(t, Options{Empty: true})
	h := w.Home()
	o := w.AddOrigin("photos.example")
	a := o.AddAccount(Profile{Username: "alice"})
	held, missing := a.AddPost(Note{}), a.AddPost(Note{})
	h.Hold(held)
	for _, tc := range []struct {
		name       string
		fault      Fault
		heldAnswer bool
	}{
		{"404", fault.Always(fault.Fail(404)), true},
		{"401", fault.Always(fault.Fail(401)), true},
		{"410", fault.Always(fault.Fail(410)), false},
		{"429", fault.Always(fault.Fail(429, "Retry-After", "60")), false},
		{"500", fault.Always(fault.Fail(500)), false},
		{"HTML", fault.Always(fault.FailHTML(200)), false},
		{"plain JSON", fault.Always(fault.Respond(200, "application/json", `{"type":"Note"}`)), false},
		{"broken JSON", fault.Always(fault.Respond(200, "application/activity+json", `{"type":`)), false},
		{"too much", fault.Always(fault.Respond(200, "application/activity+json", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`)), false},
		{"dropped", fault.Always(fault.Drop()), false},
		{"redirects for ever", fault.Always(http.RedirectHandler(held.URI(), http.StatusFound)), false},
	} {
		o.SetFault(tc.fault)
		want := ""
		if tc.heldAnswer {
			want = held.URI()
		}
		if got := w.resolved(held.URI()); got != want {
			t.Errorf("%s: a held post gives %q, want %q", tc.name, got, want)
		}
		if got := w.resolved(missing.URI()); got != "" {
			t.Errorf("%s: a missing post gives %q", tc.name, got)
		}
	}
	o.SetFault(nil)
	o.GoAway()
	if got := w.resolved(missing.URI()); got != "" {
		t.Errorf("away: %q", got)
	}
	o.ComeBack()
	if got := w.resolved(missing.URI()); got != missing.URI() {
		t.Errorf("back again: %q", got)
	}
}

func TestResolvePullsInThread(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	b := w.AddOrigin("notes.example").AddAccount(Profile{Username: "bob"})
	day := func(n int) time.Time { return time.Date(2023, 3, n, 8, 0, 0, 0, time.UTC) }
	question := b.AddPost(Note{Published: day(1)})
	root := a.AddPost(Note{Published: day(2), InReplyTo: question.URI()})
	var replies []string
	for i := range 7 {
		replies = append(replies, a.AddPost(Note{Published: day(3 + i), InReplyTo: root.URI()}).URI())
	}
	w.resolved(root.URI())
	w.Home().Settle()
	var got []string
	for _, i := range w.Home().Imports() {
		got = append(got, i.Via+" "+i.URI)
	}
	want := []string{"search " + root.URI(), "thread " + question.URI()}
	for _, uri := range replies[:5] {
		want = append(want, "thread "+uri)
	}
	if !slices.Equal(got, want) {
		t.Errorf("imported %q\nwant %q", got, want)
	}
}

func TestResolveBlockedBy(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	p := a.AddPost(Note{})
	w.Home().BlockedBy(a, true)
	r := w.get("/api/v2/search?resolve=true&q=" + p.URI())
	if r.status != http.StatusForbidden || r.body != `{"error":"This action is not allowed"}` {
		t.Errorf("%d %s", r.status, r.body)
	}
	if len(w.Home().Imports()) != 1 {
		t.Error("the post was not stored; Mastodon stores it all the same")
	}
}

// Home signs, so it reads what is hidden from others.
func TestResolveFromHiddenOrigin(t *testing.T) {
	w := begin(t, Options{})
	secret := w.Account("secret@closed.example")
	uri := secret.Eligible()[5]
	if got := w.resolved(uri); got != uri {
		t.Errorf("resolved %q", got)
	}
	if n := w.Origin("closed.example").SignedRequests(); n != 1 {
		t.Errorf("%d signed requests, want 1: the account is known", n)
	}
}

func TestResolveHomeCountsDrift(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	a.Fill(3, time.Time{}, time.Hour)
	a.AddPost(Note{Audience: Followers})
	w.Home().Follow(a)
	for _, uri := range a.Eligible() {
		w.resolved(uri)
	}
	if r := w.get("/api/v1/accounts/lookup?acct=alice@photos.example"); !strings.Contains(r.body, fmt.Sprintf(`"statuses_count":%d`, 4+3)) {
		t.Errorf("the count is not the origin's total and one for each import: %s", r.body)
	}
}

func TestResolveSearchesByName(t *testing.T) {
	w := begin(t, Options{})
	r := w.get("/api/v2/search?resolve=true&type=accounts&q=@carl@photos.example")
	if !strings.Contains(r.body, `"acct":"carl@photos.example"`) {
		t.Errorf("%s", r.body)
	}
	r = w.get("/api/v2/search?resolve=true&type=accounts&q=https://photos.example/@carl")
	if !strings.Contains(r.body, `"acct":"carl@photos.example"`) {
		t.Errorf("%s", r.body)
	}
	w.Home().SetSoftware("mastodon", "4.6.0")
	if r = w.get("/api/v2/search?resolve=true&q=https://photos.example/x"); r.body != `{"accounts":[],"collections":[],"hashtags":[],"statuses":[]}` {
		t.Errorf("4.6: %s", r.body)
	}
}

func TestFaults(t *testing.T) {
	w := begin(t, Options{})
	h := w.Home()
	uri := w.Account("carl@photos.example").Eligible()[0]
	path := "/api/v2/search?resolve=true&type=statuses&q=" + uri
	h.SetFault(fault.OnRoute("/api/v2/search", fault.Always(fault.Fail(503))))
	if r := w.get(path); r.status != 503 || r.body != `{"error":"There was a temporary problem serving your request, please try again"}` {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := w.get("/api/v1/instance"); r.status != http.StatusOK {
		t.Errorf("another route: %d", r.status)
	}
	h.SetFault(func(_ *http.Request, real http.Handler) http.Handler { return fault.Unheard(real, fault.FailHTML(504)) })
	if r := w.get(path); r.status != 504 || r.header.Get("Content-Type") != "text/html" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if n := len(h.Imports()); n != 1 {
		t.Errorf("%d imports behind the 504, want 1", n)
	}
	h.SetFault(fault.Always(fault.Drop()))
	if r, err := w.do(http.MethodGet, "https://home.example"+path); err == nil {
		t.Errorf("dropped: %d", r.status)
	}
}

// A profile counts as fresh for a day; then it is fetched again, with the next post.
func TestResolveRefreshesStaleAuthors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{InMemory: true, Empty: true})
		o := w.AddOrigin("photos.example")
		a := o.AddAccount(Profile{Username: "alice"})
		posts := a.Fill(3, time.Time{}, time.Hour)
		w.Home().Follow(a)
		for i, want := range []int{1, 1, 6} { // the post; later also the actor, WebFinger and three totals
			if i == 2 {
				time.Sleep(25 * time.Hour)
			}
			o.ResetRequests()
			w.resolved(posts[i].URI())
			if n := o.RequestCount(); n != want {
				t.Errorf("post %d cost %d requests to the origin, want %d: %v", i, n, want, o.Requests())
			}
		}
		w.close()
	})
}

// A hanging origin costs home ten seconds; then the answer is empty.
func TestResolveFromHangingOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := open(t, Options{InMemory: true, Empty: true})
		o := w.AddOrigin("photos.example")
		p := o.AddAccount(Profile{Username: "alice"}).AddPost(Note{})
		o.SetFault(func(r *http.Request, _ http.Handler) http.Handler {
			if addressOf(r) == homeAddress.String() {
				return fault.Hang()
			}
			return nil
		})
		start := time.Now()
		if got := w.resolved(p.URI()); got != "" {
			t.Errorf("resolved %q", got)
		}
		if took := time.Since(start); took != readTimeout {
			t.Errorf("took %v", took)
		}
		if r := w.fetch(p.URI(), "Accept", activityAccept); r.status != http.StatusOK {
			t.Errorf("to others: %d", r.status)
		}
		w.close()
	})
}

// Home recognises its own URLs and never fetches them.
func TestResolveLocalURLs(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	p := a.AddPost(Note{Published: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)})
	w.Home().Hold(p)
	var list []listedStatus
	w.get("/api/v1/accounts/"+w.accountID("alice@photos.example")+"/statuses").json(t, &list)
	for url, want := range map[string]string{
		"https://home.example/@alice@photos.example/" + list[0].ID: p.URI(),
		"https://home.example/@alice@photos.example/1":             "",
		"https://home.example/@alice@photos.example/x":             "",
		"https://home.example/":                                    "",
	} {
		if got := w.resolved(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	if r := w.get("/api/v2/search?resolve=true&q=https://home.example/users/you"); !strings.Contains(r.body, `"acct":"you"`) {
		t.Errorf("%s", r.body)
	}
	if n := a.Origin().RequestCount(); n != 0 {
		t.Errorf("%d requests to the origin", n)
	}
}

// A page without a Link header names its document in the HTML.
func TestResolvePageByLinkElement(t *testing.T) {
	w := begin(t, Options{Empty: true})
	o := w.AddOrigin("photos.example")
	p := o.AddAccount(Profile{Username: "alice"}).AddPost(Note{})
	path := strings.TrimPrefix(p.URI(), "https://photos.example")
	o.Handle("GET /page", fault.Respond(200, "text/html", `<html><head><link href="`+path+`" rel="alternate" type="application/activity+json"></head></html>`))
	o.Handle("GET /loop", fault.Respond(200, "text/html", `<html><head><link href="/page" rel="alternate" type="application/activity+json"></head></html>`))
	if got := w.resolved("https://photos.example/page"); got != p.URI() {
		t.Errorf("resolved %q", got)
	}
	if got := w.resolved("https://photos.example/loop"); got != "" {
		t.Errorf("two pages in a row: %q", got)
	}
}
