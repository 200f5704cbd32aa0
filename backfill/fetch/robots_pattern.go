package fetch

import (
	"fmt"
	"strings"
)

// maxWildcards is how many * a pattern may have.
const maxWildcards = 20

// robotsPattern says which paths a rule covers: those that begin with it. In it,
// * stands for anything, and a $ at its end for the end of the path (RFC 9309,
// section 2.2.3).
type robotsPattern string

// parsePattern puts a pattern into the form in which patterns are compared. If it
// has more wildcards than any sane rule, it is cut before the first excess one if
// it forbids, and left out if it allows.
func parsePattern(value string, allow bool) (robotsPattern, bool) {
	value, end := strings.CutSuffix(value, "$")
	pattern := octets(value, "$")
	for strings.Contains(pattern, "**") {
		pattern = strings.ReplaceAll(pattern, "**", "*")
	}
	if !strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "*") {
		pattern = "/" + pattern
	}
	if parts := strings.SplitN(pattern, "*", maxWildcards+2); len(parts) == maxWildcards+2 {
		return robotsPattern(strings.Join(parts[:maxWildcards+1], "*")), !allow
	}
	if end {
		pattern += "$"
	}
	return robotsPattern(pattern), true
}

// matches reports whether the pattern covers a path, which is in the form of
// [octets]. Text between two wildcards matches where it occurs first, so that a
// match takes one walk along the path.
func (p robotsPattern) matches(path string) bool {
	pattern, toTheEnd := strings.CutSuffix(string(p), "$")
	parts := strings.Split(pattern, "*")
	rest, found := strings.CutPrefix(path, parts[0])
	if !found || len(parts) == 1 {
		return found && (!toTheEnd || rest == "")
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, rest, found = strings.Cut(rest, part); !found {
			return false
		}
	}
	if toTheEnd {
		return strings.HasSuffix(rest, parts[last])
	}
	return strings.Contains(rest, parts[last])
}

// octets puts a path into the form that RFC 9309 (section 2.2.2) compares: it
// percent-encodes the octets that require it, and those of the set, which have a
// meaning in patterns.
func octets(path, set string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2]) {
			if c = unhex(path[i+1])<<4 | unhex(path[i+2]); !isUnreserved(c) {
				fmt.Fprintf(&b, "%%%02X", c)
			} else {
				b.WriteByte(c)
			}
			i += 2
			continue
		}
		if c <= ' ' || c >= 0x7f || c == '#' || strings.IndexByte(set, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// isUnreserved reports whether a character needs no encoding (RFC 3986, section
// 2.3).
func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
