package mastodon

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// connectTimeout bounds the time to connect; TLS gets twice as long.
	connectTimeout = 5 * time.Second
	// mostKept is how many connections are kept for the next requests. If it were less
	// than the imports that run at a time, many an import would have to connect first.
	mostKept = 64
)

// newConnections makes the connections to home. They speak HTTP/1.1: a few
// requests at a time gain nothing from sharing a connection, and are all lost when
// it hangs.
func newConnections(home origin, o Options) *http.Transport {
	t := &http.Transport{
		DialContext:         dialer(o.Dial),
		TLSClientConfig:     &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 2 * connectTimeout,
		MaxIdleConnsPerHost: mostKept,
		IdleConnTimeout:     time.Minute,

		MaxResponseHeaderBytes: 256 << 10,

		OnProxyConnectResponse: throughProxy,
	}
	switch {
	case home.scheme == "http":
		t.DialContext = newClearDialer(home.host, o).DialContext
	case o.Proxy != nil:
		t.Proxy = func(r *http.Request) (*url.URL, error) { return o.Proxy(r.URL) }
	}
	return t
}

// throughProxy distinguishes a proxy's refusal from home's.
func throughProxy(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &connectError{fmt.Errorf("the proxy %s answered %d %s",
		clean(proxy.Host), resp.StatusCode, http.StatusText(resp.StatusCode))}
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func dialer(dial dialFunc) dialFunc {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, &connectError{err}
		}
		return conn, nil
	}
}

// connectError: no connection was made, so nothing was sent.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }
