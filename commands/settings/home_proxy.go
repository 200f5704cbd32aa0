package settings

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// HomeProxy is the proxy for requests to the home server, from HTTPS_PROXY and
// NO_PROXY as net/http reads them. Origins are never asked through a proxy, because
// the proxy would choose the address to connect to, and we could not check it.
func HomeProxy(getenv func(string) string) (func(*url.URL) (*url.URL, error), error) {
	proxy := httpproxy.Config{
		HTTPSProxy: cmp.Or(getenv("HTTPS_PROXY"), getenv("https_proxy")),
		NoProxy:    cmp.Or(getenv("NO_PROXY"), getenv("no_proxy")),
	}
	address := proxy.HTTPSProxy
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	if proxy.HTTPSProxy != "" && !isProxy(address) {
		// not quoted, since a password may be in it
		return nil, wrongf("write it like http://proxy.example:3128", "HTTPS_PROXY is not the address of a proxy")
	}
	return proxy.ProxyFunc(), nil
}

// isProxy reports whether net/http can use a proxy at this address; it silently
// ignores what it cannot read.
func isProxy(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}
