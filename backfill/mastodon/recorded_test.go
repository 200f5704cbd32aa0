package mastodon

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
	"tootfill/backfill/recorded"
)

// recordedHome is a home that answers as a real one did.
type recordedHome struct {
	*Server
	playback *recorded.Playback
}

// playHome answers with the recorded exchanges of these names.
func playHome(t *testing.T, exchanges ...recorded.Exchange) recordedHome {
	t.Helper()
	p := recorded.Play(t, exchanges...)
	s, _ := newFake(t, Options{Server: exchanges[0].URL.Host, Clock: backfilltest.NewClock(), Rate: limit.Unlimited}, p)
	return recordedHome{Server: s, playback: p}
}

// sample is what the exchanges of a version are about.
type sample struct {
	version, software string
	me, remote        fediverse.Account
	held, fetched     string // URIs of posts
	following         []string
	followingCount    int
}

func samples() []sample {
	const alice, bob, frank = "https://origin.example/users/alice", "https://home.example/ap/users/117687720855585013", "https://origin.example/users/frank"
	return []sample{
		{
			version: recorded.Mastodon46, software: "4.6.5",
			me: fediverse.Account{ID: "117687720840701700", Handle: fediverse.Handle{User: "admin", Domain: "home.example"}, Username: "admin",
				URI: "https://home.example/ap/users/117687720840701700", URL: "https://home.example/@admin", Local: true},
			remote: fediverse.Account{ID: "117687729368619260", Handle: fediverse.Handle{User: "alice", Domain: "origin.example"}, Username: "alice",
				URI: alice, URL: "https://origin.example/@alice", DisplayName: "alice", Posts: 723},
			held: alice + "/statuses/117687915204892854", fetched: frank + "/statuses/117375983872494233",
			following: []string{"grace@split.example", "frank@origin.example"}, followingCount: 7,
		},
		{
			version: recorded.Mastodon43, software: "4.3.23",
			me: fediverse.Account{ID: "117687721326459558", Handle: fediverse.Handle{User: "alice", Domain: "origin.example"}, Username: "alice",
				URI: alice, URL: "https://origin.example/@alice", DisplayName: "alice", Local: true},
			remote: fediverse.Account{ID: "117687783496157937", Handle: fediverse.Handle{User: "bob", Domain: "home.example"}, Username: "bob",
				URI: bob, URL: "https://home.example/@bob", DisplayName: "bob", Posts: 415},
			held: bob + "/statuses/117676645632325138", fetched: bob + "/statuses/116852590749524843",
			following: []string{"bob@home.example"}, followingCount: 1,
		},
	}
}

// notRead are the recorded answers that no reader of this package requests.
var notRead = []string{
	"actor", "domain-blocks", "follow-requests", "followers", "lists", "oauth-metadata", "search-account", "search-account-unknown",
}

// TestRecordedAnswers gives every reader every answer recorded from its endpoint.
func TestRecordedAnswers(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.version, func(t *testing.T) {
			used := slices.Clone(notRead)
			read := func(name string) recorded.Exchange {
				used = append(used, name)
				return recorded.Read(t, s.version+"/"+name)
			}
			testRecordedAccounts(t, s, read)
			testRecordedToken(t, s, read)
			testRecordedSearch(t, s, read)
			testRecordedPosts(t, s, read)
			testRecordedSoftware(t, s, read)
			for _, e := range recorded.Folder(t, s.version) {
				if name := strings.TrimPrefix(e.Name, s.version+"/"); !slices.Contains(used, name) {
					t.Errorf("nobody reads %s", name)
				}
			}
		})
	}
}

type readExchange func(name string) recorded.Exchange

