package fediverse

import (
	"errors"
	"net"
	"strings"
	"unicode/utf8"
)

// Servers names a server, or all servers of a domain.
type Servers struct {
	// Domain is in the form that it has in a handle, with the port if there is one.
	// A name without a port stands for the server at any port.
	Domain string
	// Below says that the servers of all subdomains are meant as well.
	Below bool
}

// String is the text that ParseServers reads: spam.example, or *.bad.example.
func (s Servers) String() string {
	if s.Below {
		return "*." + s.Domain
	}
	return s.Domain
}

const serversHint = "write a server as spam.example, and a domain with all its subdomains as *.bad.example"

// ParseServers reads the name of a server, such as spam.example, or of a domain with
// all its subdomains, such as *.bad.example, which may be a top-level domain. Case,
// surrounding space, a final dot, the default port and https:// are no obstacle.
// Errors are *HandleError.
func ParseServers(text string) (Servers, error) {
	name := trimMarks(text)
	switch {
	case len(name) > maxHandleInput:
		return Servers{}, unnamed(text, malformed("is too long for the name of a server"))
	case !utf8.ValidString(name):
		return Servers{}, unnamed(text, malformed("is not valid UTF-8"))
	}
	if rest, found := cutPrefixFold(name, "https://"); found {
		name = strings.TrimSuffix(rest, "/")
	}
	rest, below := strings.CutPrefix(name, "*.")
	if below {
		rest = "x." + rest // a top-level domain alone is the domain of no server
	}
	domain, err := normalDomain(rest)
	if err != nil {
		return Servers{}, unnamed(text, err)
	}
	if below {
		domain = strings.TrimPrefix(domain, "x.")
	}
	return Servers{Domain: domain, Below: below}, nil
}

// unnamed is the error for a text that names no server.
func unnamed(text string, err error) error {
	e := &HandleError{Reason: "is not the name of a server"}
	errors.As(err, &e)
	e.Input, e.Hint = text, serversHint
	return e
}

func cutPrefixFold(s, prefix string) (rest string, found bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// NamesOf returns all names that a server can be meant by, given its domain as in a
// handle or as HostOf returns it. The most exact ones come first.
func NamesOf(domain string) []Servers {
	if domain == "" {
		return nil
	}
	host, port := domain, ""
	if h, p, err := net.SplitHostPort(domain); err == nil {
		host, port = h, ":"+p
	}
	names := []Servers{{Domain: domain}}
	if port != "" {
		names = append(names, Servers{Domain: host})
	}
	for host != "" {
		names = append(names, Servers{Domain: host, Below: true})
		if port != "" {
			names = append(names, Servers{Domain: host + port, Below: true})
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return names
}
