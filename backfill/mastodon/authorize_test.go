package mastodon

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/limit"
	"tootfill/backfill/oauth"
	"tootfill/backfill/recorded"
)

const (
	metadata = "GET /.well-known/oauth-authorization-server"
	register = "POST /api/v1/apps"
	exchange = "POST /oauth/token"
	revoke   = "POST /oauth/revoke"
)

// letIn goes through a whole login at a home.
func letIn(t *testing.T, h http.Handler) (oauth.Token, error) {
	t.Helper()
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, h)
	s.transport.token = ""
	pkce, err := s.TakesPKCE(t.Context())
	if err != nil {
		return oauth.Token{}, err
	}
	scopes := []string{"read:accounts", "read:search"}
	app, err := s.Register(t.Context(), oauth.OutOfBand, scopes)
	if err != nil {
		return oauth.Token{}, err
	}
	r := oauth.NewRequest(app, oauth.OutOfBand, scopes, pkce)
	page, err := url.Parse(s.AuthorizePage(r))
	if err != nil || page.Host != "home.example" || page.Path != "/oauth/authorize" || page.Query().Get("client_id") != app.ID {
		t.Errorf("the page is %v, %v", page, err)
	}
	return s.Exchange(t.Context(), r, "the-code")
}

func TestLettingIn(t *testing.T) {
	const app, token = `{"client_id":"id","client_secret":"secret"}`, `{"access_token":"t","token_type":"Bearer","scope":"read:accounts read:search"}`
	bodies := map[string]string{register: app, exchange: token}
	body := func(path, text string) http.Handler {
		changed := map[string]string{register: app, exchange: token}
		changed[path] = text
		return routes(changed)
	}
	no := func(path string, status int, text string) http.Handler {
		return refusing(bodies, map[string]reject{path: {status, text}})
	}
	const grant = `{"error":"invalid_grant","error_description":"The grant\u001b[31m is invalid."}`
	for name, c := range map[string]struct {
		home http.Handler
		says string // empty if the token is there
		// refused says that it is an *oauth.RefusedError
		refused bool
	}{
		"all well":                 {home: routes(bodies)},
		"a number as id":           {home: body(register, `{"client_id":7,"client_secret":8}`)},
		"no scope":                 {home: body(exchange, `{"access_token":"t"}`)},
		"an app without a secret":  {body(register, `{"client_id":"id"}`), "without an id and a secret", false},
		"an app that is a page":    {body(register, "<html><title>Hello</title>"), "the answer cannot be read", false},
		"an app too long":          {body(register, strings.Repeat(" ", bodyLimit+1)), "longer than 8 MiB", false},
		"an app refused":           {no(register, 422, `{"error":"Validation failed: x"}`), "home.example answered 422: Validation failed: x", false},
		"no more apps":             {no(register, 429, `{"error":"Too many requests"}`), "home.example says not now (429: Too many requests)", false},
		"apps for nobody":          {no(register, 403, `{"error":"no"}`), "no", true},
		"a code refused":           {no(exchange, 400, grant), "The grant is invalid.", true},
		"a client refused":         {no(exchange, 401, `{"error":"invalid_client"}`), "invalid_client", true},
		"a proxy that refuses":     {no(exchange, 403, "<html><title>Just a moment…</title>"), "403: a web page instead of an answer: Just a moment…", false},
		"a token that is a list":   {body(exchange, `["t"]`), "has a JSON array where none was expected", false},
		"no token":                 {body(exchange, `{"access_token":null}`), "it gave no access token", false},
		"PKCE is not known":        {home: answering(t, bodies, `{"code_challenge_methods_supported":["plain"]}`, false)},
		"PKCE is not spoken of":    {home: answering(t, bodies, `{}`, false)},
		"PKCE is known":            {home: answering(t, bodies, `{"code_challenge_methods_supported":["plain","S256"]}`, true)},
		"the metadata are no JSON": {home: answering(t, bodies, `<html>`, true)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := letIn(t, c.home)
			var refused *oauth.RefusedError
			switch {
			case c.says == "" && (err != nil || got.Access != "t"):
				t.Errorf("%+v, %v", got, err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || errors.As(err, &refused) != c.refused):
				t.Errorf("%v", err)
			case err != nil && strings.Contains(err.Error(), "\x1b"):
				t.Errorf("%q", err)
			}
		})
	}
}

