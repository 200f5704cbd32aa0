package fetch

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func TestInternationalisedNames(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) { answerJSON(w, r.Host+r.RequestURI) }))
	options := o.options()
	options.Burst = 100
	options.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	c := newTestClient(t, options)
	for url, want := range map[string]string{
		"https://b\u00fccher.example.com/\u00fc":            "xn--bcher-kva.example.com/%C3%BC",
		"https://B\u00dcCHER.example.com/x":                 "xn--bcher-kva.example.com/x",
		"https://b%C3%BCcher.example.com/x?y=%3A":           "xn--bcher-kva.example.com/x?y=%3A",
		"https://a\u3002example.com/x":                      "a.example.com/x",
		"https://xn--bcher-kva.example.com/x":               "xn--bcher-kva.example.com/x",
		"https://\uff41.example.com/x":                      "a.example.com/x",
		"https://\uff11\uff10.\uff11.\uff12.\uff13/allowed": "10.1.2.3/allowed",
	} {
		d, err := c.Get(t.Context(), Request{URL: url, Kind: Object})
		switch {
		case strings.HasSuffix(want, "/allowed"):
			// The guard let the address pass, but the certificate did not match.
			if err == nil || strings.Contains(err.Error(), "not a public address") {
				t.Errorf("%s: %v", url, err)
			}
		case err != nil:
			t.Errorf("%s: %v", url, err)
		case string(d.Body) != want || d.URL != "https://"+want:
			t.Errorf("%s: asked for %s, document %s", url, d.Body, d.URL)
		}
	}
}

// FuzzTarget: whatever passes for a target is an https URL without a user, on the
// default port, whose host is an address or a plain name.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{
		"https://a.example.com/x?y#z", "https://u:p@a.example.com/", "https://127.1/", "https://[::1]:443/", "https://0x7f000001/",
		"https://b\u00fccher.example/", "https://\uff11\uff12\uff17.1/", "https://a%2eb/", "https://[fe80::1%25eth0]/", "//a", "https://a:443/", "https://a.b./",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parseTarget(raw, 0)
		if err != nil {
			return
		}
		u := got.url
		if u.Scheme != "https" || u.User != nil || got.port != defaultPort || u.Port() != "" || u.Fragment != "" || u.Host != got.host {
			t.Fatalf("%q became %+v", raw, got)
		}
		name := u.Hostname()
		if addr, err := netip.ParseAddr(name); err == nil {
			if addr.Zone() != "" {
				t.Errorf("%q has a zone", raw)
			}
			return
		}
		last := name[strings.LastIndexByte(name, '.')+1:]
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
			t.Errorf("%q has the host %q", raw, name)
		}
		again, err := parseTarget(u.String(), 0)
		if err != nil || again.host != got.host {
			t.Errorf("%q: the second time %+v, %v", raw, again, err)
		}
	})
}
