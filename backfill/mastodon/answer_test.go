package mastodon

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

func TestImportAnswers(t *testing.T) {
	const uri = "https://photos.example/users/alice/statuses/1"
	isRefused := func(err error) bool { return errors.Is(err, backfill.ErrRefused) }
	isUncertain := func(err error) bool {
		var away *backfill.UnavailableError
		return errors.Is(err, backfill.ErrUncertain) && !errors.As(err, &away)
	}
	answered := func(status int, message string) func(error) bool {
		return func(err error) bool {
			var e *backfill.AnswerError
			return errors.As(err, &e) && e.Status == status && e.Message == message && e.Server == "home.example"
		}
	}
	unauthorized := func(scope string) func(error) bool {
		return func(err error) bool {
			var e *backfill.UnauthorizedError
			return errors.As(err, &e) && e.Scope == scope && e.Message != ""
		}
	}
	html := func(title string) string {
		return "<!DOCTYPE html><html><head><title>" + title + "</title></head></html>"
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   func(error) bool
	}{
		{"the post", 200, `{"accounts":[],"statuses":[{"id":"1","uri":"` + uri + `"}]}`, func(err error) bool { return err == nil }},
		{"nothing", 200, `{"accounts":[],"statuses":[],"hashtags":[]}`, isRefused},
		{"another post", 200, `{"statuses":[{"uri":"` + uri + `0"}]}`, isRefused},
		{"another spelling", 200, `{"statuses":[{"uri":"` + strings.ToUpper(uri) + `"}]}`, isRefused},
		{"an empty body", 200, ``, isUncertain},
		{"broken JSON", 200, `{"statuses":[{`, answered(200, "the answer is not JSON")},
		{"other JSON", 200, `{"statuses":"x"}`, func(err error) bool { return status(err) == 200 }},
		{"a page", 200, html("Log in"), answered(200, "a web page instead of an answer: Log in")},
		{"no token", 401, `{"error":"The access token is invalid"}`, unauthorized("")},
		{"scope", 403, `{"error":"This action is outside the authorized scopes"}`, unauthorized("read:search")},
		{"scope at GoToSocial", 403, `{"error":"Forbidden: token has insufficient scope permission"}`, unauthorized("read:search")},
		{"not to be seen", 403, `{"error":"This action is not allowed"}`, answered(403, "This action is not allowed")},
		{"disabled", 403, `{"error":"Your login is currently disabled"}`, answered(403, "Your login is currently disabled")},
		{"not found", 404, `{"error":"Record not found"}`, answered(404, "Record not found")},
		{"duplicate", 422, `{"error":"Validation failed"}`, answered(422, "Validation failed")},
		{"crash", 500, html("We're sorry, but something went wrong (500)"), answered(500, "a web page instead of an answer: We're sorry, but something went wrong (500)")},
		{"bad gateway", 502, html(" 502\nBad&nbsp;Gateway "), answered(502, "a web page instead of an answer: 502 Bad Gateway")},
		{"race", 503, `{"error":"There was a temporary problem serving your request, please try again"}`,
			answered(503, "There was a temporary problem serving your request, please try again")},
		{"time-out of the proxy", 504, html("504 Gateway Time-out"), isUncertain},
		{"time-out of Cloudflare", 524, html("A timeout occurred"), isUncertain},
		{"teapot", 418, ``, answered(418, "I'm a teapot")},
		{"no content", 204, ``, answered(204, "No Content")},
		{"control characters", 500, `{"error":"a\u001b]0;x\u0007b\u202e\n c"}`, answered(500, "ab c")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(c.body, "<") {
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			if _, err := s.Import(t.Context(), uri); !c.want(err) {
				t.Errorf("error %v", err)
			} else if err != nil && strings.Contains(err.Error(), testToken) {
				t.Errorf("the token is in %q", err)
			}
		})
	}
}

func TestImportAsksForOnePost(t *testing.T) {
	s, w := newFake(t, Options{Rate: limit.Unlimited}, echo)
	if _, err := s.Import(t.Context(), "https://x.example/1?a=b&c"); err != nil {
		t.Fatal(err)
	}
	want := "GET /api/v2/search?limit=1&q=https%3A%2F%2Fx.example%2F1%3Fa%3Db%26c&resolve=true&type=statuses"
	if got := w.requests(); len(got) != 1 || got[0] != want {
		t.Errorf("requests %q", got)
	}
}

