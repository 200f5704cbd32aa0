package fetch

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
)

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

// pipes is a listener whose connections stay within the process, so that they take
// no time other than that of a test bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// slowly sends a request to a slow origin in a bubble, and returns how long it took.
// With a change to the options no request reaches the origin.
func slowly(t *testing.T, change func(*Options), handler http.HandlerFunc) (took time.Duration, err error) {
	t.Helper()
	pattern := newTestOrigin(t, nil)
	options := pattern.options()
	certificate := pattern.server.TLS.Certificates
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		handled := make(chan struct{}, 1)
		handle := func(w http.ResponseWriter, r *http.Request) {
			handler(w, r)
			handled <- struct{}{}
		}
		server := &http.Server{Handler: withoutRobots(handle), ErrorLog: quietLog()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = server.Serve(tls.NewListener(p, &tls.Config{Certificates: certificate}))
		}()
		options.Dial, options.Clock = p.dial, nil
		reaches := change == nil
		if !reaches {
			change(&options)
		}
		c := New(options)
		start := time.Now()
		_, err = c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
		took = time.Since(start)
		c.CloseIdleConnections()
		server.Close()
		<-done
		if reaches {
			<-handled
		}
	})
	return took, err
}

func TestSlowOrigins(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	drip := func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, "{")
		for r.Context().Err() == nil {
			time.Sleep(time.Second)
			_, _ = w.Write([]byte(" "))
			_ = http.NewResponseController(w).Flush()
		}
	}
	loris := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		// A pipe has no buffer: somebody must read what the client says at the end.
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		for _, err := conn.Write([]byte("HTTP/1.1 200 OK\r\n")); err == nil; _, err = conn.Write([]byte("X-More: x\r\n")) {
			time.Sleep(time.Second)
		}
	}
	hints := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			time.Sleep(time.Second)
			w.WriteHeader(http.StatusEarlyHints)
		}
	}
	for _, c := range []struct {
		name    string
		change  func(*Options)
		handler http.HandlerFunc
		took    time.Duration
	}{
		{"no headers", nil, hang, headerTimeout},
		{"headers without end", nil, loris, headerTimeout},
		{"early hints without end", nil, hints, headerTimeout},
		{"a drip", nil, drip, answerTimeout},
		{"no connection", func(o *Options) {
			o.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		}, hang, connectTimeout},
		{"no name server", func(o *Options) {
			o.Lookup = func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		}, hang, connectTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			took, err := slowly(t, c.change, c.handler)
			wantCause(t, err, backfill.Unreachable)
			if took < c.took || took > c.took+time.Second {
				t.Errorf("took %s, want %s", took, c.took)
			}
		})
	}
}