func testRecordedAccounts(t *testing.T, s sample, read readExchange) {
	instance := read("instance-v2")
	h := playHome(t, read("lookup"), instance)
	if a, err := h.Known(t.Context(), s.remote.Handle); err != nil || a != s.remote {
		t.Errorf("lookup: %+v, %v, want %+v", a, err, s.remote)
	}
	unknown := fediverse.Handle{User: "nobody", Domain: "nowhere.example"}
	h = playHome(t, read("lookup-unknown"), instance)
	if a, err := h.Known(t.Context(), unknown); !errors.Is(err, backfill.ErrNoAccount) {
		t.Errorf("lookup of an unknown one: %+v, %v", a, err)
	}
	h = playHome(t, read("relationships"))
	if st, err := h.Standing(t.Context(), s.remote); err != nil || !st.Following || st != (backfill.Standing{Following: true}) {
		t.Errorf("relationships: %+v, %v", st, err)
	}
	h = playHome(t, read("following").With("/api/v1/accounts/"+s.me.ID+"/following", "limit=80"),
		// the last page, of which there is no recording, is empty
		emptyPage(read("following"), "/api/v1/accounts/"+s.me.ID+"/following", "limit=80&max_id="+nextCursor(read("following").Header)))
	var followed []string
	for a, err := range h.Following(t.Context(), Identity{ID: s.me.ID}) {
		if err != nil {
			t.Errorf("following: %v", err)
		}
		followed = append(followed, a.Handle.String())
	}
	if !slices.Equal(followed, s.following) {
		t.Errorf("following %q, want %q", followed, s.following)
	}
	newest := linkedID(read("following").Header, "prev", "since_id")
	h = playHome(t, read("instance-v2"), read("following").With("/api/v1/accounts/"+s.me.ID+"/following", "limit=80&since_id=1"))
	page, err := h.FollowPage(t.Context(), Identity{ID: s.me.ID}, 1, "", func(text string) { t.Error(text) })
	if err != nil || !page.Ordered || strconv.FormatInt(page.Newest, 10) != newest || len(page.Accounts) != len(s.following) || page.Next != nextCursor(read("following").Header) {
		t.Errorf("a page of follows: %+v, %v", page, err)
	}
	h = playHome(t, read("backfill"))
	if err := h.Request(t.Context(), s.remote); !errors.Is(err, backfill.ErrNoEndpoint) {
		t.Errorf("backfill: %v", err)
	}
}

// emptyPage returns e at another address, without entries or further pages.
func emptyPage(e recorded.Exchange, path, query string) recorded.Exchange {
	e = e.With(path, query)
	e.Header = e.Header.Clone()
	e.Header.Del("Link")
	e.Body = []byte("[]")
	return e
}

