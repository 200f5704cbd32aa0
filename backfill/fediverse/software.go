package fediverse

import (
	"regexp"
	"strconv"
	"strings"
)

// Software is what a server runs.
type Software struct {
	// Name is in lower case, such as mastodon, gotosocial or pleroma; "unknown" if
	// the server does not say.
	Name string
	// Version is spelled as by the server, such as 4.5.2 or 4.3.0+glitch.
	Version string
}

// String is the name, as the makers of the best-known software spell it, with the
// version.
func (s Software) String() string {
	name := s.Name
	switch name {
	case "", "unknown":
		name = "unknown software"
	case "mastodon":
		name = "Mastodon"
	case "gotosocial":
		name = "GoToSocial"
	case "pleroma":
		name = "Pleroma"
	case "akkoma":
		name = "Akkoma"
	}
	return strings.TrimSpace(name + " " + s.Version)
}

var leadingVersion = regexp.MustCompile(`^v?(\d+)\.(\d+)`)

// MastodonBefore reports whether this is a Mastodon older than major.minor. It is
// false for other software and for versions that cannot be read.
func (s Software) MastodonBefore(major, minor int) bool {
	a, b, ok := s.mastodon()
	return ok && (a < major || a == major && b < minor)
}

// MastodonSince reports whether this is Mastodon major.minor or newer. It is false
// for other software and for versions that cannot be read.
func (s Software) MastodonSince(major, minor int) bool {
	_, _, ok := s.mastodon()
	return ok && !s.MastodonBefore(major, minor)
}

// mastodon is the version if this is Mastodon and its version can be read.
func (s Software) mastodon() (major, minor int, ok bool) {
	m := leadingVersion.FindStringSubmatch(s.Version)
	if s.Name != "mastodon" || m == nil {
		return 0, 0, false
	}
	major, errMajor := strconv.Atoi(m[1])
	minor, errMinor := strconv.Atoi(m[2])
	return major, minor, errMajor == nil && errMinor == nil
}
