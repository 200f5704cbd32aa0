package fetch

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"tootfill/backfill"
)

func TestWalls(t *testing.T) {
	const page = "<!DOCTYPE html><html><title>Just a moment...</title></html>"
	html := http.Header{"Content-Type": {"text/html; charset=UTF-8"}}
	with := func(name, value string) http.Header {
		h := html.Clone()
		h.Set(name, value)
		return h
	}
	plain := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	json := http.Header{"Content-Type": {"application/json"}}
	for _, c := range []struct {
		name   string
		status int
		header http.Header
		body   string
		want   backfill.Cause
	}{
		{"a page for 403", 403, html, page, backfill.Walled},
		{"a page for 401", 401, html, page, backfill.Walled},
		{"Cloudflare, 403", 403, with("Cf-Mitigated", "challenge"), page, backfill.Walled},
		{"Cloudflare, 503", 503, with("Cf-Mitigated", "challenge"), page, backfill.Walled},
		{"Cloudflare, 503 with a pause", 503, http.Header{"Cf-Mitigated": {"challenge"}, "Retry-After": {"3600"}}, page, backfill.Walled},
		{"Cloudflare, 200", 200, with("Cf-Mitigated", "challenge"), page, backfill.Walled},
		{"Cloudflare, not even a page", 403, http.Header{"Cf-Mitigated": {"block"}}, "", backfill.Walled},
		{"AWS WAF", 405, with("X-Amzn-Waf-Action", "captcha"), page, backfill.Walled},
		{"Anubis", 200, with("Set-Cookie", "techaro.lol-anubis-auth=; Path=/"), page, backfill.Walled},
		{"Mastodon", 401, json, `{"error":"Request not signed"}`, backfill.NeedsSignature},
		{"GoToSocial", 401, json, `{"error":"Unauthorized: http request wasn't signed or http signature was invalid"}`, backfill.NeedsSignature},
		{"Akkoma", 401, plain, "Request not signed", backfill.NeedsSignature},
		{"a word that is called a page", 401, html, "Unauthorized", backfill.NeedsSignature},
		{"nothing", 403, http.Header{}, "", backfill.NeedsSignature},
		{"a page for 200", 200, html, page, backfill.Malformed},
		{"a page for 404", 404, html, page, backfill.NotFound},
		{"a page for 500", 500, html, page, backfill.ServerError},
		{"a page for 503", 503, html, page, backfill.ServerError},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
				for name, values := range c.header {
					w.Header()[name] = values
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object})
			wantCause(t, err, c.want)
			if strings.Contains(err.Error(), "signed") {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// A wall in front of robots.txt need not be in front of everything: the document is
// still requested, whether or not it is behind the wall as well.
func TestWallInFrontOfRobots(t *testing.T) {
	for _, status := range []int{200, 403, 503} {
		o, _, documents := robotsOrigin(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cf-Mitigated", "challenge")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html>"))
		})
		if _, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil || *documents != 1 {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// A web page says nothing about signatures: the other scheme is not tried.
func TestWallSettlesNoScheme(t *testing.T) {
	asked := 0
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte("<html>"))
	}))
	options := o.options()
	options.Signer = testSigner{}
	_, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object})
	wantCause(t, err, backfill.Walled)
	var answered *StatusError
	if !errors.As(err, &answered) || !answered.Wall || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

// Only what can be signed can need a signature: no setting opens the rest.
func TestWhatIsNeverSignedWantsNoSignature(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"This method requires an authenticated user"}`))
	}))
	for kind, want := range map[Kind]backfill.Cause{
		JRD: backfill.Walled, XRD: backfill.Walled, JSON: backfill.Walled, JSONPage: backfill.NoOutbox, Feed: backfill.NoOutbox,
		Object: backfill.NeedsSignature, CollectionPage: backfill.NeedsSignature,
	} {
		_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: kind})
		wantCause(t, err, want)
	}
}