func TestTooLongAnswer(t *testing.T) {
	s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, `"`+strings.Repeat("x", bodyLimit)+`"`)
	}))
	_, err := s.Import(t.Context(), "https://photos.example/1")
	if status(err) != 200 || !strings.Contains(err.Error(), "8 MiB") {
		t.Errorf("error %.300v", err)
	}
}

func TestClean(t *testing.T) {
	if got := clean(strings.Repeat("ä", 500)); utf8.RuneCountInString(got) != longestMessage || !strings.HasSuffix(got, "ä…") {
		t.Errorf("%q", got)
	}
}

// loopback starts a real server on loopback.
func loopback(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

func TestTokenStaysAtHome(t *testing.T) {
	foreign := loopback(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request to %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	var target string
	var header http.Header
	home := loopback(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		if r.URL.Path == "/elsewhere" {
			reply(w, 200, `{"statuses":[{"uri":"u"}]}`)
			return
		}
		http.Redirect(w, r, target, http.StatusFound)
	}))
	s, err := New(Options{Server: home.URL, Token: testToken, UserAgent: "tootfill/1", Rate: limit.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct{ target, want string }{
		{foreign.URL + "/x", "it redirects to " + foreign.URL},
		{strings.Replace(home.URL, "http:", "https:", 1), "it redirects to https:"},
		{"https://%zz/", "cannot be read"},
		{"/loop", "redirects too often"},
	} {
		target = c.target
		_, err := s.Import(t.Context(), "u")
		if status(err) == 0 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("redirect to %q: %v", c.target, err)
		}
	}
	target = "/elsewhere"
	if _, err := s.Import(t.Context(), "u"); err != nil {
		t.Errorf("redirect at home: %v", err)
	}
	if got := header.Get("Authorization"); got != "Bearer "+testToken {
		t.Errorf("authorization %q", got)
	}
	if got := header.Get("User-Agent"); got != "tootfill/1" {
		t.Errorf("user agent %q", got)
	}
	if err := s.Request(t.Context(), fediverse.Account{ID: "1"}); status(err) != 302 {
		t.Errorf("redirected request: %v", err)
	}
}

func TestUnavailable(t *testing.T) {
	tlsServer := httptest.NewUnstartedServer(echo)
	tlsServer.Config.ErrorLog = log.New(io.Discard, "", 0)
	tlsServer.StartTLS()
	defer tlsServer.Close()
	dropping := loopback(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	noDial := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "home.example", IsNotFound: true}
	}
	slowDial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return nil, context.DeadlineExceeded
	}
	for name, o := range map[string]Options{
		"no such host":        {Server: "home.example", Dial: noDial},
		"connection too late": {Server: "home.example", Dial: slowDial},
		"unknown authority":   {Server: tlsServer.URL, RootCAs: x509.NewCertPool()},
		"dropped":             {Server: dropping.URL},
	} {
		t.Run(name, func(t *testing.T) {
			o.Rate = limit.Unlimited
			s, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, err = s.Import(t.Context(), "u")
			var away *backfill.UnavailableError
			if !errors.As(err, &away) || errors.Is(err, backfill.ErrUncertain) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	home := loopback(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"statuses":[`))
	}))
	s, err := New(Options{Server: home.URL, Rate: limit.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Import(t.Context(), "u"); !errors.Is(err, backfill.ErrUncertain) {
		t.Errorf("error %v", err)
	}
}

// The message about an answer of an unexpected form does not name our own types.
func TestAnAnswerOfAnotherFormIsToldInWords(t *testing.T) {
	s, _ := newFake(t, Options{}, nil)
	for from, want := range map[string]string{
		`{}`:  "home.example answered 200: the answer cannot be read: it has a JSON object where none was expected",
		`"x"`: "home.example answered 200: the answer cannot be read: it has a JSON string where none was expected",
	} {
		var list []struct{}
		if err := s.explain(json.Unmarshal([]byte(from), &list)); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
