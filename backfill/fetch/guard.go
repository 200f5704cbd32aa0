package fetch

import (
	"fmt"
	"net/netip"
	"slices"
)

// guard says which addresses may be connected to.
type guard struct {
	allowed []netip.Prefix
}

// blockedError: an address is private or otherwise reserved.
type blockedError struct {
	host string
	addr netip.Addr
}

func (e *blockedError) Error() string {
	return fmt.Sprintf("%s leads to %s, which is not a public address", e.host, e.addr)
}

// permits reports whether addr is public, or allowed although it is not. An
// IPv4-mapped IPv6 address (::ffff:a.b.c.d) is treated as the IPv4 address.
func (g guard) permits(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return true
	}
	return isPublic(addr)
}

// isPublic reports whether addr is a unicast address of the public Internet.
// In IPv6 that is only 2000::/3, less what is reserved in it; this excludes
// ::, ::1, IPv4-compatible ::a.b.c.d, NAT64 64:ff9b::/96 and 64:ff9b:1::/48,
// fc00::/7, fe80::/10, fec0::/10, ff00::/8 and 5f00::/16.
func isPublic(addr netip.Addr) bool {
	if addr.Is6() && !globalUnicast6().Contains(addr) {
		return false
	}
	return !slices.ContainsFunc(reserved(), func(p netip.Prefix) bool { return p.Contains(addr) })
}

func globalUnicast6() netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20}), 3)
}

// reserved lists multicast, and what the IANA registries of special-purpose
// addresses (RFC 6890 and its updates) have for IPv4 and for IPv6 within 2000::/3.
func reserved() []netip.Prefix {
	v4 := func(a, b, c, d byte, bits int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{a, b, c, d}), bits)
	}
	v6 := func(a, b, c uint16, bits int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom16([16]byte{
			byte(a >> 8), byte(a), byte(b >> 8), byte(b), byte(c >> 8), byte(c)}), bits)
	}
	return []netip.Prefix{
		v4(0, 0, 0, 0, 8),       // this network
		v4(10, 0, 0, 0, 8),      // private
		v4(100, 64, 0, 0, 10),   // carrier-grade NAT
		v4(127, 0, 0, 0, 8),     // loopback
		v4(169, 254, 0, 0, 16),  // link-local, cloud metadata
		v4(172, 16, 0, 0, 12),   // private
		v4(192, 0, 0, 0, 24),    // IETF protocols
		v4(192, 0, 2, 0, 24),    // documentation
		v4(192, 31, 196, 0, 24), // AS112
		v4(192, 52, 193, 0, 24), // AMT
		v4(192, 88, 99, 0, 24),  // 6to4 relays
		v4(192, 168, 0, 0, 16),  // private
		v4(192, 175, 48, 0, 24), // AS112
		v4(198, 18, 0, 0, 15),   // benchmarks
		v4(198, 51, 100, 0, 24), // documentation
		v4(203, 0, 113, 0, 24),  // documentation
		v4(224, 0, 0, 0, 4),     // multicast
		v4(240, 0, 0, 0, 4),     // reserved, broadcast

		v6(0x2001, 0, 0, 23),         // IETF protocols: Teredo, benchmarks, ORCHID
		v6(0x2001, 0xdb8, 0, 32),     // documentation
		v6(0x2002, 0, 0, 16),         // 6to4
		v6(0x2620, 0x4f, 0x8000, 48), // AS112
		v6(0x3fff, 0, 0, 20),         // documentation
	}
}
