package mastodon

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

const mastodonInstance = `{"domain":"home.example","version":"4.5.1","source_url":"https://github.com/mastodon/mastodon"}`

// shelf is a home that holds n posts of account 7, one an hour, with Mastodon's
// ids.
func shelf(n int, newest time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/instance", func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, mastodonInstance) })
	mux.HandleFunc("GET /api/v1/accounts/7/statuses", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		limit, _ := strconv.Atoi(q.Get("limit"))
		maxID, err := strconv.ParseInt(q.Get("max_id"), 10, 64)
		if err != nil {
			maxID = 1 << 62
		}
		var ids []int64
		for i := range n {
			if id := newest.Add(-time.Duration(i)*time.Hour).UnixMilli()<<16 + 17; id < maxID {
				ids = append(ids, id)
			}
		}
		if q.Get("min_id") != "" {
			ids = ids[max(len(ids)-limit, 0):]
		}
		ids = ids[:min(len(ids), limit)]
		if len(ids) > 0 {
			w.Header().Set("Link", fmt.Sprintf(`<https://home.example%s?max_id=%d>; rel="next", <https://home.example%s?min_id=%d>; rel="prev"`,
				r.URL.Path, ids[len(ids)-1], r.URL.Path, ids[0]))
		}
		var posts []string
		for _, id := range ids {
			posts = append(posts, fmt.Sprintf(`{"id":"%d","uri":"https://photos.example/%d","created_at":%q,"reblog":null,"account":{"id":"7"},
				"media_attachments":[{"meta":{"original":{"width":1.5,"size":7}}}]}`, id, id, time.UnixMilli(id>>16).UTC().Format("2006-01-02T15:04:05.000Z")))
		}
		reply(w, 200, "["+strings.Join(posts, ",")+"]")
	})
	return mux
}

func TestHeld(t *testing.T) {
	newest := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	s, w := newFake(t, Options{Rate: limit.Unlimited}, shelf(100, newest))
	a := fediverse.Account{ID: "7"}
	var posts []backfill.HeldPost
	for cursor := ""; ; {
		page, err := s.Held(t.Context(), a, time.Time{}, cursor)
		if err != nil {
			t.Fatal(err)
		}
		posts = append(posts, page.Posts...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(posts) != 100 || !posts[99].CreatedAt.Equal(newest.Add(-99*time.Hour)) {
		t.Errorf("%d posts, the last %v", len(posts), posts[len(posts)-1])
	}
	if got := w.requests(); len(got) != 4 || got[0] != "GET /api/v1/accounts/7/statuses?exclude_reblogs=true&limit=40" {
		t.Errorf("requests %q", got)
	}
}

func TestHeldBeginsAtADate(t *testing.T) {
	newest := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	s, w := newFake(t, Options{Rate: limit.Unlimited}, shelf(1000, newest))
	for _, back := range []time.Duration{500 * time.Hour, 600 * time.Hour} {
		page, err := s.Held(t.Context(), fediverse.Account{ID: "7"}, newest.Add(-back), "")
		if err != nil {
			t.Fatal(err)
		}
		if !page.Posts[0].CreatedAt.Equal(newest.Add(-back)) {
			t.Errorf("the first is of %s", page.Posts[0].CreatedAt)
		}
	}
	if n := len(w.requests()); n != 3 { // the version is asked for once
		t.Errorf("requests %q", w.requests())
	}
	s, w = newFake(t, Options{Rate: limit.Unlimited}, shelf(1000, newest))
	s.SetSoftware(fediverse.Software{Name: "pleroma", Version: "2.7.0"})
	page, err := s.Held(t.Context(), fediverse.Account{ID: "7"}, newest.Add(-500*time.Hour), "")
	if err != nil || !page.Posts[0].CreatedAt.Equal(newest) || len(w.requests()) != 1 {
		t.Errorf("other software: %v, %v after %q", page.Posts[0], err, w.requests())
	}
}

func TestHeldLeavesOutWhatIsNotTheAccounts(t *testing.T) {
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{"GET /api/v1/accounts/7/statuses": `[
		{"id":"3","uri":"u3","created_at":"2026-01-01T00:00:00Z","account":{"id":7}},
		{"id":"2","uri":"u2","created_at":"2026-01-01T00:00:00.000Z","account":{"id":"7"},"reblog":{"id":"1"}},
		{"id":"1","uri":"u1","created_at":"2026-01-01T00:00:00Z","account":{"id":"8"}},
		{"id":"0","uri":"","created_at":"2026-01-01T00:00:00Z","account":{"id":"7"}}]`}))
	page, err := s.Held(t.Context(), fediverse.Account{ID: "7"}, time.Time{}, "")
	if err != nil || len(page.Posts) != 1 || page.Posts[0].URI != "u3" {
		t.Errorf("%v, %v", page, err)
	}
}

func TestHeldEnds(t *testing.T) {
	// GoToSocial names a next page on the last non-empty one
	for body, ends := range map[string]bool{`[]`: true, `[{"uri":"u","created_at":"2026-01-01T00:00:00Z","account":{"id":"7"}}]`: false} {
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 200, body, "Link", `<https://home.example/x?max_id=5>; rel="next"`)
		}))
		page, err := s.Held(t.Context(), fediverse.Account{ID: "7"}, time.Time{}, "")
		if err != nil || (page.Next == "") != ends {
			t.Errorf("%s: %v, %v", body, page, err)
		}
		_, err = s.Held(t.Context(), fediverse.Account{ID: "7"}, time.Time{}, "5")
		if (err == nil) != ends {
			t.Errorf("%s: the same page again: %v", body, err)
		}
	}
}

