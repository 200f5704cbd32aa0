package commands_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// endpointAt is a web server that hands requests on to the service at a socket, with the
// client's address, as the README says. It waits until the service listens.
func endpointAt(path string) (http.Handler, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		conn, err := dial(context.Background(), "", "")
		if err == nil {
			_ = conn.Close() // nothing was sent
			break
		}
		if time.Since(began) > longestWait {
			return nil, fmt.Errorf("no service listens: %w", err)
		}
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "service"})
			r.SetXForwarded()
		},
		Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
	}, nil
}
