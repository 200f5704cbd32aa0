package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// maxAddresses is how many addresses of a host are tried.
const maxAddresses = 4

// dialer connects to hosts by their checked addresses.
type dialer struct {
	lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	dial   func(ctx context.Context, network, addr string) (net.Conn, error)
	guard  guard
}

// DialContext resolves the host of addr, and connects to the first of its
// permitted addresses that answers. It dials the very address that it checked, so
// that a second DNS answer cannot slip in between.
func (d *dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	return d.dialFirst(ctx, network, addrs, port)
}

// resolve gives the permitted addresses of host.
func (d *dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if !d.guard.permits(addr) {
			return nil, &blockedError{host: host, addr: addr}
		}
		return []netip.Addr{addr}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	found, err := d.lookup(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	var refused error
	for _, addr := range found {
		if !d.guard.permits(addr) {
			refused = &blockedError{host: host, addr: addr}
			continue
		}
		addrs = append(addrs, addr)
	}
	if len(addrs) == 0 && refused == nil {
		return nil, fmt.Errorf("%s has no address", host)
	}
	if len(addrs) == 0 {
		return nil, refused
	}
	return addrs[:min(len(addrs), maxAddresses)], nil
}

// dialFirst tries the addresses in turn. Together they have connectTimeout; each
// has an equal share of what is left of it.
func (d *dialer) dialFirst(ctx context.Context, network string, addrs []netip.Addr, port string) (net.Conn, error) {
	deadline := time.Now().Add(connectTimeout)
	var failed error
	for i, addr := range addrs {
		share := time.Until(deadline) / time.Duration(len(addrs)-i)
		conn, err := d.dialOne(ctx, network, net.JoinHostPort(addr.Unmap().String(), port), share)
		if err == nil {
			return conn, nil
		}
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, failed
}

func (d *dialer) dialOne(ctx context.Context, network, addr string, limit time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return d.dial(ctx, network, addr)
}