func TestHeldCount(t *testing.T) {
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		posts, pages, n, requests int
		more                      bool
	}{{0, 25, 0, 1, false}, {39, 25, 39, 2, false}, {90, 2, 80, 2, true}, {90, 25, 90, 4, false}} {
		s, w := newFake(t, Options{Rate: limit.Unlimited}, shelf(c.posts, now))
		n, more, err := s.HeldCount(t.Context(), fediverse.Account{ID: "7"}, c.pages)
		if err != nil || n != c.n || more != c.more || len(w.requests()) != c.requests {
			t.Errorf("%+v: %d, %v, %v, %q", c, n, more, err, w.requests())
		}
	}
}

func TestSample(t *testing.T) {
	now := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	for n, want := range map[int]int{0: 0, 30: 30, 60: 60, 500: 80} {
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, shelf(n, now))
		posts, err := s.Sample(t.Context(), fediverse.Account{ID: "7"})
		if err != nil || len(posts) != want {
			t.Errorf("of %d: %d, %v", n, len(posts), err)
		}
		if n == 500 && !posts[79].CreatedAt.Equal(now.Add(-499*time.Hour)) {
			t.Errorf("the oldest is of %s", posts[79].CreatedAt)
		}
	}
}

func TestNextCursor(t *testing.T) {
	for link, want := range map[string]string{
		`<https://h.example/x?limit=40&max_id=12>; rel="next", <https://h.example/x?min_id=15>; rel="prev"`: "12",
		`<https://h.example/x?min_id=15>; rel="prev"`:                                                       "",
		`<https://h.example/x?max_id=01ABC>; rel=next`:                                                      "01ABC",
		`<https://h.example/x?max_id=>; rel="next"`:                                                         "",
		`<https://h.example/x?max_id=1%0A2>; rel="next"`:                                                    "",
		`<%zz>; rel="next"`: "",
		`;;,,<`:             "",
	} {
		if got := nextCursor(http.Header{"Link": {link}}); got != want {
			t.Errorf("%s: %q", link, got)
		}
	}
}

func FuzzNextCursor(f *testing.F) {
	f.Add(`<https://h.example/x?limit=40&max_id=12>; rel="next", <https://h.example/x?min_id=15>; rel="prev"`)
	f.Add(`<x?max_id=%00>; rel=next`)
	f.Fuzz(func(t *testing.T, link string) {
		got := nextCursor(http.Header{"Link": {link}})
		if len(got) > 100 || got != clean(got) {
			t.Errorf("%q", got)
		}
		if got != "" && !strings.Contains(link, "max_id") {
			// the name itself may be escaped
			if u, err := url.QueryUnescape(link); err == nil && !strings.Contains(u, "max_id") {
				t.Errorf("%q out of nothing", got)
			}
		}
	})
}

func TestSnowflake(t *testing.T) {
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(nil))
	s.SetSoftware(fediverse.Software{Name: "mastodon", Version: "4.5.0"})
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	id, err := s.idAfter(t.Context(), fediverse.Account{ID: "109"}, at)
	n, _ := strconv.ParseInt(id, 10, 64)
	if err != nil || !time.UnixMilli(n>>16).Equal(at.Add(time.Second)) {
		t.Errorf("%s, %v", id, err)
	}
	for _, a := range []string{"01F8MH1H7YV1Z7D2C8K2730QBF", "9v5bmRalQvjOy0ECcC"} {
		if id, err := s.idAfter(t.Context(), fediverse.Account{ID: a}, at); id != "" || err != nil {
			t.Errorf("%s: %s, %v", a, id, err)
		}
	}
	if id, err := s.idAfter(t.Context(), fediverse.Account{ID: "109"}, time.Unix(-1, 0)); id != "" || err != nil {
		t.Errorf("before the epoch: %s, %v", id, err)
	}
}

// TestHeldCountLeavesOutFollowersOnly: followers of the author see posts that no
// backfill imports, and the count covers only those that one could import.
func TestHeldCountLeavesOutFollowersOnly(t *testing.T) {
	var posts []string
	for i, visibility := range []string{`"public"`, `"unlisted"`, `"private"`, `"direct"`, `""`, `"mutuals_only"`, `7`} {
		posts = append(posts, fmt.Sprintf(`{"uri":"https://a.example/%d","created_at":"2024-01-01T00:00:00Z","visibility":%s,"account":{"id":"7"}}`, i, visibility))
	}
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(map[string]string{"GET /api/v1/accounts/7/statuses": "[" + strings.Join(posts, ",") + "]"}))
	if n, more, err := s.HeldCount(t.Context(), fediverse.Account{ID: "7"}, 1); n != 3 || more || err != nil {
		t.Errorf("%d, %v, %v, want 3", n, more, err)
	}
	// home holds all of them, whatever their visibility
	if page, err := s.Held(t.Context(), fediverse.Account{ID: "7"}, time.Time{}, ""); err != nil || len(page.Posts) != 7 {
		t.Errorf("%d posts, %v, want 7", len(page.Posts), err)
	}
}
