package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// testSigner records what it was asked to sign.
type testSigner struct{ err error }

func (s testSigner) SignCavage(r *http.Request, now time.Time) error {
	return s.sign("draft", r, now)
}

func (s testSigner) SignRFC9421(r *http.Request, now time.Time) error {
	return s.sign("rfc9421", r, now)
}

func (s testSigner) sign(scheme string, r *http.Request, now time.Time) error {
	r.Header.Set("Signature", fmt.Sprintf("%s %s %s%s %d", scheme, r.Method, r.Host, r.URL.RequestURI(), now.Unix()))
	return s.err
}

// signedOrigin serves documents to the schemes that it accepts, and records every
// request as host, path and scheme.
func signedOrigin(t *testing.T, refusal int, takes ...string) (c *Client, asked *[]string) {
	asked = new([]string)
	o := newTestOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		scheme, rest, _ := strings.Cut(r.Header.Get("Signature"), " ")
		*asked = append(*asked, strings.TrimSpace(r.Host+r.RequestURI+" "+scheme))
		if want := fmt.Sprintf("GET %s%s %d", r.Host, r.RequestURI, backfilltest.NewClock().Now().Unix()); scheme != "" && rest != want {
			t.Errorf("signed %q, want %q", rest, want)
		}
		to, redirects := strings.CutPrefix(r.RequestURI, "/to?")
		switch {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case r.URL.Path == "/public":
			answerJSON(w, "{}")
		case redirects:
			http.Redirect(w, r, to, http.StatusFound)
		default:
			for _, s := range takes {
				if s == scheme {
					answerJSON(w, "{}")
					return
				}
			}
			w.WriteHeader(refusal)
		}
	})
	options := o.options()
	options.Signer, options.Burst = testSigner{}, 100
	return newTestClient(t, options), asked
}

func wantAsked(t *testing.T, asked *[]string, want ...string) {
	t.Helper()
	var got []string
	for _, a := range *asked {
		if !strings.Contains(a, "/robots.txt") {
			got = append(got, a)
		} else if strings.Contains(a, " ") {
			t.Errorf("robots.txt was signed for: %s", a)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	*asked = nil
}

func TestSecondKnock(t *testing.T) {
	for _, refusal := range []int{400, 401} {
		c, asked := signedOrigin(t, refusal, "rfc9421")
		for range 2 {
			if _, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil {
				t.Fatal(err)
			}
		}
		// The second time, what the host accepts is known.
		wantAsked(t, asked, "a.example.com/x draft", "a.example.com/x rfc9421", "a.example.com/x rfc9421")
		if _, err := c.Get(t.Context(), Request{URL: "https://b.example.com/x", Kind: Object}); err != nil {
			t.Fatal(err)
		}
		wantAsked(t, asked, "b.example.com/x draft", "b.example.com/x rfc9421")
	}
}

func TestDraftIsTaken(t *testing.T) {
	c, asked := signedOrigin(t, 401, "draft")
	if _, err := c.Get(t.Context(), Request{URL: documentURL, Kind: CollectionPage}); err != nil {
		t.Fatal(err)
	}
	wantAsked(t, asked, "a.example.com/x draft")
}

// A public document does not show which scheme a host accepts.
func TestPublicDocumentSettlesNothing(t *testing.T) {
	c, asked := signedOrigin(t, 401, "rfc9421")
	for _, path := range []string{"/public", "/x"} {
		if _, err := c.Get(t.Context(), Request{URL: "https://a.example.com" + path, Kind: Object}); err != nil {
			t.Fatal(err)
		}
	}
	wantAsked(t, asked, "a.example.com/public draft", "a.example.com/x draft", "a.example.com/x rfc9421")
}

func TestNeitherSchemeIsTaken(t *testing.T) {
	c, asked := signedOrigin(t, 401)
	for range 2 {
		_, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
		wantCause(t, err, backfill.Walled)
		if !strings.Contains(err.Error(), "although the request was signed") {
			t.Errorf("error = %v", err)
		}
	}
	wantAsked(t, asked, "a.example.com/x draft", "a.example.com/x rfc9421", "a.example.com/x draft")
}

// A host that refuses for another reason is not asked twice.
func TestNoSecondKnock(t *testing.T) {
	for _, refusal := range []int{403, 404, 410, 500} {
		c, asked := signedOrigin(t, refusal)
		if _, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object}); err == nil {
			t.Error("no error")
		}
		wantAsked(t, asked, "a.example.com/x draft")
	}
}

func TestEveryHopIsSignedAnew(t *testing.T) {
	c, asked := signedOrigin(t, 401, "draft")
	if _, err := c.Get(t.Context(), Request{URL: "https://a.example.com/to?https://b.example.com/y?z=%3A", Kind: Object}); err != nil {
		t.Fatal(err)
	}
	// The origin checks the signature of each against its own URL.
	wantAsked(t, asked, "a.example.com/to?https://b.example.com/y?z=%3A draft", "b.example.com/y?z=%3A draft")
}

func TestOtherKindsAreNotSigned(t *testing.T) {
	c, asked := signedOrigin(t, 401, "draft")
	for _, k := range []Kind{JRD, JSON} {
		if _, err := c.Get(t.Context(), Request{URL: "https://a.example.com/public", Kind: k}); err != nil {
			t.Fatal(err)
		}
	}
	wantAsked(t, asked, "a.example.com/public", "a.example.com/public")
}

func TestNothingIsSignedForBlockedAddresses(t *testing.T) {
	o := newTestOrigin(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
	o.resolve("inner.example.com", "10.0.0.7")
	options := o.options()
	options.Signer = testSigner{}
	_, err := newTestClient(t, options).Get(t.Context(), Request{URL: "https://inner.example.com/x", Kind: Object})
	wantCause(t, err, backfill.Forbidden)
	if n := o.dials.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestSigningThatFails(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(http.ResponseWriter, *http.Request) { t.Error("a request came through") }))
	options := o.options()
	broken := errors.New("broken key")
	options.Signer = testSigner{err: broken}
	_, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object})
	wantCause(t, err, backfill.Forbidden)
	if !errors.Is(err, broken) {
		t.Errorf("error = %v", err)
	}
}
