package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"testing"

	"tootfill/backfill/sandbox/fault"
)

func TestNetworkNames(t *testing.T) {
	w := begin(t, Options{Empty: true})
	n := w.Network()
	for _, tc := range []struct {
		network, name string
		found         bool
	}{
		{"ip", "home.example", true},
		{"ip4", "HOME.example.", true},
		{"ip6", "home.example", false},
		{"ip", "unheard-of.example", true},
		{"ip", "mastodon.social", false},
		{"ip", "localhost", false},
	} {
		addresses, err := n.LookupNetIP(context.Background(), tc.network, tc.name)
		if (err == nil) != tc.found {
			t.Errorf("%s %s: %v, %v", tc.network, tc.name, addresses, err)
		}
		var dns *net.DNSError
		if err != nil && (!errors.As(err, &dns) || !dns.IsNotFound) {
			t.Errorf("%s: %v is not a missing name", tc.name, err)
		}
		for _, a := range addresses {
			if a.IsPrivate() || a.IsLoopback() || !a.IsGlobalUnicast() {
				t.Errorf("%s has the address %v", tc.name, a)
			}
		}
	}
	n.SetAddress("gone.example")
	if a, err := n.LookupNetIP(context.Background(), "ip", "gone.example"); err == nil {
		t.Errorf("gone.example is %v", a)
	}
}

func TestNetworkDials(t *testing.T) {
	w := begin(t, Options{Empty: true})
	n := w.Network()
	w.AddOrigin("photos.example")
	addresses, err := n.LookupNetIP(context.Background(), "ip4", "photos.example")
	if err != nil {
		t.Fatal(err)
	}
	n.SetAddress("photos.example", netip.MustParseAddr("169.254.169.254"), addresses[0])
	for addr, reached := range map[string]bool{
		"home.example:443":             true,
		addresses[0].String() + ":443": true,
		"169.254.169.254:443":          true,
		"127.0.0.1:443":                false,
		"home.example:80":              false,
		"unheard-of.example:443":       false,
		"25.9.9.9:443":                 false,
		"mastodon.social:443":          false,
	} {
		conn, err := n.DialContext(context.Background(), "tcp", addr)
		if (err == nil) != reached {
			t.Errorf("%s: %v", addr, err)
		}
		if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: %v is not a refused connection", addr, err)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
	if n.Dials() != 8 || len(n.Dialed()) != 8 {
		t.Errorf("counted %d dials: %v", n.Dials(), n.Dialed())
	}
}

// Another process knows only the address and the authority.
func TestConnect(t *testing.T) {
	w := begin(t, Options{})
	n, err := Connect(w.Addr(), w.CAPEM())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: n.DialContext, TLSClientConfig: &tls.Config{RootCAs: n.RootCAs()}}
	far := &world{Sandbox: w.Sandbox, t: t, client: &http.Client{Transport: transport}}
	t.Cleanup(transport.CloseIdleConnections)
	if r := far.get("/api/v1/accounts/verify_credentials"); r.status != http.StatusOK {
		t.Errorf("home: %d %s", r.status, r.body)
	}
	if r := far.fetch("https://photos.example/users/gallery", "Accept", "application/activity+json"); r.status != http.StatusOK {
		t.Errorf("origin: %d", r.status)
	}
	if _, err := far.do(http.MethodGet, "https://unheard-of.example/"); err == nil {
		t.Error("a server that does not exist answered")
	}
	w.Home().GoAway()
	if _, err := far.do(http.MethodGet, "https://home.example/"); err == nil {
		t.Error("home answered while it was away")
	}
	w.Home().ComeBack()
	if r := far.get("/api/v1/instance"); r.status != http.StatusOK {
		t.Errorf("home is not back: %d", r.status)
	}
	for _, addr := range []string{"192.0.2.1:443", "home.example:443", ""} {
		if _, err := Connect(addr, w.CAPEM()); err == nil {
			t.Errorf("connected to %q", addr)
		}
	}
	if _, err := Connect(w.Addr(), []byte("no certificate")); err == nil {
		t.Error("connected without an authority")
	}
}

func TestGoAwayCutsWhatIsInFlight(t *testing.T) {
	w := begin(t, Options{Empty: true})
	arrived := make(chan struct{}, 1)
	w.Home().SetFault(func(*http.Request, http.Handler) http.Handler {
		arrived <- struct{}{}
		return fault.Hang()
	})
	failed := make(chan error)
	go func() {
		_, err := w.do(http.MethodGet, "https://home.example/api/v1/instance")
		failed <- err
	}()
	<-arrived
	w.Home().SetFault(nil)
	w.Home().GoAway()
	if err := <-failed; err == nil {
		t.Error("a request was answered by a server that is away")
	}
	if _, err := w.do(http.MethodGet, "https://home.example/"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialing gave %v, want a refused connection", err)
	}
	w.Home().ComeBack()
	if r := w.get("/api/v1/instance"); r.status != http.StatusOK {
		t.Errorf("home is not back: %d", r.status)
	}
}
