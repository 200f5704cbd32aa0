package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

func TestNoted(t *testing.T) {
	w := newWorld(t)
	w.queue.place = Place{State: Waiting, NextAllowed: w.clock.Now().Add(time.Hour)}
	rec := w.do(request("POST", path, annes))
	const want = `{"account":{"id":"7","acct":"alice@photos.example"},"state":"waiting","next_allowed":"2026-03-01T13:00:00.000Z"}`
	if rec.Code != http.StatusAccepted || rec.Body.String() != want {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	alice := fediverse.Handle{User: "alice", Domain: "photos.example"}
	if asked := w.queue.noted(); !slices.Equal(asked, []Asking{{Account: alice, ID: "7", By: "1"}}) || w.queue.bounds != w.Bounds {
		t.Errorf("%+v %+v", asked, w.queue.bounds)
	}
	wantHeaders := http.Header{
		"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"private, no-store"}, "Vary": {"Authorization, Origin"},
	}
	if !reflect.DeepEqual(rec.Header(), wantHeaders) {
		t.Errorf("%v", rec.Header())
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t)
	w.queue.progress = Progress{Place: Place{State: Running}, Counts: Counts{Listed: 9, Imported: 4, Held: 2, Refused: 1, Left: 3}}
	const want = `{"account":{"id":"7","acct":"alice@photos.example"},"state":"running","next_allowed":null,` +
		`"counts":{"listed":9,"imported":4,"held":2,"refused":1,"left":3}}`
	for _, method := range []string{"GET", "HEAD"} {
		if rec := w.do(request(method, path, annes)); rec.Code != http.StatusOK || rec.Body.String() != want {
			t.Errorf("%s: %d %s", method, rec.Code, rec.Body)
		}
	}
	if asked := w.queue.noted(); asked != nil {
		t.Errorf("%+v", asked)
	}
	for _, answer := range []struct {
		path, token string
		status      int
	}{{path, bobs, 422}, {path, "", 401}, {path, "wrong", 401}} {
		if rec := w.do(request("GET", answer.path, answer.token)); rec.Code != answer.status {
			t.Errorf("%+v: %d %s", answer, rec.Code, rec.Body)
		}
	}
}

func TestToken(t *testing.T) {
	const invalid = `Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"`
	for name, tt := range map[string]struct {
		err       error // of home
		status    int
		says      string
		challenge string
	}{
		"wrong":    {nil, 401, "The access token is invalid", invalid},
		"revoked":  {&DeniedError{Status: 401, Message: "The access token was revoked"}, 401, "The access token was revoked", strings.Replace(invalid, "is invalid", "was revoked", 1)},
		"disabled": {&DeniedError{Status: 403, Message: "Your login is currently disabled"}, 403, "Your login is currently disabled", ""},
		"scope": {&DeniedError{Status: 403, Scope: "read:follows"}, 403, "This action is outside the authorized scopes",
			`Bearer realm="Doorkeeper", error="insufficient_scope", error_description="Access to this resource requires scope _read read:follows_."`},
	} {
		for _, method := range []string{"POST", "GET"} {
			w := newWorld(t)
			w.home.set("x", "", tt.err)
			rec := w.do(request(method, path, "x"))
			if rec.Code != tt.status || said(t, rec) != (errorEntity{Error: tt.says}) || rec.Header().Get("WWW-Authenticate") != tt.challenge {
				t.Errorf("%s: %d %s %v", name, rec.Code, rec.Body, rec.Header())
			}
			if w.queue.noted() != nil || w.failures != nil {
				t.Errorf("%s: %v, %v", name, w.queue.noted(), w.failures)
			}
		}
	}
}

// Only the one header counts, and only what looks like a token is shown to home.
func TestNoToken(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*http.Request){
		"none":        func(*http.Request) {},
		"a parameter": func(r *http.Request) { r.URL.RawQuery = "access_token=" + annes + "&bearer_token=" + annes },
		"a cookie":    func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "_session_id", Value: annes}) },
		"basic":       func(r *http.Request) { r.SetBasicAuth("anne", annes) },
		"no scheme":   func(r *http.Request) { r.Header.Set("Authorization", annes) },
		"only scheme": func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") },
		"two headers": func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer " + annes, "Bearer " + annes} },
		"two tokens":  func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+annes+", Bearer "+annes) },
		"strange":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+annes+"\r\nX: y") },
		"padding":     func(r *http.Request) { r.Header.Set("Authorization", "Bearer ===") },
		"long":        func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.Repeat("a", longestToken+1)) },
	} {
		r := request("POST", path, "")
		change(r)
		if rec := w.do(r); rec.Code != 401 || said(t, rec).Error != invalidToken {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if w.home.count() != 0 || w.queue.noted() != nil {
		t.Errorf("home was asked %d times, %v", w.home.count(), w.queue.noted())
	}
	for _, good := range []string{"Bearer " + annes, "bearer  " + annes, "BEARER " + annes + " "} {
		r := request("POST", path, "")
		r.Header.Set("Authorization", good)
		if rec := w.do(r); rec.Code != 202 {
			t.Errorf("%q: %d %s", good, rec.Code, rec.Body)
		}
	}
}

func TestLeftAlone(t *testing.T) {
	following := func(s backfill.Standing) backfill.Standing { s.Following = true; return s }
	for name, tt := range map[string]struct {
		id       string
		standing backfill.Standing
		err      error
		want     backfill.Cause
	}{
		"unknown":            {id: "77", want: backfill.NoAccount},
		"no number":          {id: "alice", want: backfill.NoAccount},
		"the instance actor": {id: "-99", want: backfill.NoAccount},
		"too great":          {id: "99999999999999999999", want: backfill.NoAccount},
		"no handle":          {id: "7", err: fmt.Errorf("reading: %w", home.ErrUnreadableAccount), want: backfill.Malformed},
		"local":              {id: "9", want: backfill.Local},
		"not followed":       {id: "7", want: backfill.NotFollowed},
		"requested":          {id: "7", standing: backfill.Standing{Requested: true}, want: backfill.FollowRequested},
		"suspended":          {id: "7", standing: backfill.Standing{Refusal: "home has suspended it"}, want: backfill.SuspendedByHome},
		"not allowed":        {id: "7", standing: following(backfill.Standing{Refusal: "no", Cause: backfill.LimitedFederation}), want: backfill.LimitedFederation},
		"blocking":           {id: "7", standing: following(backfill.Standing{Blocking: true}), want: backfill.Blocked},
		"opted out":          {id: "8", standing: following(backfill.Standing{}), want: backfill.OptedOut},
	} {
		for _, method := range []string{"POST", "GET"} {
			w := newWorld(t)
			w.accounts.standings["1 "+tt.id], w.accounts.err = tt.standing, tt.err
			rec := w.do(request(method, "/api/v1/accounts/"+tt.id+"/backfill", annes))
			e := said(t, rec)
			if rec.Code != 422 || e.Cause != tt.want || e.Error == "" || rec.Header().Get("Retry-After") != "" || w.queue.noted() != nil {
				t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			}
		}
	}
}

func TestNotNow(t *testing.T) {
	now := newWorld(t).clock.Now()
	at := now.Add(90*time.Second + time.Millisecond)
	for name, tt := range map[string]struct {
		err    error
		status int
		after  string
	}{
		"soon":         {&TooSoonError{NextAllowed: at}, 429, "91"},
		"just over":    {&TooSoonError{NextAllowed: now.Add(-time.Hour)}, 429, "1"},
		"many":         {fmt.Errorf("asking: %w", &TooManyError{RetryAt: at}), 429, "91"},
		"full":         {&FullError{Waiting: 1000}, 503, "300"},
		"ledger away":  {errAway, 503, "30"},
		"outage":       {&backfill.OutageError{Server: "home", RetryAt: at, Err: errAway}, 503, "91"},
		"unreachable":  {&backfill.UnavailableError{Server: "home", Err: errAway}, 503, "30"},
		"a long pause": {&backfill.UnavailableError{Server: "home", Err: &backfill.NotNowError{Status: 503, RetryAt: at}}, 503, "91"},
	} {
		for _, port := range []string{"queue", "ready", "accounts", "home"} {
			w := newWorld(t)
			switch {
			case port == "queue":
				w.queue.err = tt.err
			case tt.status == 429 || name == "full":
				continue
			case port == "ready":
				w.Ready = func(context.Context) error { return tt.err }
			case port == "accounts":
				w.accounts.err = tt.err
			case port == "home":
				w.home.set(annes, "", tt.err)
			}
			rec := w.do(request("POST", path, annes))
			if rec.Code != tt.status || rec.Header().Get("Retry-After") != tt.after || said(t, rec).Error == "" || said(t, rec).Cause != "" {
				t.Errorf("%s, %s: %d %s %v", port, name, rec.Code, rec.Body, rec.Header())
			}
			if told := len(w.failures) == 1 && errors.Is(w.failures[0], tt.err); told != (tt.status == 503) || w.queue.noted() != nil {
				t.Errorf("%s, %s: told of %v", port, name, w.failures)
			}
		}
	}
}

func TestOtherPaths(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ method, path string }{
		{"GET", "/"}, {"POST", "/api/v1/accounts/7"}, {"POST", "/api/v1/accounts//backfill"}, {"POST", "/api/v1/accounts/7/8/backfill"},
		{"POST", "/api/v2/accounts/7/backfill"}, {"POST", "//api/v1/accounts/7/backfill"}, {"POST", path + "//"}, {"POST", "/api/v1/accounts/7/backfill/x"},
		{"POST", "/api/v1/accounts/7%2f8/backfill"}, {"DELETE", path}, {"PUT", path}, {"PATCH", path}, {"OPTIONS", path}, {"post", path}, {"TRACE", path},
	} {
		rec := w.do(request(tt.method, tt.path, annes))
		if rec.Code != 404 || rec.Body.String() != `{"error":"Not Found"}` || rec.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%+v: %d %s", tt, rec.Code, rec.Body)
		}
	}
	if w.home.count() != 0 || w.queue.noted() != nil {
		t.Errorf("home was asked %d times, %v", w.home.count(), w.queue.noted())
	}
	if rec := w.do(request("POST", path+"/", annes)); rec.Code != 202 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestBody(t *testing.T) {
	w := newWorld(t)
	for n, want := range map[int]int{0: 202, longestBody: 202, longestBody + 1: 413, 1 << 20: 413} {
		for _, known := range []bool{true, false} {
			r := request("POST", path, annes)
			body := strings.NewReader(strings.Repeat("x", n))
			r.Body, r.ContentLength = http.NoBody, int64(n)
			if n > 0 {
				r.Body = io.NopCloser(body)
			}
			if !known {
				r.ContentLength = -1
			}
			if rec := w.do(r); rec.Code != want {
				t.Errorf("%d bytes: %d %s", n, rec.Code, rec.Body)
			}
		}
	}
}

func TestPanic(t *testing.T) {
	w := newWorld(t)
	w.Ready = func(context.Context) error { panic("oh") }
	rec := w.do(request("POST", path, annes))
	if rec.Code != 500 || said(t, rec).Error != "Internal Server Error" || len(w.failures) != 1 {
		t.Errorf("%d %s, %v", rec.Code, rec.Body, w.failures)
	}
}

// No answer and no error tells a token.
func TestTokenIsNotTold(t *testing.T) {
	for _, err := range []error{nil, errAway, &DeniedError{Status: 401, Message: "no"}, &backfill.NotNowError{Status: 429}} {
		w := newWorld(t)
		w.home.set(annes, "", err)
		rec := w.do(request("POST", path, annes))
		w.Tokens.mu.Lock()
		told := fmt.Sprintf("%+v %s %v %+v", rec.Header(), rec.Body, w.failures, w.Tokens)
		for hash, element := range w.Tokens.known.all {
			told += fmt.Sprintf("%s %+v", hash, element.Value.(*aged[tokenHash, *verification]).value)
		}
		w.Tokens.mu.Unlock()
		if strings.Contains(told, annes) {
			t.Errorf("%v: %s", err, told)
		}
	}
}
