package mastodon

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// TestConnectionsAreKept has waves of requests that are under way at a time: only the
// first one has to connect.
func TestConnectionsAreKept(t *testing.T) {
	const together, waves = 32, 3
	var arrived atomic.Int32
	all := make(chan struct{}, together)
	home := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if arrived.Add(1)%together == 0 {
			for range together {
				all <- struct{}{}
			}
		}
		<-all
	}))
	defer home.Close()
	var dials atomic.Int32
	connections := newConnections(origin{}, Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}})
	defer connections.CloseIdleConnections()
	client := http.Client{Transport: connections}
	for range waves {
		var wave sync.WaitGroup
		for range together {
			wave.Go(func() {
				resp, err := client.Get(home.URL)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body) // so that the connection can be kept
				_ = resp.Body.Close()
			})
		}
		wave.Wait()
	}
	if n := dials.Load(); n != together {
		t.Errorf("%d connections were made for %d requests at a time", n, together)
	}
}
