package fediverse

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// HostOf is the server of an address in its one form, so that equal servers are
// equal texts: in lower case and ASCII, without a final dot and without the default
// port. It is "" if the address names no server.
func HostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return HostOfURL(u)
}

// HostOfURL is [HostOf] for an address that has been parsed.
func HostOfURL(u *url.URL) string {
	name, port := strings.TrimSuffix(HostName(u.Hostname()), "."), u.Port()
	if strings.Contains(name, ":") { // IPv6
		name = "[" + name + "]"
	}
	isHTTP := strings.EqualFold(u.Scheme, "http")
	if port == "" || port == "443" && !isHTTP || port == "80" && isHTTP {
		return name
	}
	return name + ":" + port
}

// HostName is the name or the IP address of a host in the same form as in a handle.
// A name that cannot be encoded is left unchanged, and so equals only itself.
func HostName(name string) string {
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.String()
	}
	name = strings.ToLower(name)
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return name
	}
	ascii, err := hostProfile().ToASCII(name)
	if err != nil {
		return name
	}
	return ascii
}

// hostProfile maps and encodes host names as browsers do (UTS 46). Unlike the
// profile [idna.Lookup] it allows underscores, which do occur.
func hostProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false))
}

// SameHost reports whether two addresses name the same server. An address with user
// information names none.
func SameHost(a, b string) bool {
	ua, err := url.Parse(a)
	if err != nil || ua.Host == "" || ua.User != nil {
		return false
	}
	ub, err := url.Parse(b)
	return err == nil && ub.User == nil && HostOf(a) == HostOf(b)
}
