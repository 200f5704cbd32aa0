package fetch

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"

	"tootfill/backfill"
)

// blockedAddresses are members of all special-purpose networks, including their
// edges where these are known.
func blockedAddresses() []string {
	return []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
		"127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1",
		"198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
		"::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1",
		"100::1", "2001::1", "2001:0:4136:e378::1", "2001:2::1", "2001:10::1", "2001:20::1",
		"2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1",
		"fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
	}
}

func publicAddresses() []string {
	return []string{
		"8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
		"172.15.255.255", "172.32.0.0", "192.0.1.1", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"::ffff:8.8.8.8", "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "3ffe::1",
	}
}

func TestGuard(t *testing.T) {
	for _, a := range blockedAddresses() {
		if (guard{}).permits(netip.MustParseAddr(a)) {
			t.Errorf("%s is permitted", a)
		}
	}
	for _, a := range publicAddresses() {
		if !(guard{}).permits(netip.MustParseAddr(a)) {
			t.Errorf("%s is not permitted", a)
		}
	}
	if (guard{}).permits(netip.Addr{}) {
		t.Error("the zero address is permitted")
	}
	lab := guard{allowed: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for a, want := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "127.0.0.1": false} {
		if got := lab.permits(netip.MustParseAddr(a)); got != want {
			t.Errorf("with 10.1.0.0/16 allowed, %s: permitted = %v", a, got)
		}
	}
}

// For every blocked address, as a name's address and as a literal, no connection is
// made.
func TestNoConnectionToBlockedAddresses(t *testing.T) {
	o := newTestOrigin(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
	c := o.client(t)
	for _, a := range blockedAddresses() {
		o.resolve("rebind.example.com", a)
		addr := netip.MustParseAddr(a)
		literal := "https://" + authority(addr.String(), defaultPort) + "/"
		for _, url := range []string{"https://rebind.example.com/x", literal} {
			_, err := c.Get(t.Context(), Request{URL: url, Kind: Object})
			wantCause(t, err, backfill.Forbidden)
		}
	}
	if n := o.dials.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestNoConnectionToOddURLs(t *testing.T) {
	o := newTestOrigin(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
	o.resolve("127.1", publicAddress) // a resolver that understands too much
	c := o.client(t)
	for url, cause := range map[string]backfill.Cause{
		"http://a.example.com/":                            backfill.Forbidden,
		"ftp://a.example.com/":                             backfill.Forbidden,
		"file:///etc/passwd":                               backfill.Forbidden,
		"//a.example.com/":                                 backfill.Forbidden,
		"/users/a":                                         backfill.Forbidden,
		"":                                                 backfill.Forbidden,
		"https://u:p@a.example.com/":                       backfill.Forbidden,
		"https://u@a.example.com/":                         backfill.Forbidden,
		"https://a.example.com:8443/":                      backfill.Forbidden,
		"https://a.example.com:22/":                        backfill.Forbidden,
		"https://a.example.com:99999999999999/":            backfill.Forbidden,
		"https://a.example.com:99999999999999999999/":      backfill.Malformed,
		"https:///x":                                       backfill.Malformed,
		"https://127.1/":                                   backfill.Malformed,
		"https://2130706433/":                              backfill.Malformed,
		"https://0x7f000001/":                              backfill.Malformed,
		"https://0177.0.0.1/":                              backfill.Malformed,
		"https://127.0.0.0x1/":                             backfill.Malformed,
		"https://1.2.3.4.5/":                               backfill.Malformed,
		"https://a.example.com./":                          backfill.Malformed,
		"https://a..example.com/":                          backfill.Malformed,
		"https://a\u2488com.example.com/":                  backfill.Malformed,
		"https://\uff11\uff12\uff17.0.0.1/":                backfill.Forbidden,
		"https://\uff11\uff12\uff17\u30020\u30020\u30021/": backfill.Forbidden,
		"https://%ef%bc%91%ef%bc%92%ef%bc%97.1/":           backfill.Malformed,
		"https://0x7f.1/":                                  backfill.Malformed,
		"https://0X7F.0.0.1/":                              backfill.Malformed,
		"https://017700000001/":                            backfill.Malformed,
		"https://127.0.0.1./":                              backfill.Malformed,
		"https://[::ffff:7f00:1]/":                         backfill.Forbidden,
		"https://[0:0:0:0:0:ffff:127.0.0.1]/":              backfill.Forbidden,
		"https://[::ffff:0:127.0.0.1]/":                    backfill.Forbidden,
		"https://[::7f00:1]/":                              backfill.Forbidden,
		"https://[64:ff9b::169.254.169.254]/":              backfill.Forbidden,
		"https://[2002:7f00:1::]/":                         backfill.Forbidden,
		"https://[2001:0:7f00:1::]/":                       backfill.Forbidden,
		"https://[::1/":                                    backfill.Malformed,
		"https://a.example.com\\@127.0.0.1/":               backfill.Malformed,
		"https://@a.example.com/":                          backfill.Forbidden,
		"https://localhost:443@127.0.0.1/":                 backfill.Forbidden,
		"https://a.example.com%00.evil.example/":           backfill.Malformed,
		"https://[fe80::1%25eth0]/":                        backfill.Malformed,
		"https://a.example.com/\x00":                       backfill.Malformed,
	} {
		_, err := c.Get(t.Context(), Request{URL: url, Kind: Object})
		t.Run(url, func(t *testing.T) { wantCause(t, err, cause) })
	}
	if n := o.dials.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestRedirectsAreGuarded(t *testing.T) {
	for _, location := range []string{
		"https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data/", "https://[::ffff:127.0.0.1]/",
		"https://inner.example.com/", "http://a.example.com/", "https://u:p@a.example.com/", "https://a.example.com:8443/",
		"//127.0.0.1/", "gopher://a.example.com/",
	} {
		t.Run(location, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { redirectIsGuarded(t, location) }) })
	}
}

// redirectIsGuarded runs in a bubble, whose time stands while there are sockets: the
// transport keeps a connection only if the request was written within 50 ms.
func redirectIsGuarded(t *testing.T, location string) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/start" {
			t.Errorf("%s was asked for", r.URL)
		}
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	}))
	o.resolve("inner.example.com", "10.0.0.7")
	options := o.options()
	options.Burst = 100
	c := newTestClient(t, options)
	for _, kind := range []Kind{JRD, XRD, Object, CollectionPage, JSON, JSONPage, Feed} {
		_, err := c.Get(t.Context(), Request{URL: "https://a.example.com/start", Kind: kind})
		wantCause(t, err, backfill.Forbidden)
	}
	if n := o.dials.Load(); n != 1 {
		t.Errorf("%d connections were made, want 1", n)
	}
}

