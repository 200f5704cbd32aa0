package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"tootfill/backfill"
	"tootfill/backfill/mediatype"
)

const documentURL = "https://a.example.com/x"

// Its time stands, because it has sockets: the transport keeps a connection only if
// the request was written within 50 ms.
func TestGet(t *testing.T) { synctest.Test(t, get) }

func get(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "tootfill/1 (+https://x)" || !strings.Contains(r.Header.Get("Accept"), "application/activity+json") {
			t.Errorf("headers = %v", r.Header)
		}
		for _, h := range []string{"Cookie", "Referer", "Authorization"} {
			if r.Header.Get(h) != "" {
				t.Errorf("%s was sent", h)
			}
		}
		w.Header().Set("Content-Type", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"; charset=utf-8`)
		w.Header().Set("Set-Cookie", "a=b")
		_, _ = w.Write([]byte(`{}`))
	}))
	options := o.options()
	options.UserAgent = "tootfill/1 (+https://x)"
	c := newTestClient(t, options)
	for range 2 {
		d, err := c.Get(t.Context(), Request{URL: documentURL + "#main", Kind: Object})
		if err != nil {
			t.Fatal(err)
		}
		if d.URL != documentURL || d.ContentType.Media != "application/ld+json" || string(d.Body) != "{}" {
			t.Errorf("document = %+v", d)
		}
	}
	if n := c.Requests(); n != 3 { // robots.txt, and twice the document
		t.Errorf("%d requests", n)
	}
	if n := o.dials.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestURLsGoBackByteForByte(t *testing.T) {
	var asked string
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		asked = r.RequestURI
		answerJSON(w, "{}")
	}))
	options := o.options()
	options.Burst = 1000
	c := newTestClient(t, options)
	for _, path := range []string{
		"/outbox?cursor=2024-01-01T00%3A00%3A00.000Z", "/outbox?b=2&a=1&page=true", "/a%2Fb/c%20d", "/%e2%82%ac?%e2=%E2",
		"/?p=123", "/statuses/XYZ:a:237818548", "/x?", "/x;y=z,w@v", "/~a/!b/'c'/(d)/*", "/a+b?c+d=e%2Bf", "//double//slash",
		"/x?next=https://b.example/?a=b&c", "/outbox?page=1&page=2", "/a/../b/./c",
	} {
		if _, err := c.Get(t.Context(), Request{URL: "https://a.example.com" + path, Kind: Object}); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if asked != path {
			t.Errorf("asked for %q, want %q", asked, path)
		}
	}
}

func TestHTTP2(t *testing.T) {
	o := &testOrigin{server: httptest.NewUnstartedServer(withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, r.Proto+" "+r.Host+r.RequestURI)
	}))}
	o.server.EnableHTTP2 = true
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	d, err := o.client(t).Get(t.Context(), Request{URL: documentURL + "?a=%3A", Kind: Object})
	if err != nil || string(d.Body) != "HTTP/2.0 a.example.com/x?a=%3A" {
		t.Errorf("document = %+v, %v", d, err)
	}
}

func TestStatusCauses(t *testing.T) {
	for status, cause := range map[int]backfill.Cause{
		400: backfill.Malformed, 401: backfill.NeedsSignature, 403: backfill.NeedsSignature, 404: backfill.NotFound,
		406: backfill.Malformed, 410: backfill.Gone, 500: backfill.ServerError, 502: backfill.ServerError,
		503: backfill.ServerError, 204: backfill.Malformed, 304: backfill.Malformed, 300: backfill.Malformed, 599: backfill.ServerError,
	} {
		o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object})
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			wantCause(t, err, cause)
			var answered *StatusError
			if !errors.As(err, &answered) || answered.Status != status {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		kind   Kind
		size   int
		length bool // announce Content-Length
		ok     bool
	}{
		{Object, mebibyte, true, true}, {Object, mebibyte, false, true},
		{Object, mebibyte + 1, true, false}, {Object, mebibyte + 1, false, false},
		{CollectionPage, 8 * mebibyte, false, true}, {CollectionPage, 8*mebibyte + 1, false, false},
		{JRD, mebibyte + 1, false, false},
	} {
		t.Run(fmt.Sprintf("%d-%d-%v", c.kind, c.size, c.length), func(t *testing.T) {
			// In a bubble, time stands while there are sockets: on a busy machine, 8 MiB
			// under the race detector take longer than a request may.
			synctest.Test(t, func(t *testing.T) {
				o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/activity+json")
					if c.length {
						w.Header().Set("Content-Length", strconv.Itoa(c.size))
					}
					_, _ = w.Write(bytes.Repeat([]byte(" "), c.size))
				}))
				d, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: c.kind})
				if !c.ok {
					wantCause(t, err, backfill.Malformed)
				} else if err != nil || len(d.Body) != c.size {
					t.Errorf("error = %v", err)
				}
			})
		})
	}
}

func TestGzipBomb(t *testing.T) {
	var bomb bytes.Buffer
	z, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for range 64 {
		_, _ = z.Write(make([]byte, mebibyte))
	}
	z.Close()
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding = %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Type", "application/activity+json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}))
	_, err = o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: CollectionPage})
	wantCause(t, err, backfill.Malformed)
}

