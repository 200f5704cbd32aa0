package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHomeAnswers(t *testing.T) {
	w := begin(t, Options{})
	h := w.Home()
	h.AddToken("narrow", "read:lists")
	h.AddAppToken("app", "read")
	h.AddToken("dead", "read")
	h.RevokeToken("dead")
	gallery := w.accountID("gallery@photos.example")
	const (
		invalid  = `{"error":"The access token is invalid"}`
		revoked  = `{"error":"The access token was revoked"}`
		scope    = `{"error":"This action is outside the authorized scopes"}`
		noRecord = `{"error":"Record not found"}`
		noUser   = `{"error":"This method requires an authenticated user"}`
		noResult = `{"accounts":[],"hashtags":[],"statuses":[]}`
		noResolv = `{"error":"Search queries that resolve remote resources are not supported without authentication"}`
	)
	for _, tc := range []struct {
		path, token string
		status      int
		body        string // the whole body; "" for any
	}{
		{"/api/v1/accounts/lookup?acct=gallery@photos.example", "", 200, ""},
		{"/api/v1/accounts/lookup?acct=@Gallery@Photos.example", Token, 200, ""},
		{"/api/v1/accounts/lookup?acct=you", Token, 200, ""},
		{"/api/v1/accounts/lookup?acct=you@home.example", Token, 200, ""},
		{"/api/v1/accounts/lookup?acct=carl@photos.example", Token, 404, noRecord}, // it exists, but lookup never resolves
		{"/api/v1/accounts/lookup", Token, 404, noRecord},
		{"/api/v1/accounts/lookup?acct=gallery@photos.example", "narrow", 403, scope},
		{"/api/v1/accounts/lookup?acct=gallery@photos.example", "dead", 401, revoked},
		{"/api/v1/accounts/lookup?acct=gallery@photos.example", "nonsense", 200, ""},
		{"/api/v1/accounts/1", Token, 404, noRecord},
		{"/api/v1/accounts/" + gallery, "", 200, ""},
		{"/api/v1/accounts/1/statuses", Token, 404, noRecord},
		{"/api/v1/accounts/" + gallery + "/statuses", "narrow", 403, scope},
		{"/api/v1/accounts/1/following", Token, 404, noRecord},
		{"/api/v1/accounts/relationships?id[]=1", Token, 200, `[]`},
		{"/api/v1/accounts/relationships?id[]=1", "narrow", 403, scope},
		{"/api/v1/accounts/relationships?id[]=1", "", 401, invalid},
		{"/api/v1/accounts/verify_credentials", "", 401, invalid},
		{"/api/v1/accounts/verify_credentials", "dead", 401, revoked},
		{"/api/v1/accounts/verify_credentials", "app", 422, noUser},
		{"/api/v1/accounts/verify_credentials", "narrow", 403, scope},
		{"/api/v1/apps/verify_credentials", "nonsense", 401, invalid},
		{"/api/v1/apps/verify_credentials", "narrow", 200, ""},
		{"/api/v1/accounts/search?q=@nobody@photos.example&resolve=true", Token, 200, `[]`},
		{"/api/v1/accounts/search?q=@a@mastodon.social&resolve=true", Token, 200, `[]`},
		{"/api/v1/accounts/search?q=carl@photos.example", Token, 200, `[]`},
		{"/api/v1/accounts/search?q=carl@photos.example&resolve=true", "app", 422, noUser},
		{"/api/v1/accounts/search?q=carl@photos.example&resolve=true", "", 401, invalid},
		{"/api/v2/search?q=https://photos.example/x&resolve=true", "", 401, noResolv},
		{"/api/v2/search?q=https://photos.example/x&resolve=true", "app", 401, noResolv},
		{"/api/v2/search?q=https://photos.example/x&resolve=true", "nonsense", 401, noResolv},
		{"/api/v2/search?q=https://photos.example/x&resolve=true", "narrow", 403, scope},
		{"/api/v2/search?q=https://photos.example/x&resolve=true", "dead", 401, revoked},
		{"/api/v2/search?resolve=true", Token, 400, `{"error":"param is missing or the value is empty or invalid: q"}`},
		{"/api/v2/search?q=x&offset=2", "", 401, `{"error":"Search queries pagination is not supported without authentication"}`},
		{"/api/v2/search?q=https://photos.example/x", Token, 200, noResult},
		{"/api/v2/search?q=https://photos.example/x&resolve=true&type=statuses", Token, 200, noResult},
		{"/api/v3/nothing", Token, 404, `{"error":"Not Found"}`},
		{"/actor", "", 200, ""},
	} {
		header := []string{"Accept", "application/json"}
		if tc.token != "" {
			header = append(header, "Authorization", "Bearer "+tc.token)
		}
		r := w.fetch("https://home.example"+tc.path, header...)
		if r.status != tc.status || tc.body != "" && r.body != tc.body {
			t.Errorf("%s as %q: %d %s, want %d %s", tc.path, tc.token, r.status, r.body, tc.status, tc.body)
		}
		if !strings.HasPrefix(r.header.Get("Content-Type"), "application/") {
			t.Errorf("%s: content type %s", tc.path, r.header.Get("Content-Type"))
		}
	}
}

