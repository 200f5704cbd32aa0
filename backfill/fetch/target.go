package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

const defaultPort = 443

// target is a URL that may be requested, as far as can be known before its name is
// resolved.
type target struct {
	url *url.URL
	// host is the name in lower case, with the port if that is not the default.
	host string
	port int
}

// parseTarget checks a URL. The port may be 443 or the given one.
func parseTarget(raw string, port int) (target, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return target{}, &backfill.OriginError{Host: "unknown host", Cause: backfill.Malformed, Err: fmt.Errorf("%q is not a valid URL", cleantext.Shorten(raw))}
	}
	return checkTarget(u, port)
}

func checkTarget(u *url.URL, port int) (target, error) {
	t := target{url: u, host: strings.ToLower(u.Host)}
	if u.Scheme != "https" {
		return target{}, t.fail(backfill.Forbidden, fmt.Errorf("%q is not an https URL", cleantext.Shorten(u.Redacted())))
	}
	if u.User != nil {
		return target{}, t.fail(backfill.Forbidden, errors.New("the URL holds a user name"))
	}
	name := fediverse.HostName(u.Hostname())
	if err := checkHost(name); err != nil {
		return target{}, t.fail(backfill.Malformed, err)
	}
	number := defaultPort
	if p := u.Port(); p != "" {
		var err error
		if number, err = strconv.Atoi(p); err != nil {
			return target{}, t.fail(backfill.Malformed, fmt.Errorf("port %q is not a number", cleantext.Shorten(p)))
		}
	}
	if number != defaultPort && (port == 0 || number != port) {
		return target{}, t.fail(backfill.Forbidden, fmt.Errorf("port %d is not the default port", number))
	}
	t.host, t.port = authority(name, number), number
	clean := *u
	clean.Host, clean.Fragment, clean.RawFragment = t.host, "", ""
	t.url = &clean
	return t, nil
}

// authority is host and port as they stand in a URL, in the form of
// [fediverse.HostOf], but for the number: a port may be written as 0443.
func authority(name string, port int) string {
	if port != defaultPort {
		return net.JoinHostPort(name, strconv.Itoa(port))
	}
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}

// checkHost refuses what is no name or address of a host. It refuses numbers that are
// almost an address (127.1, 0x7f000001), which resolvers read in different ways. The
// name is checked in its ASCII form: what looks like a letter may be a
// digit or a dot in disguise.
func checkHost(name string) error {
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" {
			return errors.New("the host is an address with a zone")
		}
		return nil
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if !validName(name) || strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == "" {
		return fmt.Errorf("%q is not a valid host name", cleantext.Shorten(name))
	}
	return nil
}

// validName accepts the host names that are in use, including underscores.
func validName(name string) bool {
	foreign := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}
	return len(name) <= 253 && !strings.ContainsFunc(name, foreign) && !slices.Contains(strings.Split(name, "."), "")
}

// redirect is the target of a Location header.
func (t target) redirect(location string, port int) (target, error) {
	u, err := t.url.Parse(location)
	if err != nil {
		return target{}, t.fail(backfill.Malformed, errors.New("redirect to something that is not a URL"))
	}
	next, err := checkTarget(u, port)
	if err != nil {
		var refused *backfill.OriginError
		if errors.As(err, &refused) {
			return target{}, t.fail(refused.Cause, fmt.Errorf("redirect to %q: %w", cleantext.Shorten(u.Host), refused.Err))
		}
		return target{}, err
	}
	return next, nil
}

// down is fail for an error of a host that seems to be down as a whole.
func (t target) down(cause backfill.Cause, err error) error {
	return &backfill.OriginError{Host: t.host, Cause: cause, Err: backfill.WithoutSource(err), Down: true}
}

// fail makes the error of a request to this target.
func (t target) fail(cause backfill.Cause, err error) error {
	return &backfill.OriginError{Host: t.host, Cause: cause, Err: backfill.WithoutSource(err)}
}
