package settings

import (
	"net/url"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
)

func TestHomeProxy(t *testing.T) {
	for _, c := range []struct {
		env  []string
		home string
		want string
	}{
		{nil, "https://home.example/", ""},
		{[]string{"HTTPS_PROXY", "http://proxy.example:3128"}, "https://home.example/", "http://proxy.example:3128"},
		{[]string{"https_proxy", "proxy.example:3128"}, "https://home.example/", "http://proxy.example:3128"},
		{[]string{"HTTPS_PROXY", "http://a.example", "https_proxy", "http://b.example"}, "https://home.example/", "http://a.example"},
		{[]string{"HTTPS_PROXY", "socks5://127.0.0.1:1080"}, "https://home.example/", "socks5://127.0.0.1:1080"},
		{[]string{"HTTPS_PROXY", "http://proxy.example:3128", "NO_PROXY", "other.example, .home.example,home.example"}, "https://home.example/", ""},
		{[]string{"HTTPS_PROXY", "http://proxy.example:3128", "no_proxy", "*"}, "https://home.example/", ""},
		{[]string{"HTTPS_PROXY", "http://proxy.example:3128"}, "https://127.0.0.1:8443/", ""},
		{[]string{"HTTP_PROXY", "http://proxy.example:3128"}, "https://home.example/", ""},
		{[]string{"HTTPS_PROXY", "http://proxy.example:3128"}, "http://home.example/", ""},
	} {
		choose, err := HomeProxy(backfilltest.Environment(c.env...))
		if err != nil {
			t.Errorf("%q: %v", c.env, err)
			continue
		}
		home, _ := url.Parse(c.home)
		got, err := choose(home)
		if err != nil || got != nil && got.String() != c.want || got == nil && c.want != "" {
			t.Errorf("%q for %s: %v, %v", c.env, c.home, got, err)
		}
	}
	for _, wrong := range []string{"http://", "http://me:secret@[", "ftp://me:secret@proxy.example"} {
		_, err := HomeProxy(backfilltest.Environment("HTTPS_PROXY", wrong))
		if !isUsage(err) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
