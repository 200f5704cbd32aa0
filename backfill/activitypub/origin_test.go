package activitypub

import (
	"context"
	"crypto/md5"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
)

// fakeOrigins are servers for all of *.example.com that answer with fixed documents,
// by URL.
type fakeOrigins struct {
	server *httptest.Server

	mu        sync.Mutex
	documents map[string]fakeDocument
	asked     []string
	posted    []string
	// tags says that answers have an ETag, and that known ones are answered with 304.
	tags bool
}

type fakeDocument struct {
	status            int
	contentType, body string
	link, location    string
}

func newFakeOrigins(t *testing.T) *fakeOrigins {
	t.Helper()
	o := &fakeOrigins{documents: map[string]fakeDocument{}}
	o.server = httptest.NewUnstartedServer(o)
	o.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	return o
}

func (o *fakeOrigins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	url := "https://" + r.Host + r.RequestURI
	if r.URL.Path != "/robots.txt" {
		o.asked = append(o.asked, url)
	}
	d, ok := o.documents[url]
	if body, err := io.ReadAll(r.Body); err == nil && r.Method == http.MethodPost {
		o.posted = append(o.posted, string(body))
		d, ok = o.documents[url+" "+string(body)]
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", d.contentType)
	if d.location != "" {
		w.Header().Set("Location", d.location)
	}
	if d.link != "" {
		w.Header().Set("Link", d.link)
	}
	if tag := fmt.Sprintf(`W/"%x"`, md5.Sum([]byte(d.body))); o.tags && d.status == http.StatusOK {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(d.status)
	_, _ = io.WriteString(w, d.body)
}

// serve answers a URL with an ActivityPub document.
func (o *fakeOrigins) serve(url, body string) {
	o.set(url, fakeDocument{status: http.StatusOK, contentType: "application/activity+json", body: body})
}

// fail answers a URL with an error: a web page, except where servers refuse requests
// in JSON.
func (o *fakeOrigins) fail(url string, status int) {
	d := fakeDocument{status: status, contentType: "text/html", body: "<html>"}
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		d.contentType, d.body = "application/json", `{"error":"Request not signed"}`
	}
	o.set(url, d)
}

func (o *fakeOrigins) set(url string, d fakeDocument) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.documents[url] = d
}

// serveJRD makes WebFinger on a host answer for user@host with the subject and the
// actor.
func (o *fakeOrigins) serveJRD(host, user, subject, actor string) {
	body := fmt.Sprintf(`{"subject":%q,"links":[{"rel":"self","type":"application/activity+json","href":%q}]}`, subject, actor)
	url := "https://" + host + "/.well-known/webfinger?resource=acct:" + user + "@" + host
	o.set(url, fakeDocument{status: http.StatusOK, contentType: "application/jrd+json", body: body})
}

func (o *fakeOrigins) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = nil
}

func (o *fakeOrigins) requests() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.asked...)
}

func (o *fakeOrigins) reader(t *testing.T) *Reader {
	t.Helper()
	return o.readerWith(t, Options{})
}

func (o *fakeOrigins) readerWith(t *testing.T, options Options) *Reader {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(o.server.Certificate())
	client := fetch.New(fetch.Options{
		Lookup: func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
		},
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, o.server.Listener.Addr().String())
		},
		RootCAs: roots,
		Burst:   10000,
		Clock:   backfilltest.NewClock(),
	})
	t.Cleanup(client.CloseIdleConnections)
	options.Client = client
	return New(options)
}

func account(uri string) fediverse.Account {
	return fediverse.Account{
		Handle: fediverse.Handle{User: "alice", Domain: "social.example.com"}, Username: "alice", URI: uri,
	}
}

// withAlice serves the WebFinger answer and the actor of the account.
func withAlice(t *testing.T, actorDocument string) *fakeOrigins {
	t.Helper()
	o := newFakeOrigins(t)
	o.serveJRD("social.example.com", "alice", "acct:alice@social.example.com", alice)
	o.serve(alice, string(testDocument(t, "actors/"+actorDocument)))
	return o
}

func wantCause(t *testing.T, err error, cause backfill.Cause) {
	t.Helper()
	var refused *backfill.OriginError
	if !errors.As(err, &refused) {
		t.Fatalf("error = %v, want an OriginError", err)
	}
	if refused.Cause != cause || refused.Host == "" {
		t.Errorf("host %q, cause %q, want %q (%v)", refused.Host, refused.Cause, cause, err)
	}
}

func count(requests []string, part string) int {
	n := 0
	for _, r := range requests {
		if strings.Contains(r, part) {
			n++
		}
	}
	return n
}
