package mastodon

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/recorded"
	"tootfill/backfill/service"
)

// newOwners asks a home that is the handler.
func newOwners(t *testing.T, h http.Handler) (*TokenOwners, *wire) {
	t.Helper()
	o, err := NewTokenOwners(Options{Server: "home.example", Token: "the service's own", Clock: backfilltest.NewClock()})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{handler: h}
	o.base = w
	return o, w
}

// proofs are the requests about a token of the account 7.
var proofs = []string{
	"GET /api/v1/accounts/verify_credentials", "GET /api/v1/accounts/7", "GET /api/v1/accounts/relationships?id[]=7",
	"GET /api/v2/search?q=tootfill&type=statuses&limit=0", "GET /api/v1/accounts/7/statuses?limit=1",
}

// wellBut is a home that answers well but for one request, if it is not empty.
func wellBut(bad string, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method+" "+r.URL.RequestURI() == bad:
			answer(w, r)
		case r.Header.Get("Authorization") != "Bearer "+testToken || r.Host != "home.example" || r.Header.Get("Cookie") != "":
			reply(w, 500, `{"error":"a wrong request"}`)
		case strings.HasSuffix(r.URL.Path, "/verify_credentials"):
			reply(w, 200, `{"id":"7","username":"anne","acct":"anne"}`)
		default:
			reply(w, 200, `[]`)
		}
	}
}

func TestTokenOwner(t *testing.T) {
	o, w := newOwners(t, wellBut("", nil))
	if id, err := o.Owner(t.Context(), testToken); id != "7" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	if asked := w.requests(); !slices.Equal(asked, proofs) {
		t.Errorf("%q", asked)
	}
	var proved []string
	for _, p := range scopeProofs {
		proved = append(proved, p.scope)
	}
	if slices.Sort(proved); !slices.Equal(proved, NeededScopes(false)) {
		t.Errorf("proved are %q, needed %q", proved, NeededScopes(false))
	}
}

// Whichever request it is that home does not like, the answer is passed on, and nothing
// more is asked.
func TestTokenIsDenied(t *testing.T) {
	played := func(name string) http.HandlerFunc {
		e := recorded.Read(t, name)
		return func(w http.ResponseWriter, _ *http.Request) {
			reply(w, e.Status, string(e.Body), "X-RateLimit-Reset", e.Header.Get("X-RateLimit-Reset"), "X-RateLimit-Limit", "300", "X-RateLimit-Remaining", e.Header.Get("X-RateLimit-Remaining"))
		}
	}
	said := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { reply(w, status, body) }
	}
	scopes := []string{"read:accounts", "read:accounts", "read:follows", "read:search", "read:statuses"}
	for i, request := range proofs {
		for _, version := range recorded.Versions() {
			for name, want := range map[string]service.DeniedError{
				"wrong-token":   {Status: 401, Message: "The access token is invalid"},
				"no-token":      {Status: 401, Message: "The access token is invalid"},
				"revoked-token": {Status: 401, Message: "The access token was revoked"},
				"scope-missing": {Status: 403, Message: "This action is outside the authorized scopes", Scope: scopes[i]},
				"app-token":     {Status: 401, Message: "This method requires an authenticated user"},
			} {
				o, w := newOwners(t, wellBut(request, played(version+"/"+name)))
				id, err := o.Owner(t.Context(), testToken)
				var denied *service.DeniedError
				if id != "" || !errors.As(err, &denied) || *denied != want {
					t.Errorf("%s, %s: %q, %+v, want %+v", request, name, id, err, want)
				}
				if n := len(w.requests()); n != i+1 {
					t.Errorf("%s, %s: %d requests", request, name, n)
				}
			}
		}
		o, _ := newOwners(t, wellBut(request, said(403, `{"error":"Your login is currently disabled"}`)))
		_, err := o.Owner(t.Context(), testToken)
		var denied *service.DeniedError
		if !errors.As(err, &denied) || *denied != (service.DeniedError{Status: 403, Message: "Your login is currently disabled"}) {
			t.Errorf("%s: %v", request, err)
		}
	}
}

func TestTokenOfATooBusyUser(t *testing.T) {
	e := recorded.Read(t, recorded.Mastodon46+"/rate-limited")
	for _, request := range proofs {
		now := time.Date(2026, 11, 27, 10, 28, 0, 0, time.UTC)
		o, _ := newOwners(t, wellBut(request, func(w http.ResponseWriter, _ *http.Request) {
			reply(w, e.Status, string(e.Body), "X-RateLimit-Reset", e.Header.Get("X-RateLimit-Reset"), "X-RateLimit-Remaining", "0")
		}))
		o.clock = backfilltest.ClockAt(now)
		_, err := o.Owner(t.Context(), testToken)
		var notNow *backfill.NotNowError
		if !errors.As(err, &notNow) || notNow.Status != 429 || notNow.RetryAt.Sub(now).Round(time.Minute) != 2*time.Minute {
			t.Errorf("%s: %+v", request, err)
		}
	}
}

// What is not said by home's API is no word about the token.
func TestTokenAndHomeAway(t *testing.T) {
	page := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			reply(w, status, "<html><title>Sorry</title></html>", "Content-Type", "text/html")
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"a password page": page(401),
		"an address block": func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 403, "Forbidden\n", "Content-Type", "text/plain")
		},
		"a proxy's limit":   page(429),
		"502":               page(502),
		"maintenance":       page(200),
		"an error":          func(w http.ResponseWriter, _ *http.Request) { reply(w, 500, `{"error":"oh"}`) },
		"nothing":           func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, ``) },
		"starting":          func(w http.ResponseWriter, _ *http.Request) { reply(w, 503, `{"error":"soon"}`, "Retry-After", "30") },
		"a redirect":        func(w http.ResponseWriter, _ *http.Request) { reply(w, 302, ``, "Location", "https://evil.example/") },
		"a redirect to us":  func(w http.ResponseWriter, _ *http.Request) { reply(w, 301, `{}`, "Location", "/api/v1/accounts/7") },
		"an unknown answer": func(w http.ResponseWriter, _ *http.Request) { reply(w, 404, `{"error":"Record not found"}`) },
	} {
		for i, request := range proofs {
			o, w := newOwners(t, wellBut(request, answer))
			id, err := o.Owner(t.Context(), testToken)
			var denied *service.DeniedError
			if id != "" || err == nil || errors.As(err, &denied) || strings.Contains(err.Error(), testToken) {
				t.Errorf("%s, %s: %q, %v", name, request, id, err)
			}
			if n := len(w.requests()); n != i+1 {
				t.Errorf("%s, %s: %q", name, request, w.requests())
			}
		}
	}
	for _, body := range []string{`[]`, `{}`, `{"id":""}`, `"x"`, `null`} {
		o, _ := newOwners(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, body) }))
		if id, err := o.Owner(t.Context(), testToken); id != "" || err == nil {
			t.Errorf("%s: %q, %v", body, id, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o, _ := newOwners(t, wellBut("", nil))
	if _, err := o.Owner(ctx, testToken); err == nil {
		t.Error("no error")
	}
}

func TestTokenOwnersOfANamelessHome(t *testing.T) {
	if _, err := NewTokenOwners(Options{}); err == nil {
		t.Error("no error")
	}
}
