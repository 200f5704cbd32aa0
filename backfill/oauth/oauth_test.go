package oauth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestChallenge: the example of RFC 7636, appendix B.
func TestChallenge(t *testing.T) {
	if got := challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Error(got)
	}
}

func TestRequest(t *testing.T) {
	app := App{ID: "id", Secret: "secret"}
	with, without := NewRequest(app, OutOfBand, []string{"read:search", "read:accounts"}, true), NewRequest(app, OutOfBand, nil, false)
	if n := len(with.Verifier); n < 43 || n > 128 || with.State == without.State || with.State == "" {
		t.Errorf("%+v, %+v", with, without)
	}
	q, form := with.PageQuery(), with.TokenForm("c")
	if q.Get("code_challenge") != challenge(with.Verifier) || q.Get("code_challenge_method") != "S256" || form.Get("code_verifier") != with.Verifier {
		t.Errorf("%v, %v", q, form)
	}
	if q.Get("scope") != "read:search read:accounts" || strings.Contains(q.Encode(), "secret") {
		t.Errorf("%v", q)
	}
	q, form = without.PageQuery(), without.TokenForm("c")
	if q.Has("code_challenge") || q.Has("code_challenge_method") || form.Has("code_verifier") {
		t.Errorf("without PKCE: %v, %v", q, form)
	}
}

func TestLoopback(t *testing.T) {
	long := strings.Repeat("c", longestCode+1)
	for name, c := range map[string]struct {
		answer url.Values
		code   string
		err    error
		status int
	}{
		"a code":             {url.Values{"state": {"s"}, "code": {"c"}}, "c", nil, 200},
		"refused":            {url.Values{"state": {"s"}, "error": {"access_denied"}, "error_description": {"The owner\x1b[31m said\nno."}}, "", &RefusedError{Message: "The owner said no."}, 400},
		"refused, no words":  {url.Values{"state": {"s"}, "error": {"access_denied"}}, "", &RefusedError{Message: "access_denied"}, 400},
		"another state":      {url.Values{"state": {"t"}, "code": {"c"}}, "", ErrState, 400},
		"no state":           {url.Values{"code": {"c"}}, "", ErrState, 400},
		"no state, refused":  {url.Values{"error": {"access_denied"}}, "", ErrState, 400},
		"no code":            {url.Values{"state": {"s"}}, "", ErrNoCode, 400},
		"nothing":            {url.Values{}, "", ErrNoCode, 400},
		"a token":            {url.Values{"state": {"s"}, "access_token": {"x"}}, "", ErrToken, 400},
		"a token, no state":  {url.Values{"access_token": {"x"}}, "", ErrState, 400},
		"a token and a code": {url.Values{"state": {"s"}, "access_token": {"x"}, "code": {"c"}}, "c", nil, 200},
		"a token, refused":   {url.Values{"state": {"s"}, "access_token": {"x"}, "error": {"no"}}, "", &RefusedError{Message: "no"}, 400},
		"a code too long":    {url.Values{"state": {"s"}, "code": {long}}, "", ErrNoCode, 400},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := Listen("s")
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if status, _ := visit(t, strings.Replace(b.Redirect(), callbackPath, "/favicon.ico", 1)); status != 404 {
				t.Errorf("another path: %d", status)
			}
			status, page := visit(t, b.Redirect()+"?"+c.answer.Encode())
			if status != c.status || strings.Contains(page, "owner") || strings.Contains(page, "access_denied") {
				t.Errorf("the page: %d, %s", status, page)
			}
			visit(t, b.Redirect()+"?state=s&code=second")
			code, err := b.Code(t.Context())
			var refused, want *RefusedError
			switch {
			case errors.As(c.err, &want):
				if !errors.As(err, &refused) || *refused != *want {
					t.Errorf("%v, want %v", err, c.err)
				}
			case code != c.code || !errors.Is(err, c.err):
				t.Errorf("%q, %v; want %q, %v", code, err, c.code, c.err)
			}
		})
	}
}

// TestNobodyComesBack: the wait for a browser ends with its context, for its cause.
func TestNobodyComesBack(t *testing.T) {
	b, err := Listen("s")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	late := errors.New("too late")
	cancel(late)
	if code, err := b.Code(ctx); code != "" || !errors.Is(err, late) {
		t.Errorf("%q, %v", code, err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(b.Redirect(), "http://127.0.0.1:") {
		t.Error(b.Redirect())
	}
}

func visit(t *testing.T, address string) (status int, page string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(body)
}
