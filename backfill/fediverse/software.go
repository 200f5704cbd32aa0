package fediverse

import (
	"regexp"
	"strconv"
)

// Software is what a server runs.
type Software struct {
	// Name is in lower case, such as mastodon, gotosocial or pleroma; "unknown" if
	// the server does not say.
	Name string
	// Version is spelled as by the server, such as 4.5.2 or 4.3.0+glitch.
	Version string
}

var leadingVersion = regexp.MustCompile(`^v?(\d+)\.(\d+)`)

// MastodonBefore reports whether this is a Mastodon older than major.minor. It is
// false for other software and for versions that cannot be read.
func (s Software) MastodonBefore(major, minor int) bool {
	m := leadingVersion.FindStringSubmatch(s.Version)
	if s.Name != "mastodon" || m == nil {
		return false
	}
	a, errA := strconv.Atoi(m[1])
	b, errB := strconv.Atoi(m[2])
	if errA != nil || errB != nil {
		return false
	}
	return a < major || a == major && b < minor
}
