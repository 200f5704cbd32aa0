package mastodon

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWebDomain(t *testing.T) {
	const finger, meta = "/.well-known/webfinger", "/.well-known/host-meta"
	for _, c := range []struct {
		name      string
		redirects map[string]string
		bodies    map[string]string
		want      string
	}{
		{"nothing", nil, nil, ""},
		{"webfinger redirects", map[string]string{finger: "https://social.split.example/.well-known/webfinger?resource=x"}, nil, "social.split.example"},
		{"all redirects", map[string]string{finger: "https://www.home.example/", meta: "https://www.home.example/"}, nil, "www.home.example"},
		{"host-meta redirects", map[string]string{meta: "https://social.split.example:8443/.well-known/host-meta"}, nil, "social.split.example:8443"},
		{"a static document", nil, map[string]string{finger: `{"subject":"acct:a@example.com","links":[{"rel":"x","href":7},{"rel":"self","href":"https://social.split.example/users/a"}]}`}, "social.split.example"},
		{"host-meta names it", nil, map[string]string{meta: `<?xml version="1.0"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="https://social.split.example/.well-known/webfinger?resource={uri}"/></XRD>`}, "social.split.example"},
		{"nodeinfo names it", nil, map[string]string{"/.well-known/nodeinfo": `{"links":[{"rel":"x","href":"https://x.example/"},{"rel":"http://nodeinfo.diaspora.software/ns/schema/2.0","href":"https://social.split.example/nodeinfo/2.0"}]}`}, "social.split.example"},
		{"to itself", map[string]string{finger: "https://Example.com/other", meta: "/elsewhere"}, nil, ""},
		{"to http", map[string]string{finger: "http://social.split.example/", meta: "javascript:x"}, nil, ""},
		{"to something odd", map[string]string{finger: "https://a b\x7f/"}, map[string]string{meta: "<html>"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					t.Error("the token was sent")
				}
				if to := c.redirects[r.URL.Path]; to != "" {
					w.Header().Set("Location", to)
					w.WriteHeader(http.StatusMovedPermanently)
					return
				}
				if body := c.bodies[r.URL.Path]; body != "" {
					_, _ = w.Write([]byte(body))
					return
				}
				http.NotFound(w, r)
			}))
			defer srv.Close()
			roots := x509.NewCertPool()
			roots.AddCert(srv.Certificate())
			// example.com is the name in httptest's certificate
			got := WebDomain(t.Context(), Options{Server: "example.com", Token: testToken, RootCAs: roots,
				Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
				}}, "")
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