func TestMixedAnswerDialsOnlyThePublicAddress(t *testing.T) {
	var dialled []string
	d := &dialer{
		lookup: func(context.Context, string, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("::ffff:8.8.8.8"), netip.MustParseAddr("::1")}, nil
		},
	}
	o := newTestOrigin(t, nil)
	d.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled = append(dialled, addr)
		return o.dial(ctx, network, addr)
	}
	conn, err := d.DialContext(t.Context(), "tcp", "mixed.example.com:443")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if len(dialled) != 1 || dialled[0] != "8.8.8.8:443" {
		t.Errorf("dialled %q", dialled)
	}
}

func TestAllowedPortAndNetwork(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) { answerJSON(w, r.Host) }))
	o.resolve("lab.example.com", "10.1.2.3")
	options := o.options()
	options.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	c := newTestClient(t, options)
	d, err := c.Get(t.Context(), Request{URL: "https://lab.example.com:3000/x", Kind: Object, Port: 3000})
	if err != nil {
		t.Fatal(err)
	}
	if string(d.Body) != "lab.example.com:3000" {
		t.Errorf("Host = %q", d.Body)
	}
}

// A proxy would resolve names and connect behind the guard's back.
func TestProxyIsNotUsed(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:1")
	}
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, "{}") }))
	if _, err := o.client(t).Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil {
		t.Error(err)
	}
}

// FuzzGuard: whatever is permitted is also a public unicast address according to the
// standard library, and its form does not lead to a blocked IPv4 address.
func FuzzGuard(f *testing.F) {
	for _, a := range append(blockedAddresses(), publicAddresses()...) {
		f.Add(netip.MustParseAddr(a).AsSlice())
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		addr, ok := netip.AddrFromSlice(octets)
		if !ok || !(guard{}).permits(addr) {
			return
		}
		plain := addr.Unmap()
		if !plain.IsGlobalUnicast() || plain.IsPrivate() {
			t.Errorf("%s is permitted", addr)
		}
		if (plain != addr) && !(guard{}).permits(plain) {
			t.Errorf("%s is permitted and %s is not", addr, plain)
		}
		if plain.Is6() {
			b := plain.As16()
			if b[0]>>5 != 1 || b[0] == 0x20 && (b[1] == 0x02 || b[1] == 0x01 && b[2] < 2) {
				t.Errorf("%s, which may lead elsewhere, is permitted", addr)
			}
		}
	})
}