func TestUnknownRoutesAreHTMLForBrowsers(t *testing.T) {
	w := begin(t, Options{Empty: true})
	r := w.fetch("https://home.example/api/v1/nothing")
	if r.status != http.StatusNotFound || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.Contains(r.body, "<html") {
		t.Errorf("%d %s %s", r.status, r.header.Get("Content-Type"), r.body)
	}
	if r.header.Get("X-RateLimit-Limit") != "" {
		t.Error("a page that is not of the API has rate headers")
	}
	if w.Home().Requests()["/"] != 1 {
		t.Errorf("counted %v", w.Home().Requests())
	}
}

type listedStatus struct {
	ID         string    `json:"id"`
	URI        string    `json:"uri"`
	CreatedAt  time.Time `json:"created_at"`
	Visibility string    `json:"visibility"`
	Reblog     *struct {
		URI string `json:"uri"`
	} `json:"reblog"`
}

// pages follows next links to the end.
func (w *world) pages(path string) (uris []string, requests int) {
	w.t.Helper()
	for path != "" {
		r := w.get(path)
		requests++
		var list []listedStatus
		r.json(w.t, &list)
		for _, s := range list {
			uris = append(uris, s.URI)
		}
		path = r.next(w.t)
	}
	return uris, requests
}

func (r reply) next(t *testing.T) string {
	t.Helper()
	for _, l := range strings.Split(r.header.Get("Link"), ", ") {
		if target, ok := strings.CutSuffix(l, `>; rel="next"`); ok {
			u, err := url.Parse(strings.TrimPrefix(target, "<"))
			if err != nil {
				t.Fatal(err)
			}
			return u.RequestURI()
		}
	}
	return ""
}

