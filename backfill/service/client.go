package service

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// wholeNetwork is the part of an IPv6 address that stands for one client, as in
// Mastodon (config/initializers/rack_attack.rb, throttleable_remote_ip).
const wholeNetwork = 64

// Proxies are the addresses from which X-Forwarded-For is believed, besides those of
// this machine.
type Proxies []netip.Prefix

// client names who sends a request, as far as that can be told: the last address that
// no trusted proxy has. Further to the left, anybody may have written anything.
func (p Proxies) client(r *http.Request) string {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil { // a socket of this machine has no address
		remote = netip.AddrPortFrom(netip.IPv6Loopback(), 0)
	}
	client := remote.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !p.trusts(client) {
			break
		}
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		client = addr.Unmap()
	}
	return nameOf(client)
}

func (p Proxies) trusts(addr netip.Addr) bool {
	return addr.IsLoopback() || slices.ContainsFunc(p, func(all netip.Prefix) bool { return all.Contains(addr) })
}

// nameOf is the name of an address that all addresses of the same client share.
func nameOf(addr netip.Addr) string {
	if addr.Is4() {
		return addr.String()
	}
	network, err := addr.WithZone("").Prefix(wholeNetwork)
	if err != nil {
		return addr.String()
	}
	return network.String()
}
