package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// askHost asks a host without a network.
func askHost(h http.Handler, url string) (int, http.Header, []byte) {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, []byte(err.Error())
	}
	r.RemoteAddr = "25.9.9.9:1"
	r.Header.Set("Accept", "application/json")
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(w, r)
	return w.status, w.header, []byte(w.body.String())
}

type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func TestOriginREST(t *testing.T) {
	s, err := Start(Options{Empty: true, InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	o := s.AddOrigin("photos.example", NumericIDs())
	a := o.AddAccount(Profile{Username: "Alice", Bio: "Hello #nobot"})
	posts := a.Fill(85, time.Time{}, time.Hour)
	a.AddPost(Note{Audience: Followers})
	a.AddPost(Note{Audience: Mentioned})
	a.Boost(posts[0], time.Time{})

	status, header, body := askHost(o, "https://photos.example/api/v1/accounts/lookup?acct=alice")
	var account struct{ ID, URI, URL, Note string }
	if err := json.Unmarshal(body, &account); err != nil || status != 200 || account.URI != a.URI() || account.URL != a.URL() || !strings.Contains(account.Note, "nobot") {
		t.Fatalf("%d %s %v", status, body, err)
	}
	if header.Get("X-RateLimit-Limit") != "300" {
		t.Errorf("headers %v", header)
	}
	base := "https://photos.example/api/v1/accounts/" + account.ID + "/statuses"
	next, uris, pages := base+"?limit=80&exclude_reblogs=true", []string(nil), 0
	for next != "" {
		status, header, body = askHost(o, next)
		var list []struct{ URI, Visibility string }
		if err := json.Unmarshal(body, &list); err != nil || status != 200 {
			t.Fatalf("%d %s %v", status, body, err)
		}
		for _, p := range list {
			uris = append(uris, p.URI)
		}
		pages++
		next = ""
		if link := header.Get("Link"); strings.Contains(link, `rel="next"`) {
			next = strings.TrimPrefix(link[:strings.Index(link, ">")], "<")
		}
	}
	if want := a.Eligible(); pages != 3 || strings.Join(uris, " ") != strings.Join(want, " ") {
		t.Errorf("%d posts on %d pages, want %d", len(uris), pages, len(want))
	}
	_, _, body = askHost(o, base+"?limit=1")
	if !strings.Contains(string(body), `"reblog":{`) {
		t.Errorf("the boost is not there: %s", body)
	}
	for _, path := range []string{"/api/v1/accounts/lookup?acct=bob", "/api/v1/accounts/1/statuses", "/api/v1/accounts/lookup?acct=alice@evil.example"} {
		if status, _, _ := askHost(o, "https://photos.example"+path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	o.SetAPIClosed(true)
	if status, _, body := askHost(o, base); status != 401 || !strings.Contains(string(body), "authenticated user") {
		t.Errorf("closed: %d %s", status, body)
	}
}