func TestAccountStatuses(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	posts := a.Fill(100, time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC), 24*time.Hour)
	boost := a.Boost(posts[0], time.Date(2024, 5, 2, 0, 0, 0, 0, time.UTC))
	private := a.AddPost(Note{Published: time.Date(2024, 5, 3, 0, 0, 0, 0, time.UTC), Audience: Followers})
	direct := a.AddPost(Note{Published: time.Date(2024, 5, 4, 0, 0, 0, 0, time.UTC), Audience: Mentioned})
	h := w.Home()
	h.Hold(posts...)
	h.Hold(boost, private, direct)
	path := "/api/v1/accounts/" + w.accountID("alice@photos.example") + "/statuses"

	r := w.get(path + "?limit=40&exclude_reblogs=true")
	var list []listedStatus
	r.json(t, &list)
	if len(list) != 40 || list[0].URI != posts[99].URI() {
		t.Fatalf("%d statuses, the first is %s", len(list), list[0].URI)
	}
	want := `<https://home.example` + path + `?exclude_reblogs=true&limit=40&max_id=` + list[39].ID + `>; rel="next", ` +
		`<https://home.example` + path + `?exclude_reblogs=true&limit=40&min_id=` + list[0].ID + `>; rel="prev"`
	if got := r.header.Get("Link"); got != want {
		t.Errorf("Link: %s\nwant  %s", got, want)
	}
	for _, s := range list {
		if id := parseID(t, s.ID); !snowflakeTime(id).Truncate(time.Second).Equal(s.CreatedAt) {
			t.Errorf("id %s is of %v, created_at %v", s.ID, snowflakeTime(id), s.CreatedAt)
		}
	}
	if uris, n := w.pages(path + "?limit=40&exclude_reblogs=true"); len(uris) != 100 || n != 3 {
		t.Errorf("%d statuses on %d pages", len(uris), n)
	}
	if uris, n := w.pages(path + "?limit=50&exclude_reblogs=1"); len(uris) != 100 || n != 3 {
		t.Errorf("limit 50: %d statuses on %d pages, want the limit to be 40", len(uris), n)
	}
	if uris, n := w.pages(path); len(uris) != 101 || n != 6 || uris[0] != boost.URI() {
		t.Errorf("with boosts: %d statuses on %d pages of 20", len(uris), n)
	}
	h.Follow(a)
	if uris, _ := w.pages(path); len(uris) != 102 || uris[0] != private.URI() {
		t.Errorf("as a follower: %d statuses", len(uris))
	}
	min := w.get(path + "?limit=2&exclude_reblogs=true&min_id=" + list[10].ID)
	min.json(t, &list)
	if len(list) != 2 || list[0].URI != posts[91].URI() || list[1].URI != posts[90].URI() {
		t.Errorf("above min_id: %v", list)
	}
	h.BlockedBy(a, true)
	if uris, _ := w.pages(path); len(uris) != 0 {
		t.Errorf("a blocking account shows %d statuses", len(uris))
	}
}

func parseID(t *testing.T, s string) int64 {
	t.Helper()
	var id int64
	for _, c := range s {
		if c < '0' || c > '9' {
			t.Fatalf("id %q", s)
		}
		id = id*10 + int64(c-'0')
	}
	return id
}

func TestFollowing(t *testing.T) {
	w := begin(t, Options{Empty: true})
	o := w.AddOrigin("photos.example")
	for i := range 90 {
		w.Home().Follow(o.AddAccount(Profile{Username: "user" + formatID(int64(i))}))
	}
	pending := o.AddAccount(Profile{Username: "pending"})
	w.Home().RequestFollow(pending)
	path := "/api/v1/accounts/" + w.accountID("you") + "/following?limit=80"
	var names []string
	requests := 0
	for path != "" {
		r := w.get(path)
		var list []struct{ Acct string }
		r.json(t, &list)
		for _, a := range list {
			names = append(names, a.Acct)
		}
		path = r.next(t)
		requests++
	}
	if len(names) != 90 || requests != 2 || names[0] != "user89@photos.example" || names[89] != "user0@photos.example" {
		t.Errorf("%d accounts in %d requests: %v", len(names), requests, names)
	}
	relation := func() (following, requested bool) {
		var list []struct{ Following, Requested bool }
		w.get("/api/v1/accounts/relationships?id[]="+w.accountID("pending@photos.example")).json(t, &list)
		return list[0].Following, list[0].Requested
	}
	if following, requested := relation(); following || !requested {
		t.Errorf("pending: following %v, requested %v", following, requested)
	}
	w.Home().AcceptFollow(pending)
	if following, requested := relation(); !following || requested {
		t.Errorf("accepted: following %v, requested %v", following, requested)
	}
	w.Home().Unfollow(pending)
	if following, requested := relation(); following || requested {
		t.Errorf("unfollowed: following %v, requested %v", following, requested)
	}
}

