package settings

import (
	"strconv"
	"strings"

	"tootfill/backfill/cleantext"
)

// Automatic says whether new follows may be backfilled by themselves.
type Automatic struct {
	On bool
	// OffBy is what has switched it off; empty if nothing has switched it on.
	OffBy string
}

// enabledVariable switches automatic backfills on and off, in the environment or
// among Mastodon's variables.
const enabledVariable = "BACKFILL_ENABLED"

// readAutomatic reads the variable and, if it is not set, the key. A value that
// cannot be understood switches it off.
func (s *Settings) readAutomatic(r Reader, p places, access Access) {
	value, from, err := r.enabled(s.homesInstallation(r, p, access))
	key := p.choose("automatic")
	switch {
	case err != nil:
		s.Automatic = Automatic{OffBy: enabledVariable + " in " + from + ", which cannot be read (" + err.Error() + ")"}
	case value == "":
		s.Automatic = Automatic{On: key.yes()}
		return
	case strings.EqualFold(value, "true"):
		s.Automatic = Automatic{On: true}
	default:
		s.Automatic = Automatic{OffBy: enabledVariable + "=" + cleantext.Line(value, 40) + " in " + from}
	}
	s.note(setting{key: key.key, value: strconv.FormatBool(s.Automatic.On), from: enabledVariable + " in " + from})
}

// homesInstallation is home's installation, also where home is reached by its API
// alone. Then one that cannot be read is no obstacle, since nothing else needs it.
func (s *Settings) homesInstallation(r Reader, p places, access Access) *Installation {
	if s.Installation != nil || access != ByAPI || p.flags.Sandbox {
		return s.Installation
	}
	found, err := r.findInstallation(p)
	if err != nil {
		return nil
	}
	if found, err = found.servingOnly(s.Server); err != nil {
		return nil
	}
	return found
}

// enabled is the value of the variable, and where it comes from.
func (r Reader) enabled(i *Installation) (value, from string, err error) {
	if value = r.Getenv(enabledVariable); value != "" || i == nil {
		return value, "the environment", nil
	}
	value = i.Getenv(enabledVariable)
	return value, i.Path, i.variables.Err()
}
