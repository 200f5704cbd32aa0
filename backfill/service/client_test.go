package service

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestClient(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"192.0.2.7:1234", nil, "192.0.2.7"},
		{"192.0.2.7:1234", []string{"198.51.100.1"}, "192.0.2.7"}, // forged
		{"127.0.0.1:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"[::1]:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"@", []string{"198.51.100.1"}, "198.51.100.1"},
		{"", []string{"198.51.100.1"}, "198.51.100.1"},
		{"@", nil, "::/64"},
		{"127.0.0.1:1234", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"}, // only nginx's own entry counts
		{"127.0.0.1:1234", []string{"203.0.113.9", "198.51.100.1,10.1.2.3 "}, "198.51.100.1"},
		{"10.1.2.3:1234", []string{"198.51.100.1, 127.0.0.1"}, "198.51.100.1"},
		{"127.0.0.1:1234", []string{"10.1.1.1, 10.1.2.3"}, "10.1.1.1"},
		{"127.0.0.1:1234", []string{"198.51.100.1, nonsense"}, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"198.51.100.1, "}, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		{"127.0.0.1:1234", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"[2001:db8:1:2::1]:1234", nil, "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:1234", nil, "fe80::/64"},
	} {
		r := httptest.NewRequest("POST", path, nil)
		r.RemoteAddr = tt.remote
		r.Header["X-Forwarded-For"] = tt.forwarded
		if got := proxies.client(r); got != tt.want {
			t.Errorf("%s, %q: %s, want %s", tt.remote, tt.forwarded, got, tt.want)
		}
	}
}

// Somebody who writes another address into X-Forwarded-For each time is slowed all the
// same; and others behind the same proxy are not.
func TestForgedAddresses(t *testing.T) {
	w := newWorld(t)
	ask := func(i int, token, forwarded string) int {
		r := request("POST", path, token)
		r.RemoteAddr, r.Host = "127.0.0.1:99", fmt.Sprintf("evil%d.example", i)
		r.Header.Set("X-Forwarded-For", forwarded)
		return w.do(r).Code
	}
	for i := range 3 * mostWrong {
		want := http.StatusUnauthorized
		if i >= mostWrong {
			want = http.StatusTooManyRequests
		}
		if got := ask(i, fmt.Sprint("guess", i), fmt.Sprintf("198.51.100.%d, 203.0.113.5", i)); got != want {
			t.Fatalf("%d: %d", i, got)
		}
	}
	if n := w.home.count(); n != mostWrong {
		t.Errorf("home was asked %d times", n)
	}
	if got := ask(0, annes, "203.0.113.6"); got != http.StatusAccepted {
		t.Errorf("another: %d", got)
	}
	if got := ask(0, strings.Repeat("x", 20), "203.0.113.6"); got != http.StatusUnauthorized {
		t.Errorf("another, wrong: %d", got)
	}
}