func testRecordedToken(t *testing.T, s sample, read readExchange) {
	app, instance := read("verify-app"), read("instance-v2")
	h := playHome(t, app, read("verify-credentials"), instance)
	if id, err := h.Check(t.Context()); err != nil || id != (Identity{ID: s.me.ID, Handle: s.me.Handle, Following: s.followingCount}) {
		t.Errorf("a good token: %+v, %v", id, err)
	}
	for name, words := range map[string]string{
		"no-token":      "The access token is invalid",
		"wrong-token":   "The access token is invalid",
		"revoked-token": "The access token was revoked",
		"app-token":     "it belongs to an application and not to a user",
	} {
		h := playHome(t, app, read(name), instance)
		_, err := h.Check(t.Context())
		var unauthorized *backfill.UnauthorizedError
		if !errors.As(err, &unauthorized) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h = playHome(t, read("scope-missing"))
	_, err := h.Standing(t.Context(), s.remote)
	var unauthorized *backfill.UnauthorizedError
	if !errors.As(err, &unauthorized) || unauthorized.Scope != "read:follows" {
		t.Errorf("scope-missing: %v", err)
	}
	if s.version == recorded.Mastodon46 {
		testRecordedLimit(t, s, read("rate-limited"))
	}
}

// testRecordedLimit checks that a 429 is waited out: the second answer is good.
func testRecordedLimit(t *testing.T, s sample, limited recorded.Exchange) {
	good := recorded.Read(t, s.version+"/verify-credentials")
	reset, err := time.Parse(time.RFC3339, limited.Header.Get("X-Ratelimit-Reset"))
	if err != nil {
		t.Fatal(err)
	}
	clock := backfilltest.NewClock()
	clock.Set(reset.Add(-time.Minute))
	p := recorded.Play(t, limited)
	q := recorded.Play(t, good, recorded.Read(t, s.version+"/instance-v2"), recorded.Read(t, s.version+"/verify-app"))
	h, _ := newFake(t, Options{Server: "home.example", Clock: clock, Rate: limit.Unlimited}, switchAt(clock, reset, p, q))
	if id, err := h.Check(t.Context()); err != nil || id.ID != s.me.ID {
		t.Errorf("after a 429: %+v, %v", id, err)
	}
	if clock.Now().Before(reset) || clock.Now().After(reset.Add(10*time.Second)) {
		t.Errorf("waited until %s, want %s", clock.Now(), reset)
	}
}

func testRecordedSearch(t *testing.T, s sample, read readExchange) {
	taken := map[string]string{"search-held": s.held, "search-new": s.fetched}
	for name, uri := range taken {
		if _, err := playHome(t, read(name)).Import(t.Context(), uri); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"search-gone", "search-private", "search-dead-host"} {
		e := read(name)
		if _, err := playHome(t, e).Import(t.Context(), e.URL.Query().Get("q")); !errors.Is(err, backfill.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, scope := range map[string]string{"search-without-token": "", "scope-missing-search": "read:search"} {
		e := read(name)
		_, err := playHome(t, e).Import(t.Context(), e.URL.Query().Get("q"))
		var unauthorized *backfill.UnauthorizedError
		if !errors.As(err, &unauthorized) || unauthorized.Scope != scope {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func testRecordedPosts(t *testing.T, s sample, read readExchange) {
	first := read("statuses-first")
	path := "/api/v1/accounts/" + s.remote.ID + "/statuses"
	h := playHome(t, first.With(path, "exclude_reblogs=true&limit=40"))
	page, err := h.Held(t.Context(), s.remote, time.Time{}, "")
	if err != nil || len(page.Posts) != 3 || page.Posts[0].URI != s.held || page.Posts[0].CreatedAt.Year() != 2026 ||
		page.Next != nextCursor(first.Header) || page.Next == "" {
		t.Errorf("statuses: %+v, %v", page, err)
	}
	last := "exclude_reblogs=true&limit=40&" + url.Values{"max_id": {page.Next}}.Encode()
	h = playHome(t, first.With(path, "exclude_reblogs=true&limit=40"), emptyPage(first, path, last))
	if n, more, err := h.HeldCount(t.Context(), s.remote, 5); n != 3 || more || err != nil {
		t.Errorf("counted %d, %v, %v", n, more, err)
	}
	h = playHome(t, read("statuses-unknown-account").With("/api/v1/accounts/1/statuses", "exclude_reblogs=true&limit=40"))
	if _, err := h.Held(t.Context(), fediverse.Account{ID: "1"}, time.Time{}, ""); err == nil || status(err) != 404 {
		t.Errorf("statuses of nobody: %v", err)
	}
}

func testRecordedSoftware(t *testing.T, s sample, read readExchange) {
	want := fmt.Sprint(fediverse.Software{Name: "mastodon", Version: s.software})
	h := playHome(t, read("instance-v2"))
	if sw, err := h.Software(t.Context()); err != nil || fmt.Sprint(sw) != want {
		t.Errorf("instance: %v, %v", sw, err)
	}
	if domain, err := h.localDomain(t.Context()); err != nil || domain != s.me.Handle.Domain {
		t.Errorf("domain: %s, %v", domain, err)
	}
	// A server older than 4.0 has only version 1, which does not name its software.
	gone := read("lookup-unknown").With("/api/v2/instance", "")
	h = playHome(t, gone, read("instance-v1"), read("nodeinfo-index"), read("nodeinfo"))
	if sw, err := h.Software(t.Context()); err != nil || fmt.Sprint(sw) != want {
		t.Errorf("instance v1 and nodeinfo: %v, %v", sw, err)
	}
	if h.playback.Asked(s.version+"/nodeinfo") != 1 {
		t.Error("nodeinfo was not asked")
	}
}

// switchAt answers with before until a time, and with after from then on.
func switchAt(clock backfill.Clock, at time.Time, before, after http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clock.Now().Before(at) && r.URL.Path == "/api/v1/accounts/verify_credentials" {
			before.ServeHTTP(w, r)
			return
		}
		after.ServeHTTP(w, r)
	})
}