func TestAccountSearchResolves(t *testing.T) {
	w := begin(t, Options{})
	found := func(q string) (accts []string) {
		var list []struct{ Acct string }
		w.get("/api/v1/accounts/search?resolve=true&limit=5&q="+q).json(t, &list)
		for _, a := range list {
			accts = append(accts, a.Acct)
		}
		return accts
	}
	before := w.Origin("photos.example").RequestCount()
	if got := found("@carl@photos.example"); !slices.Equal(got, []string{"carl@photos.example"}) {
		t.Errorf("carl: %v", got)
	}
	if n := w.Origin("photos.example").RequestCount() - before; n != 5 {
		t.Errorf("resolving made %d requests to the origin, want WebFinger, actor and three totals", n)
	}
	found("@carl@photos.example")
	if n := w.Origin("photos.example").RequestCount() - before; n != 5 {
		t.Errorf("a known account was fetched again: %d requests", n)
	}
	bea := w.Origin("words.example").AddAccount(Profile{Username: "bea"})
	for _, q := range []string{"bea@words.example", "bea@social.words.example"} {
		if got := found(q); !slices.Contains(got, "bea@words.example") {
			t.Errorf("%s: %v", q, got)
		}
	}
	if bea.URI() == "https://social.words.example/users/bea" {
		t.Error("ids are not numeric")
	}
	// Similar names are found too, as in Mastodon's search.
	if got := found("gal@photos.example"); !slices.Equal(got, []string{"gallery@photos.example"}) {
		t.Errorf("gal: %v", got)
	}
	w.Home().SuspendDomain("photos.example")
	if got := found("carl@photos.example"); len(got) != 0 {
		t.Errorf("from a suspended domain: %v", got)
	}
}

func TestInstance(t *testing.T) {
	w := begin(t, Options{Empty: true})
	var v1, v2 struct {
		Version string `json:"version"`
		Domain  string `json:"domain"`
		URI     string `json:"uri"`
	}
	w.get("/api/v1/instance").json(t, &v1)
	w.get("/api/v2/instance").json(t, &v2)
	if v1.Version != "4.5.3" || v2.Version != "4.5.3" || v1.URI != HomeDomain || v2.Domain != HomeDomain {
		t.Errorf("%+v %+v", v1, v2)
	}
	w.Home().SetSoftware("mastodon", "3.5.10")
	if r := w.get("/api/v2/instance"); r.status != http.StatusNotFound {
		t.Errorf("3.5 has no v2 instance, got %d", r.status)
	}
	if r := w.get("/api/v1/accounts/" + w.accountID("you")); strings.Contains(r.body, `"uri"`) {
		t.Errorf("accounts have a uri before 4.2: %s", r.body)
	}
	w.Home().SetSoftware("gotosocial", "0.20.1")
	w.get("/api/v1/instance").json(t, &v1)
	if v1.Version != "4.2.8 (compatible; gotosocial 0.20.1)" {
		t.Errorf("version %q", v1.Version)
	}
	var info struct {
		Software struct{ Name, Version string }
	}
	w.get("/nodeinfo/2.0").json(t, &info)
	if info.Software.Name != "gotosocial" || info.Software.Version != "0.20.1" {
		t.Errorf("nodeinfo: %+v", info)
	}
	w.Home().SetInstanceVersion("odd")
	w.get("/api/v1/instance").json(t, &v1)
	if v1.Version != "odd" {
		t.Errorf("version %q", v1.Version)
	}
	if r := w.get("/.well-known/nodeinfo"); !strings.Contains(r.body, "https://home.example/nodeinfo/2.0") {
		t.Errorf("nodeinfo links: %s", r.body)
	}
}

func TestMovedAccount(t *testing.T) {
	w := begin(t, Options{Empty: true})
	o := w.AddOrigin("photos.example")
	old, now := o.AddAccount(Profile{Username: "old"}), o.AddAccount(Profile{Username: "new"})
	old.SetMovedTo(now)
	w.Home().Know(old)
	w.Home().Know(now)
	var account struct{ Moved struct{ Acct string } }
	w.get("/api/v1/accounts/lookup?acct=old@photos.example").json(t, &account)
	if account.Moved.Acct != "new@photos.example" {
		t.Errorf("moved to %q", account.Moved.Acct)
	}
}