func TestUnknownEncoding(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		answerJSON(w, "{}")
	}))
	_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object})
	wantCause(t, err, backfill.Malformed)
}

func TestBodyBreaksOff(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		answerJSON(w, "{")
		panic(http.ErrAbortHandler)
	}))
	_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object})
	wantCause(t, err, backfill.Unreachable)
}

func TestUntrustedCertificate(t *testing.T) {
	o := newTestOrigin(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
	options := o.options()
	_, err := newTestClient(t, options).Get(t.Context(), Request{URL: "https://other.example.org/x", Kind: Object})
	wantCause(t, err, backfill.Unreachable)
}

func TestRedirects(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		switch {
		case err != nil: // a redirect loop
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(http.StatusMovedPermanently)
		case n == 0:
			w.Header().Set("Content-Type", "application/activity+json")
			_, _ = w.Write([]byte("{}"))
		default:
			w.Header().Set("Location", "/"+strconv.Itoa(n-1)+"?a=%3A")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}))
	for _, c := range []struct {
		path string
		kind Kind
		ok   bool
	}{{"/3", Object, true}, {"/4", Object, false}, {"/5", JRD, true}, {"/6", JRD, false}, {"/loop", Object, false}} {
		options := o.options()
		options.Burst = 100
		d, err := newTestClient(t, options).Get(t.Context(), Request{URL: "https://a.example.com" + c.path, Kind: c.kind})
		if !c.ok {
			wantCause(t, err, backfill.Malformed)
		} else if err != nil {
			t.Errorf("%s: %v", c.path, err)
		} else if d.URL != "https://a.example.com/0?a=%3A" {
			t.Errorf("%s ended at %s", c.path, d.URL)
		}
	}
}

func TestContentTypes(t *testing.T) {
	const ld = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`
	for _, c := range []struct {
		header string
		takers []Kind
	}{
		{"application/activity+json", []Kind{Object, CollectionPage, JSONPage}},
		{"Application/Activity+JSON; charset=utf-8", []Kind{Object, CollectionPage, JSONPage}},
		{"application/activity+json; charset=utf-8; charset=utf-8", []Kind{Object, CollectionPage, JSONPage}},
		{"application/activity+json; profile", []Kind{Object, CollectionPage, JSONPage}},
		{"application/activity+json;;=", []Kind{Object, CollectionPage, JSONPage}},
		{ld, []Kind{Object, CollectionPage, JSONPage}},
		{ld + "; charset=utf-8; charset=utf-8", []Kind{Object, CollectionPage, JSONPage}},
		{`application/ld+json; profile="http://x https://www.w3.org/ns/activitystreams"`, []Kind{Object, CollectionPage, JSONPage}},
		{"application/ld+json; profile=https://www.w3.org/ns/activitystreams", []Kind{Object, CollectionPage, JSONPage}},
		{"application/ld+json; Profile = https://www.w3.org/ns/activitystreams ; charset", []Kind{Object, CollectionPage, JSONPage}},
		{"application/ld+json; profile=https://www.w3.org/ns/activitystreams-extended", []Kind{JSONPage}},
		{`application/ld+json; x="profile=https://www.w3.org/ns/activitystreams"`, []Kind{JSONPage}},
		{"application/ld+json", []Kind{JSONPage}},
		{"application/json", []Kind{CollectionPage, JSONPage}},
		{"application/json; profile=http://nodeinfo.diaspora.software/ns/schema/2.0#", []Kind{CollectionPage, JSONPage}},
		{"application/jrd+json", []Kind{JSONPage}},
		{"application/xrd+xml", []Kind{Feed}},
		{"text/xml; charset=utf-8; charset", []Kind{Feed}},
		{"text/html", nil}, {"application/octet-stream", nil}, {"text/plain", nil}, {"", nil},
		{"text/html; application/activity+json", nil}, {";application/activity+json", nil},
	} {
		for _, kind := range []Kind{Object, CollectionPage, JSONPage, Feed, JRD, XRD, JSON} {
			r, err := rulesOf(kind)
			if err != nil {
				t.Fatal(err)
			}
			// These kinds are judged by their bodies.
			want := kind == JRD || kind == XRD || kind == JSON
			for _, k := range c.takers {
				want = want || k == kind
			}
			if got := r.accepts(mediatype.Parse(c.header)); got != want {
				t.Errorf("kind %d, %q: accepted %t", kind, c.header, got)
			}
		}
	}
	if _, err := rulesOf(0); err == nil {
		t.Error("the zero Kind has rules")
	}
}

func TestWrongContentType(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`{"id":"` + documentURL + `"}`))
	}))
	_, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object})
	wantCause(t, err, backfill.Malformed)
}

func TestCancelledRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := newTestOrigin(t, withoutRobots(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	_, err := o.client(t).Get(ctx, Request{URL: documentURL, Kind: Object})
	if err != context.Canceled { // it must be the context's own error
		t.Errorf("error = %v", err)
	}
}
