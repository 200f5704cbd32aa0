package sandbox

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
)

// Network is how a client reaches a sandbox: its DNS and its wires. It never
// connects to anywhere else.
type Network struct {
	roots *x509.CertPool
	dial  func(context.Context) (net.Conn, error)
	// down reports whether nothing listens under a name. It is nil where that cannot
	// be known; there the far end cuts the connection.
	down func(name string) bool

	mu        sync.Mutex
	addresses map[string][]netip.Addr
	names     map[netip.Addr]string
	dials     []string
}

// Connect returns the network of a sandbox in another process, which listens at addr
// and has the authority caPEM. Every *.example name has an address there; the
// listener tells the names apart by SNI.
func Connect(addr string, caPEM []byte) (*Network, error) {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("the sandbox's address: %w", err)
	}
	if !ap.Addr().IsLoopback() {
		return nil, fmt.Errorf("the sandbox's address %s is not a loopback address", addr)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(caPEM) {
		return nil, errors.New("the sandbox's authority is not a PEM certificate")
	}
	return &Network{roots: roots, dial: dialTCP(addr)}, nil
}

// RootCAs holds the sandbox's own authority and no other.
func (n *Network) RootCAs() *x509.CertPool { return n.roots }

// LookupNetIP resolves *.example names, and names set by SetAddress. For any other
// name it returns a *net.DNSError with IsNotFound, and on network ip6 for every name
// that SetAddress gave no IPv6 address.
func (n *Network) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	n.mu.Lock()
	defer n.mu.Unlock()
	addresses, set := n.addresses[name]
	if !set && strings.HasSuffix(name, ".example") {
		addresses = []netip.Addr{n.addressOf(name)}
	}
	var found []netip.Addr
	for _, a := range addresses {
		if network == "ip" || (network == "ip4") == a.Is4() {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return found, nil
}

// addressOf makes up a name's address: public to every check, and the same in
// all processes.
func (n *Network) addressOf(name string) netip.Addr {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // a hash.Hash never returns an error
	sum := h.Sum32()
	a := netip.AddrFrom4([4]byte{25, byte(sum >> 16), byte(sum >> 8), byte(sum)})
	n.name(a, name)
	return a
}

func (n *Network) name(a netip.Addr, host string) {
	if n.names == nil {
		n.names = make(map[netip.Addr]string)
	}
	n.names[a] = host
}

// SetAddress gives a name other addresses, such as a private one; with none, the
// name does not exist. Connections to those addresses also lead to the sandbox.
func (n *Network) SetAddress(host string, addresses ...netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.addresses == nil {
		n.addresses = make(map[string][]netip.Addr)
	}
	n.addresses[strings.ToLower(host)] = addresses
	for _, a := range addresses {
		n.name(a, strings.ToLower(host))
	}
}

// DialContext connects to addr, which is port 443 of a *.example name or of an
// address that LookupNetIP gave out. Every other address, and every server that
// has gone away, refuses.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	refused := &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	n.mu.Lock()
	n.dials = append(n.dials, addr)
	name := strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		name = n.names[ip.Unmap()]
	} else if a, set := n.addresses[name]; set && len(a) == 0 {
		name = ""
	}
	n.mu.Unlock()
	if port != "443" || name == "" || (n.down != nil && n.down(name)) {
		return nil, refused
	}
	if n.down == nil && !strings.HasSuffix(name, ".example") {
		return nil, refused
	}
	conn, err := n.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s in the sandbox: %w", addr, err)
	}
	return conn, nil
}

// Dials counts the calls of DialContext.
func (n *Network) Dials() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.dials)
}

// Dialed lists the addresses that DialContext was called with, in order.
func (n *Network) Dialed() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.dials...)
}