func TestBackfillEndpoint(t *testing.T) {
	w := begin(t, Options{Empty: true})
	h := w.Home()
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	a.Fill(45, time.Time{}, time.Hour)
	a.AddPost(Note{Audience: Followers})
	a.Boost(a.Posts()[3], time.Time{})
	h.Follow(a)
	h.HoldNewest(a, 5)
	path := "https://home.example/api/v1/accounts/" + w.accountID("alice@photos.example") + "/backfill"
	post := func(header ...string) reply {
		r, err := w.do(http.MethodPost, path, append([]string{"Accept", "application/json"}, header...)...)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := post("Authorization", "Bearer "+Token); r.status != http.StatusNotFound || r.body != `{"error":"Not Found"}` {
		t.Errorf("by default: %d %s", r.status, r.body)
	}
	for _, status := range []int{405, 422, 429, 501, 503} {
		h.SetBackfillEndpoint(BackfillEndpoint{Status: status, Header: http.Header{"Retry-After": {"120"}}, Message: "no"})
		if r := post("Authorization", "Bearer "+Token); r.status != status || r.header.Get("Retry-After") != "120" || r.body != `{"error":"no"}` {
			t.Errorf("%d: %d %v %s", status, r.status, r.header, r.body)
		}
	}
	h.SetBackfillEndpoint(BackfillEndpoint{Status: 202, Most: 30})
	if r := post(); r.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", r.status)
	}
	if n := len(h.Imports()); n != 0 {
		t.Fatalf("%d imports before any request was taken", n)
	}
	if r := post("Authorization", "Bearer "+Token); r.status != http.StatusAccepted {
		t.Errorf("%d %s", r.status, r.body)
	}
	h.Settle()
	if got, want := h.Held(a), a.Eligible()[:30]; !slices.Equal(got, want) {
		t.Errorf("holds %d posts, want the newest 30", len(got))
	}
	if n := len(h.Imports()); n != 25 {
		t.Errorf("%d imports, want the 25 that were missing", n)
	}
	if n := h.Requests()[BackfillRoute]; n != 8 {
		t.Errorf("counted %d requests for backfills", n)
	}
}

func TestAccountStatusesFilters(t *testing.T) {
	w := begin(t, Options{Empty: true})
	a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	b := w.AddOrigin("notes.example").AddAccount(Profile{Username: "bob"})
	day := func(n int) time.Time { return time.Date(2024, 5, n, 0, 0, 0, 0, time.UTC) }
	plain := a.AddPost(Note{Published: day(1), Tags: []string{"Cats"}})
	thread := a.AddPost(Note{Published: day(2), InReplyTo: plain.URI()})
	answer := a.AddPost(Note{Published: day(3), InReplyTo: b.AddPost(Note{Published: day(1)}).URI()})
	boost := a.Boost(plain, day(4))
	w.Home().Hold(plain, thread, answer, boost)
	path := "/api/v1/accounts/" + w.accountID("alice@photos.example") + "/statuses?"
	for query, want := range map[string][]*Post{
		"":                                  {boost, answer, thread, plain},
		"exclude_replies=true":              {boost, thread, plain},
		"exclude_reblogs=true":              {answer, thread, plain},
		"exclude_reblogs=false&tagged=cats": {plain},
		"pinned=true":                       {},
		"only_media=true":                   {},
		"limit=0":                           {},
	} {
		var got, uris []string
		got, _ = w.pages(path + query)
		for _, p := range want {
			uris = append(uris, p.URI())
		}
		if !slices.Equal(got, uris) {
			t.Errorf("%s: %v, want %v", query, got, uris)
		}
	}
	w.Home().Bury(answer.URI())
	if got, _ := w.pages(path); slices.Contains(got, answer.URI()) {
		t.Error("a deleted post is still held")
	}
	if got := w.resolved(answer.URI()); got != "" {
		t.Errorf("a deleted post came back: %s", got)
	}
}

// TestScopesOfWhatIsYours: each list of your own needs its own scope.
func TestScopesOfWhatIsYours(t *testing.T) {
	w := begin(t, Options{})
	for path, scope := range map[string]string{
		"/api/v1/lists": "read:lists", "/api/v1/follow_requests": "read:follows",
		"/api/v1/accounts/" + w.accountID("you") + "/followers": "read:accounts",
	} {
		w.Home().AddToken("right", scope)
		w.Home().AddToken("wrong", "read:search")
		for token, want := range map[string]int{"right": http.StatusOK, "wrong": http.StatusForbidden} {
			if r := w.fetch("https://home.example"+path, "Authorization", "Bearer "+token); r.status != want {
				t.Errorf("%s with %s: %d %s", path, token, r.status, r.body)
			}
		}
	}
}

// snowflakeTime returns the date in an id.
func snowflakeTime(id int64) time.Time { return time.UnixMilli(id >> 16).UTC() }
