package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// testOrigin is a server that answers for all hosts of *.example.com.
type testOrigin struct {
	server *httptest.Server
	dials  atomic.Int64

	mu    sync.Mutex
	names map[string][]netip.Addr
}

const publicAddress = "93.184.216.34"

func newTestOrigin(t *testing.T, handler http.HandlerFunc) *testOrigin {
	t.Helper()
	o := &testOrigin{server: httptest.NewUnstartedServer(handler), names: map[string][]netip.Addr{}}
	o.server.Config.ErrorLog = quietLog()
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	return o
}

// withoutRobots answers 404 for robots.txt.
func withoutRobots(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		handler(w, r)
	}
}

func (o *testOrigin) resolve(name string, addrs ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names[name] = nil
	for _, a := range addrs {
		o.names[name] = append(o.names[name], netip.MustParseAddr(a))
	}
}

func (o *testOrigin) lookup(_ context.Context, _, host string) ([]netip.Addr, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if addrs, ok := o.names[host]; ok {
		return addrs, nil
	}
	return []netip.Addr{netip.MustParseAddr(publicAddress)}, nil
}

func (o *testOrigin) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	o.dials.Add(1)
	return new(net.Dialer).DialContext(ctx, network, o.server.Listener.Addr().String())
}

func (o *testOrigin) options() Options {
	roots := x509.NewCertPool()
	roots.AddCert(o.server.Certificate())
	return Options{Lookup: o.lookup, Dial: o.dial, RootCAs: roots, Clock: backfilltest.NewClock()}
}

func (o *testOrigin) client(t *testing.T) *Client {
	t.Helper()
	return newTestClient(t, o.options())
}

func newTestClient(t *testing.T, options Options) *Client {
	t.Helper()
	c := New(options)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func answerJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/activity+json")
	_, _ = w.Write([]byte(body))
}

func wantCause(t *testing.T, err error, cause backfill.Cause) {
	t.Helper()
	var refused *backfill.OriginError
	if !errors.As(err, &refused) {
		t.Fatalf("error = %v, want an OriginError", err)
	}
	if refused.Cause != cause {
		t.Errorf("cause = %q, want %q (%v)", refused.Cause, cause, err)
	}
}
