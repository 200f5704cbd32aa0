package mastodon

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

const maintenancePage = "<html><head><title>Back soon</title></head></html>"

func TestRequestAnswers(t *testing.T) {
	isNotNow := func(err error) bool {
		var e *backfill.NotNowError
		return errors.As(err, &e)
	}
	isNone := func(err error) bool { return errors.Is(err, backfill.ErrNoEndpoint) }
	leftAlone := func(cause backfill.Cause) func(error) bool {
		return func(err error) bool {
			var e *backfill.LeftAloneError
			return errors.As(err, &e) && e.Cause == cause && !isNotNow(err)
		}
	}
	unauthorized := func(notForThis bool) func(error) bool {
		return func(err error) bool {
			var e *backfill.UnauthorizedError
			return errors.As(err, &e) && e.NotForThis == notForThis
		}
	}
	answered := func(want int) func(error) bool {
		return func(err error) bool { return status(err) == want && !isNotNow(err) && !isNone(err) }
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   func(error) bool
	}{
		{"queued", 202, `{}`, func(err error) bool { return err == nil }},
		{"queued, and not a word", 202, ``, func(err error) bool { return err == nil }},
		{"queued, says a page", 202, maintenancePage, func(err error) bool { return err == nil }},
		{"done at once", 200, `{}`, answered(200)},
		{"a login page", 200, maintenancePage, answered(200)},
		{"made", 201, `{"id":"1"}`, answered(201)},
		{"nothing", 204, ``, answered(204)},
		{"no such route", 404, `{"error":"Not Found"}`, isNone},
		{"no such account", 404, `{"error":"Record not found"}`, leftAlone(backfill.NoAccount)},
		{"an account that is gone", 404, `{"error":"?","cause":"gone"}`, leftAlone(backfill.Gone)},
		{"not a word about an account", 404, `"Record not found"`, isNone},
		{"no such method, but a cause", 405, `{"error":"?","cause":"gone"}`, isNone},
		{"a page about that", 404, maintenancePage, isNone},
		{"no such method", 405, ``, isNone},
		{"not implemented", 501, ``, isNone},
		{"no token", 401, `{"error":"The access token is invalid"}`, unauthorized(false)},
		{"scope", 403, `{"error":"This action is outside the authorized scopes"}`, unauthorized(true)},
		{"not allowed", 403, `{"error":"This action is not allowed"}`, answered(403)},
		{"bot check", 403, maintenancePage, answered(403)},
		{"not now", 422, `{"error":"one per account per hour"}`, isNotNow},
		{"not now, in Misskey's words", 429, `{"error":{"message":"slow down","code":"RATE_LIMIT_EXCEEDED"}}`, isNotNow},
		{"too busy", 503, `{"error":"busy"}`, isNotNow},
		{"not now for an unknown cause", 422, `{"error":"no","cause":"moon_phase"}`, isNotNow},
		{"not now for a cause that is no text", 422, `{"error":"no","cause":["gone"]}`, isNotNow},
		{"a cause that passes", 422, `{"error":"no","cause":"unreachable"}`, isNotNow},
		{"a cause with another status", 503, `{"error":"no","cause":"gone"}`, isNotNow},
		{"opted out", 422, `{"error":"no","cause":"opted_out"}`, leftAlone(backfill.OptedOut)},
		{"gone", 422, `{"error":"no","cause":"gone"}`, leftAlone(backfill.Gone)},
		{"local", 422, `{"cause":"local"}`, leftAlone(backfill.Local)},
		{"suspended", 422, `{"error":"no","cause":"suspended_by_home"}`, leftAlone(backfill.SuspendedByHome)},
		{"never", 422, `{"error":"no","cause":"never"}`, leftAlone(backfill.Never)},
		{"unknown", 422, `{"error":"no","cause":"no_account"}`, leftAlone(backfill.NoAccount)},
		{"not followed", 422, `{"error":"no","cause":"not_followed"}`, leftAlone(backfill.NotFollowed)},
		{"not accepted yet", 422, `{"error":"no","cause":"follow_requested"}`, leftAlone(backfill.FollowRequested)},
		{"unreadable name", 422, `{"error":"no","cause":"malformed"}`, isNotNow},
		{"unreadable form", 422, maintenancePage, answered(422)},
		{"a limit of what is in front", 429, `Too many requests`, answered(429)},
		{"maintenance", 503, maintenancePage, answered(503)},
		{"a JSON without a word", 503, `{}`, answered(503)},
		{"a JSON without an error", 503, `{"status":"maintenance","error":null}`, answered(503)},
		{"another JSON", 503, `["down"]`, answered(503)},
		{"crash", 500, `{"error":"We're sorry"}`, answered(500)},
		{"bad gateway", 502, maintenancePage, answered(502)},
		{"time-out", 504, maintenancePage, answered(504)},
		{"bad request", 400, `{"error":"?"}`, answered(400)},
		{"gone", 410, `{"error":"?"}`, answered(410)},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.name), func(t *testing.T) {
			s, w := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.body == maintenancePage {
					w.Header().Set("Content-Type", "text/html")
				}
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			if err := s.Request(t.Context(), fediverse.Account{ID: "1"}); !c.want(err) {
				t.Errorf("error %v", err)
			}
			if n := len(w.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestRequestIsRedirected(t *testing.T) {
	for _, target := range []string{"https://www.home.example/", "/elsewhere"} {
		s, w := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target, http.StatusPermanentRedirect)
		}))
		if err := s.Request(t.Context(), fediverse.Account{ID: "1"}); status(err) != 308 || len(w.requests()) != 1 {
			t.Errorf("to %s: %v after %d requests", target, err, len(w.requests()))
		}
	}
}

// A request may have been accepted although its answer was cut off; one that got no
// connection has not been seen.
func TestRequestTellsACutFromNoConnection(t *testing.T) {
	home := loopback(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	for _, unsent := range []bool{false, true} {
		s, err := New(Options{Server: home.URL, Token: testToken, Rate: limit.Unlimited})
		if err != nil {
			t.Fatal(err)
		}
		if unsent {
			home.Close()
		}
		var away *backfill.UnavailableError
		if err := s.Request(t.Context(), fediverse.Account{ID: "1"}); !errors.As(err, &away) || away.Unsent != unsent {
			t.Errorf("unsent %v: %v", unsent, err)
		}
	}
}

func TestRequestIsQueuedThoughItsAnswerBreaksOff(t *testing.T) {
	home := loopback(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte("{"))
	}))
	s, err := New(Options{Server: home.URL, Token: testToken, Rate: limit.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Request(t.Context(), fediverse.Account{ID: "1"}); err != nil {
		t.Error(err)
	}
}

func TestRequestNamesWhenToComeAgain(t *testing.T) {
	clock := backfilltest.NewClock()
	s, _ := newFake(t, Options{Rate: limit.Unlimited, Clock: clock}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 503, `{"error":"later"}`, "Retry-After", "7200")
	}))
	var notNow *backfill.NotNowError
	err := s.Request(t.Context(), fediverse.Account{ID: "1"})
	if !errors.As(err, &notNow) || !notNow.RetryAt.Equal(clock.Now().Add(2*time.Hour)) {
		t.Errorf("%v", err)
	}
}
