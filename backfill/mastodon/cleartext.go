package mastodon

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// ClearTextError: home was named with http://, but is at an address to which others
// may listen if there is no TLS.
type ClearTextError struct {
	// Server is home's host[:port], and Addr the address to which it resolves.
	Server string
	Addr   netip.Addr
}

func (e *ClearTextError) Error() string {
	return fmt.Sprintf("http://%s would send the access token in the clear to %s", e.Server, e.Addr)
}

// clearDialer makes connections without TLS: to this machine, and to private
// addresses that are allowed. It dials the very address that it checked.
type clearDialer struct {
	server  string
	allowed []netip.Prefix
	lookup  func(ctx context.Context, network, host string) ([]netip.Addr, error)
	dial    dialFunc
}

func newClearDialer(server string, o Options) *clearDialer {
	d := &clearDialer{server: server, allowed: o.AllowPrivate, lookup: o.Lookup, dial: dialer(o.Dial)}
	if d.lookup == nil {
		d.lookup = net.DefaultResolver.LookupNetIP
	}
	return d
}

// DialContext connects to the first address of addr's host that answers. If one
// address of a host is not safe, the whole host is refused.
func (d *clearDialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &connectError{err}
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, &connectError{err}
	}
	var conn net.Conn
	for _, a := range addrs {
		if conn, err = d.dial(ctx, network, net.JoinHostPort(a.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func (d *clearDialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	addrs := make([]netip.Addr, 0, 1)
	if addr, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, addr)
	} else {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		if addrs, err = d.lookup(ctx, "ip", host); err != nil {
			return nil, err
		}
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("%s has no address", host)
	}
	for i, addr := range addrs {
		addrs[i] = addr.Unmap()
		if !d.permits(addrs[i]) {
			return nil, &ClearTextError{Server: d.server, Addr: addrs[i]}
		}
	}
	return addrs, nil
}

func (d *clearDialer) permits(addr netip.Addr) bool {
	if addr.IsLoopback() {
		return true
	}
	return isPrivate(addr) && slices.ContainsFunc(d.allowed, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// isPrivate reports whether addr belongs to a private network, which may be a
// carrier's (RFC 1918, RFC 4193, RFC 6598), or to a single link.
func isPrivate(addr netip.Addr) bool {
	carrier := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)
	return addr.IsPrivate() || addr.IsLinkLocalUnicast() || carrier.Contains(addr)
}
