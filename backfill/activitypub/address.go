package activitypub

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// maxURI is the length of the longest URI accepted from an origin, in bytes.
const maxURI = 2048

// isURI reports whether s may be the URI of a post or an actor: an absolute http
// or https URL without anything that could do harm when it is shown.
func isURI(s string) bool {
	if s == "" || len(s) > maxURI || strings.ContainsFunc(s, unsafeInURI) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

func unsafeInURI(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar
}

// isID reports whether s can serve as the id of an entry. It need not be a URL.
func isID(s string) bool {
	return s != "" && len(s) <= maxURI && !strings.ContainsFunc(s, unsafeInURI)
}

// identifier is a member that is an id in an API: a string, or a number as
// Friendica and Lemmy write it.
func identifier(n loosejson.Node, key string) string {
	s := n.TextOrNumber(key)
	if !isID(s) || len(s) > 128 {
		return ""
	}
	return s
}

// sameURI compares two URIs; scheme and host do not depend on the case.
func sameURI(a, b string) bool {
	if a == b {
		return true
	}
	return lowerHost(a) == lowerHost(b)
}

// lowerHost puts scheme and host into the form in which they are compared and
// leaves the rest as it is, byte for byte.
func lowerHost(s string) string {
	start := strings.Index(s, "://")
	if start < 0 {
		return s
	}
	start += len("://")
	end := strings.IndexAny(s[start:], "/?#")
	if end < 0 {
		end = len(s) - start
	}
	scheme, authority := strings.ToLower(s[:start]), s[start:start+end]
	if host := fediverse.HostOf(scheme + authority); host != "" && !strings.Contains(authority, "@") {
		authority = host
	}
	return scheme + authority + s[start+end:]
}

// secured replaces http by https in an address, because servers that do not know of
// the proxy in front of them write http; nothing is ever requested unencrypted. An
// address with a port stays unchanged.
func secured(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Port() != "" && u.Port() != "80" {
		return address
	}
	_, rest, _ := strings.Cut(address, "://")
	if u.Port() != "" {
		rest = strings.Replace(rest, ":80", "", 1)
	}
	return "https://" + rest
}

// portOf is the port that a URL names, or 0.
func portOf(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return 0
	}
	return port
}