// answering is a home with metadata, whose tokens need a verifier or must not have
// one.
func answering(t *testing.T, bodies map[string]string, text string, pkce bool) http.Handler {
	next := routes(map[string]string{register: bodies[register], exchange: bodies[exchange], metadata: text})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a token was sent")
		}
		if r.Method == http.MethodPost {
			if err := r.ParseForm(); err != nil || r.URL.Path == "/oauth/token" && r.Form.Has("code_verifier") != pkce {
				t.Errorf("%s: %v, %v", r.URL, r.Form, err)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// TestLoginsGoNowhereElse: nothing that is sent for a login follows a redirect to
// another host, or any as a POST.
func TestLoginsGoNowhereElse(t *testing.T) {
	for _, path := range []string{register, exchange} {
		for _, status := range []int{302, 307, 308} {
			for _, to := range []string{"https://evil.example/", "https://home.example/other", "http://home.example/oauth/token"} {
				next := routes(map[string]string{register: `{"client_id":"id","client_secret":"secret"}`, exchange: `{"access_token":"t"}`})
				_, err := letIn(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Host != "home.example" || r.URL.Path == "/other" {
						t.Errorf("%s %s was asked", r.Method, r.URL)
					}
					if r.Method+" "+r.URL.Path == path {
						http.Redirect(w, r, to, status)
						return
					}
					next.ServeHTTP(w, r)
				}))
				var answered *backfill.AnswerError
				if !errors.As(err, &answered) || !strings.Contains(err.Error(), "it redirects") {
					t.Errorf("%s, %d to %s: %v", path, status, to, err)
				}
			}
		}
	}
}

// TestRevoke plays back what Mastodon answers.
func TestRevoke(t *testing.T) {
	for name, says := range map[string]string{"revoke": "", "revoke-unknown": "", "revoke-wrong-secret": "You are not authorized to revoke this token"} {
		e := recorded.Read(t, recorded.Mastodon46+"/oauth/"+name)
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil || r.Method+" "+r.URL.Path != revoke || r.Form.Get("client_id") != "id" || r.Form.Get("client_secret") != "secret" || r.Form.Get("token") != "t" {
				t.Errorf("%s %s: %v, %v", r.Method, r.URL, r.Form, err)
			}
			reply(w, e.Status, string(e.Body))
		}))
		s.transport.token = ""
		err := s.Revoke(t.Context(), oauth.App{ID: "id", Secret: "secret"}, "t")
		var refused *oauth.RefusedError
		if says == "" && err != nil || says != "" && (!errors.As(err, &refused) || refused.Message != says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRecordedTokenAnswers reads every answer to the exchange of a code.
func TestRecordedTokenAnswers(t *testing.T) {
	for _, e := range recorded.Folder(t, recorded.Mastodon46+"/oauth") {
		if e.URL.Path != "/oauth/token" {
			continue
		}
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reply(w, e.Status, string(e.Body))
		}))
		token, err := s.Exchange(t.Context(), oauth.Request{}, "c")
		var refused *oauth.RefusedError
		switch {
		case e.Status == http.StatusOK && (err != nil || token.Access != "TOKEN" || len(token.Scopes) != 4):
			t.Errorf("%s: %+v, %v", e.Name, token, err)
		case e.Status != http.StatusOK && (!errors.As(err, &refused) || refused.Message == ""):
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

func TestOwner(t *testing.T) {
	home := refusing(map[string]string{
		apps: `{"scopes":["read:search","read:accounts\u001b[31m","read:statuses"]}`, verify: `{"id":"1","username":"you","acct":"you"}`,
		"GET /api/v2/instance": `{"domain":"home.example","version":"4.5.0"}`,
	}, nil)
	s, _ := newFake(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/accounts/verify_credentials" {
			w.Header().Set("X-RateLimit-Limit", "300")
			w.Header().Set("X-RateLimit-Remaining", "123")
			w.Header().Set("X-RateLimit-Reset", "120")
		}
		home.ServeHTTP(w, r)
	}))
	o, err := s.Owner(t.Context())
	if err != nil || o.Missing != "read:follows" || o.Handle.String() != "you@home.example" || o.Scopes[1] != "read:accounts" ||
		o.Limit != 300 || o.Remaining < 120 || o.Remaining > 123 || o.Reset.IsZero() {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestAnotherName: where an application of the same name is the same one, and has
// another redirect, tootfill goes by another name.
func TestAnotherName(t *testing.T) {
	for told, want := range map[string]int{
		`"redirect_uri":"http://127.0.0.1:4711/callback"`:                                1,
		`"redirect_uri":"urn:ietf:wg:oauth:2.0:oob\nhttp://127.0.0.1:4711/callback"`:     1,
		`"redirect_uri":"http://127.0.0.1:1/callback"`:                                   2,
		`"redirect_uri":"http://127.0.0.1:47110/callback http://127.0.0.1:471/callback"`: 2,
		`"redirect_uri":["x"]`:    1,
		`"name":"not told where"`: 1,
	} {
		var names []string
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			names = append(names, r.PostFormValue("client_name"))
			if len(names) > 1 {
				told = `"name":"the new one"`
			}
			reply(w, http.StatusOK, `{"client_id":"id`+strconv.Itoa(len(names))+`","client_secret":"s",`+told+`}`)
		}))
		app, err := s.Register(t.Context(), "http://127.0.0.1:4711/callback", nil)
		if err != nil || len(names) != want || app.ID != "id"+strconv.Itoa(want) || names[0] != "tootfill" {
			t.Errorf("%s: %+v, %v, by the names %q", told, app, err, names)
		}
		if want == 2 && (!strings.HasPrefix(names[1], "tootfill ") || len(names[1]) != len("tootfill ")+8) {
			t.Errorf("the other name is %q", names[1])
		}
	}
}
