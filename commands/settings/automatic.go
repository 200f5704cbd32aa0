package settings

import (
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
func (s *Settings) readAutomatic(r Reader, o Flags, file configFile, access Access) {
	value, from, err := r.enabled(s.homesInstallation(r, o, file, access))
	switch {
	case err != nil:
		s.Automatic = Automatic{OffBy: enabledVariable + " in " + from + ", which cannot be read (" + err.Error() + ")"}
	case value == "":
		s.Automatic = Automatic{On: file.Automatic}
	case strings.EqualFold(value, "true"):
		s.Automatic = Automatic{On: true}
	default:
		s.Automatic = Automatic{OffBy: enabledVariable + "=" + cleantext.Line(value, 40) + " in " + from}
	}
}

// homesInstallation is home's installation, also where home is reached by its API
// alone. Then one that cannot be read is no obstacle, since nothing else needs it.
func (s *Settings) homesInstallation(r Reader, o Flags, file configFile, access Access) *Installation {
	if s.Installation != nil || access != ByAPI || o.Sandbox {
		return s.Installation
	}
	found, err := r.findInstallation(o, file)
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
