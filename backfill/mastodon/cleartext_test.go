package mastodon

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/limit"
)

func TestWithoutTLSTheTokenStaysNearby(t *testing.T) {
	for _, c := range []struct {
		server    string
		addresses string // of the name, separated by commas
		allowed   string
		dialled   string // empty if it is refused
	}{
		{"http://127.0.0.1:3000", "", "", "127.0.0.1:3000"},
		{"http://127.3.2.1", "", "", "127.3.2.1:80"},
		{"http://[::1]:3000", "", "", "[::1]:3000"},
		{"http://localhost:3000", "127.0.0.1", "", "127.0.0.1:3000"},
		{"http://web:3000", "::ffff:127.0.0.1", "", "127.0.0.1:3000"},
		{"http://10.1.2.3:3000", "", "10.0.0.0/8", "10.1.2.3:3000"},
		{"http://web:3000", "172.18.0.4", "172.16.0.0/12", "172.18.0.4:3000"},
		{"http://[fd00::7]", "", "fd00::/8", "[fd00::7]:80"},
		{"http://tailnet.example", "100.64.3.2", "100.64.0.0/10", "100.64.3.2:80"},

		{"http://10.1.2.3:3000", "", "", ""},
		{"http://web:3000", "172.18.0.4", "10.0.0.0/8", ""},
		{"http://home.example", "93.184.216.34", "", ""},
		{"http://home.example", "93.184.216.34", "0.0.0.0/0", ""},
		{"http://93.184.216.34", "", "93.184.216.34/32", ""},
		{"http://home.example", "2606:2800::1", "::/0", ""},
		{"http://home.example", "127.0.0.1,93.184.216.34", "", ""},
		{"http://0.0.0.0:3000", "", "", ""},
	} {
		t.Run(c.server+" at "+c.addresses+" with "+c.allowed, func(t *testing.T) {
			var mu sync.Mutex // net/http dials on although nobody waits any more
			dialled := ""
			o := Options{Server: c.server, Token: testToken, Rate: limit.Unlimited,
				Lookup: func(context.Context, string, string) ([]netip.Addr, error) { return addresses(c.addresses), nil },
				Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
					mu.Lock()
					defer mu.Unlock()
					dialled = addr
					return nil, errors.New("nobody is there")
				}}
			if c.allowed != "" {
				o.AllowPrivate = []netip.Prefix{netip.MustParsePrefix(c.allowed)}
			}
			s, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Check(t.Context())
			mu.Lock()
			defer mu.Unlock()
			var clear *ClearTextError
			if refused := errors.As(err, &clear); refused != (c.dialled == "") || dialled != c.dialled {
				t.Errorf("dialled %q: %v", dialled, err)
			}
			var away *backfill.UnavailableError
			if errors.As(err, &away) == (c.dialled == "") {
				t.Errorf("what trying again cannot mend is told as an outage, or the other way round: %v", err)
			}
		})
	}
}

func addresses(list string) []netip.Addr {
	var all []netip.Addr
	for a := range strings.SplitSeq(list, ",") {
		if a != "" {
			all = append(all, netip.MustParseAddr(a))
		}
	}
	return all
}

// proxy is a proxy that passes requests on to a server, whatever name they ask for,
// or refuses them with a status.
func proxy(t *testing.T, to string, refusal int) (*url.URL, *[]string) {
	t.Helper()
	var mu sync.Mutex
	var asked []string
	srv := loopback(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Authorization")+r.Header.Get("Proxy-Authorization"))
		mu.Unlock()
		if refusal != 0 {
			w.WriteHeader(refusal)
			return
		}
		far, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { defer far.Close(); _, _ = io.Copy(far, near) }()
		go func() { defer near.Close(); _, _ = io.Copy(near, far) }()
	}))
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("me", "secret")
	return u, &asked
}

func TestHomeBehindAProxy(t *testing.T) {
	home := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+testToken {
			t.Errorf("authorization %q", r.Header.Get("Authorization"))
		}
		echo(w, r)
	}))
	t.Cleanup(home.Close)
	roots := x509.NewCertPool()
	roots.AddCert(home.Certificate())
	for _, refusal := range []int{0, 403, 407, 502} {
		through, asked := proxy(t, home.Listener.Addr().String(), refusal)
		// example.com is the name in httptest's certificate; nobody asks the DNS for it
		s, err := New(Options{Server: "example.com", Token: testToken, Rate: limit.Unlimited, RootCAs: roots,
			Proxy: func(*url.URL) (*url.URL, error) { return through, nil }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		_, err = s.Import(t.Context(), "u")
		if len(*asked) == 0 || (*asked)[0] != "CONNECT example.com:443 Basic bWU6c2VjcmV0" {
			t.Errorf("the proxy was asked %q", *asked)
		}
		if refusal == 0 {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		var away *backfill.UnavailableError
		if !errors.As(err, &away) || !away.Unsent || !strings.Contains(err.Error(), "the proxy 127.0.0.1:") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %v", refusal, err)
		}
	}
}

func TestWithoutTLSNoProxyIsUsed(t *testing.T) {
	home := loopback(t, echo)
	s, err := New(Options{Server: home.URL, Token: testToken, Rate: limit.Unlimited,
		Proxy: func(*url.URL) (*url.URL, error) { t.Error("a proxy was asked for"); return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Import(t.Context(), "u"); err != nil {
		t.Error(err)
	}
}
