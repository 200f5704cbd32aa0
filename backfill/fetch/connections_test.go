package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// countedConn counts the connections that are open.
type countedConn struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

func (c *countedConn) Close() error {
	if !c.closed.Swap(true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}

// TestConnectionsAreBounded: a run over thousands of hosts keeps only so many
// connections that nobody uses, and nothing of the others.
func TestConnectionsAreBounded(t *testing.T) {
	handler := withoutRobots(func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, "{}") })
	for _, http2 := range []bool{false, true} {
		o := &testOrigin{server: httptest.NewUnstartedServer(handler)}
		o.server.EnableHTTP2 = http2
		o.server.StartTLS()
		t.Cleanup(o.server.Close)
		var open atomic.Int64
		options := o.options()
		options.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := o.dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			open.Add(1)
			return &countedConn{Conn: c, open: &open}, nil
		}
		c := newTestClient(t, options)
		for i := range 2 * maxConnected {
			r := Request{URL: fmt.Sprintf("https://h%d.example.com/users/alice", i), Kind: Object}
			if _, err := c.Get(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if n := open.Load(); n < maxConnected/2 || n > maxConnected {
			t.Errorf("HTTP/2 %v: %d connections are open", http2, n)
		}
		if n := transports(c); n != maxConnected {
			t.Errorf("HTTP/2 %v: %d transports are kept, want %d", http2, n, maxConnected)
		}
	}
}

// transports counts the hosts that have a transport.
func transports(c *Client) (n int) {
	c.hosts.mu.Lock()
	defer c.hosts.mu.Unlock()
	for _, h := range c.hosts.byName {
		if h.transport != nil {
			n++
		}
	}
	return n
}

// TestHostIsAskedAgain: a host whose connections were closed, because others were
// asked since, still answers.
func TestHostIsAskedAgain(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, "{}") }))
	c := newTestClient(t, o.options())
	for range 2 {
		for i := range maxConnected + 1 {
			r := Request{URL: fmt.Sprintf("https://h%d.example.com/users/alice", i), Kind: Object}
			if _, err := c.Get(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
	}
}
