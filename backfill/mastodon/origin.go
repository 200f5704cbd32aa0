package mastodon

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"tootfill/backfill/fediverse"
)

// origin is the scheme, host and port of the home server: all that ever sees
// the token.
type origin struct {
	scheme string
	// host is host[:port]; the port is left out where it is the scheme's own.
	host string
}

func (o origin) String() string { return o.scheme + "://" + o.host }

// parseOrigin reads "home.example", "https://home.example" or
// "http://127.0.0.1:3000".
func parseOrigin(server string) (origin, error) {
	s := strings.TrimSpace(server)
	if s == "" {
		return origin{}, errors.New("no server is named")
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return origin{}, fmt.Errorf("%q is not the address of a server", server)
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return origin{}, fmt.Errorf("%q: the address of a server begins with https:// or http://", server)
	case u.User != nil:
		return origin{}, errors.New("the address of a server holds no name or password")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return origin{}, fmt.Errorf("%q: the address of a server has nothing after the host", server)
	}
	o, err := originOf(u)
	if err != nil {
		return origin{}, fmt.Errorf("%q is not the address of a server: %w", server, err)
	}
	return o, nil
}

// CheckServer refuses what is not the name or the address of a server.
func CheckServer(server string) error {
	_, err := parseOrigin(server)
	return err
}

// SameServer reports whether two names mean the same server, by scheme, host and
// port. A text that names no server is the same as nothing.
func SameServer(a, b string) bool {
	x, errX := parseOrigin(a)
	y, errY := parseOrigin(b)
	return errX == nil && errY == nil && x == y
}

// originOf is the origin of a URL in its one canonical spelling.
func originOf(u *url.URL) (origin, error) {
	name := strings.TrimSuffix(fediverse.HostName(u.Hostname()), ".")
	_, err := netip.ParseAddr(name)
	if name == "" || err != nil && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return origin{}, errors.New("it has no valid host")
	}
	return origin{scheme: strings.ToLower(u.Scheme), host: fediverse.HostOfURL(u)}, nil
}

// is reports whether u is on this origin.
func (o origin) is(u *url.URL) bool {
	other, err := originOf(u)
	return err == nil && o == other
}
