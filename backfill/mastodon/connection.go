package mastodon

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// connectTimeout bounds the making of a connection; TLS gets as long twice over.
const connectTimeout = 5 * time.Second

// newConnections makes the connections to home. They speak HTTP/1.1: a few
// requests at a time gain nothing from sharing one, and lose all when it hangs.
func newConnections(o Options) *http.Transport {
	return &http.Transport{
		DialContext:         dialer(o.Dial),
		TLSClientConfig:     &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 2 * connectTimeout,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     time.Minute,

		MaxResponseHeaderBytes: 256 << 10,
	}
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
