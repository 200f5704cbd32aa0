package mastodon

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

const (
	apps   = "GET /api/v1/apps/verify_credentials"
	verify = "GET /api/v1/accounts/verify_credentials"
)

type reject struct {
	status int
	body   string
}

// refusing answers like routes, but with errors for some paths.
func refusing(bodies map[string]string, errs map[string]reject) http.Handler {
	next := routes(bodies)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e, ok := errs[r.Method+" "+r.URL.Path]; ok {
			reply(w, e.status, e.body)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func TestCheck(t *testing.T) {
	const me = `{"id":"1","username":"you","acct":"you"}`
	const allScopes = `{"scopes":["read:search","read:accounts","read:statuses","read:follows"]}`
	outside := reject{403, `{"error":"This action is outside the authorized scopes"}`}
	for _, c := range []struct {
		name   string
		app    string
		errs   map[string]reject
		scope  string // of the error
		says   string // the error's message; empty for none
		noUser bool
	}{
		{name: "all", app: allScopes},
		{name: "read", app: `{"scopes":["read"]}`},
		{name: "follow covers follows", app: `{"scopes":["read:search","read:accounts","read:statuses","follow"]}`},
		{name: "before 4.3", app: `{"name":"x"}`},
		{name: "before 4.3, without read", errs: map[string]reject{apps: outside}},
		{name: "other software"},
		{name: "no search", app: `{"scopes":["read:accounts","read:statuses","read:follows","write"]}`, scope: "read:search", says: "read:search"},
		{name: "no follows", app: `{"scopes":["profile","read:search","read:accounts","read:statuses"]}`, scope: "read:follows", says: "read:follows"},
		{name: "profile only, before 4.3", errs: map[string]reject{apps: outside, verify: outside}, scope: "read:accounts", says: "read:accounts"},
		{name: "revoked", errs: map[string]reject{apps: {401, `{"error":"The access token was revoked"}`}}, says: "was revoked"},
		{name: "no user", app: allScopes, errs: map[string]reject{verify: {422, `{"error":"This method requires an authenticated user"}`}}, says: "to an application"},
		{name: "disabled", app: allScopes, errs: map[string]reject{verify: {403, `{"error":"Your login is currently disabled"}`}}, says: "currently disabled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bodies := map[string]string{verify: me, "GET /api/v2/instance": mastodonInstance}
			if c.app != "" {
				bodies[apps] = c.app
			}
			s, _ := newFake(t, Options{Rate: limit.Unlimited}, refusing(bodies, c.errs))
			id, err := s.Check(t.Context())
			if c.says == "" {
				if want := (Identity{ID: "1", Handle: fediverse.Handle{User: "you", Domain: "home.example"}}); err != nil || id != want {
					t.Errorf("%v, %v", id, err)
				}
				return
			}
			var unauthorized *backfill.UnauthorizedError
			if !errors.As(err, &unauthorized) || unauthorized.Scope != c.scope || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestCheckWithoutAToken(t *testing.T) {
	s, err := New(Options{Server: "home.example"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Check(t.Context())
	var unauthorized *backfill.UnauthorizedError
	if !errors.As(err, &unauthorized) || s.Requests() != 0 {
		t.Errorf("error %v after %d requests", err, s.Requests())
	}
}

// TestCheckAtAnAddress: a server without a name, as in a lab, has no domain for the
// handle of the token's account; nothing depends on it.
func TestCheckAtAnAddress(t *testing.T) {
	bodies := map[string]string{verify: `{"id":"1","username":"you","acct":"you"}`, "GET /api/v2/instance": `{"domain":"127.0.0.1:3000"}`}
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, routes(bodies))
	if id, err := s.Check(t.Context()); err != nil || id != (Identity{ID: "1"}) {
		t.Errorf("%v, %v", id, err)
	}
}

func TestSoftware(t *testing.T) {
	const v1, v2, wellKnown = "GET /api/v1/instance", "GET /api/v2/instance", "GET /.well-known/nodeinfo"
	links := func(href string) string {
		return `{"links":[{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"` + href + `"}]}`
	}
	for _, c := range []struct {
		name     string
		bodies   map[string]string
		want     fediverse.Software
		requests int
	}{
		{"mastodon", map[string]string{v2: mastodonInstance}, fediverse.Software{Name: "mastodon", Version: "4.5.1"}, 1},
		{"glitch", map[string]string{v2: `{"version":"4.3.0+glitch","source_url":"https://github.com/glitch-soc/mastodon/"}`}, fediverse.Software{Name: "mastodon", Version: "4.3.0+glitch"}, 1},
		{"old", map[string]string{v1: `{"version":"3.5.3","uri":"home.example"}`}, fediverse.Software{Name: "mastodon", Version: "3.5.3"}, 3},
		{"pleroma", map[string]string{v1: `{"version":"2.7.2 (compatible; Pleroma 2.5.0)"}`}, fediverse.Software{Name: "pleroma", Version: "2.5.0"}, 2},
		{"nodeinfo alone", map[string]string{
			wellKnown: links("https://home.example/nodeinfo/2.0"), "GET /nodeinfo/2.0": `{"software":{"name":"iceshrimp","version":"2025.1"}}`},
			fediverse.Software{Name: "iceshrimp", Version: "2025.1"}, 4},
		{"says nothing", nil, fediverse.Software{Name: "unknown"}, 3},
		{"gotosocial", map[string]string{
			v2:        `{"version":"0.19.1+git-1","source_url":"https://codeberg.org/superseriousbusiness/gotosocial"}`,
			wellKnown: links("https://HOME.example/nodeinfo/2.0"), "GET /nodeinfo/2.0": `{"software":{"name":"GoToSocial","version":"0.19.1"}}`},
			fediverse.Software{Name: "gotosocial", Version: "0.19.1"}, 3},
		{"nodeinfo elsewhere", map[string]string{v2: `{"version":"4.4.0"}`, wellKnown: links("https://other.example/nodeinfo")}, fediverse.Software{Name: "mastodon", Version: "4.4.0"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, w := newFake(t, Options{Rate: limit.Unlimited}, routes(c.bodies))
			for range 2 {
				if sw, err := s.Software(t.Context()); err != nil || sw != c.want {
					t.Errorf("%v, %v", sw, err)
				}
			}
			if got := w.requests(); len(got) != c.requests {
				t.Errorf("requests %q", got)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	clock := backfilltest.NewClock()
	now := clock.Now()
	noEndpoint := func(err error) bool { return errors.Is(err, backfill.ErrNoEndpoint) }
	notNow := func(status int, at time.Time) func(error) bool {
		return func(err error) bool {
			var e *backfill.NotNowError
			return errors.As(err, &e) && e.Status == status && e.RetryAt.Equal(at) && e.Message == "x"
		}
	}
	for _, c := range []struct {
		status int
		header []string
		want   func(error) bool
	}{
		{202, nil, func(err error) bool { return err == nil }},
		{200, nil, func(err error) bool { return status(err) == 200 }},
		{404, nil, noEndpoint}, {405, nil, noEndpoint}, {501, nil, noEndpoint},
		{422, nil, notNow(422, time.Time{})},
		{429, nil, notNow(429, time.Time{})},
		{503, []string{"Retry-After", "7200"}, notNow(503, now.Add(2*time.Hour))},
		{422, []string{"Retry-After", "60"}, notNow(422, now.Add(time.Minute))},
		{429, []string{"X-RateLimit-Reset", now.Add(3*time.Hour + 90*time.Minute).Format(time.RFC3339Nano), "Date", now.Add(3 * time.Hour).Format(http.TimeFormat)},
			notNow(429, now.Add(90*time.Minute+resetMargin))},
		{500, nil, func(err error) bool { return status(err) == 500 }},
		{401, nil, func(err error) bool { var e *backfill.UnauthorizedError; return errors.As(err, &e) }},
	} {
		s, w := newFake(t, Options{Clock: clock}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reply(w, c.status, `{"error":"x"}`, c.header...)
		}))
		err := s.Request(t.Context(), fediverse.Account{ID: "7/8"})
		if !c.want(err) {
			t.Errorf("%d: %v", c.status, err)
		}
		if got := w.requests(); len(got) != 1 || got[0] != "POST /api/v1/accounts/7%2F8/backfill" {
			t.Errorf("%d: requests %q", c.status, got)
		}
	}
}

func TestRequestsOwnLimitHoldsUpNothingElse(t *testing.T) {
	clock := backfilltest.NewClock()
	s, _ := newFake(t, Options{Clock: clock}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reply(w, 202, `{}`, "X-RateLimit-Limit", "1", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "3600")
			return
		}
		echo(w, r)
	}))
	start := clock.Now()
	if err := s.Request(t.Context(), fediverse.Account{ID: "7"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Import(t.Context(), "u"); err != nil {
		t.Fatal(err)
	}
	if d := clock.Now().Sub(start); d > 2*time.Second {
		t.Errorf("the next request came after %s", d)
	}
}

// A wall in front of home is not the token's fault.
func TestAWallIsNoAnswerToTheToken(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusUnprocessableEntity} {
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/apps/") {
				reply(w, http.StatusNotFound, "{}")
				return
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<title>Just a moment...</title>"))
		}))
		_, err := s.Check(t.Context())
		var unauthorized *backfill.UnauthorizedError
		if err == nil || errors.As(err, &unauthorized) || !strings.Contains(err.Error(), "Just a moment...") {
			t.Errorf("%d: %v", status, err)
		}
		_, err = s.resolve(t.Context(), fediverse.Handle{User: "alice", Domain: "photos.example"}, "alice")
		if err == nil || errors.As(err, &unauthorized) {
			t.Errorf("%d of a search: %v", status, err)
		}
	}
}
