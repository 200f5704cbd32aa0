package settings

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"tootfill/commands/spelling"
)

// The keys that belong to one home stand at the top of the config file and in the table
// of each profile. A profile takes none of them from the top, since a token or a key of
// one home is of no use at another.
const profilesTable = "profiles"

var profileName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// choice is the profile in use, and what chose it.
type choice struct {
	name string
	// flag says that it was a flag, which takes precedence over the environment.
	flag bool
}

// chooseProfile is the profile that was named; the zero choice is the top of the file.
func chooseProfile(o Flags, getenv func(string) string) (choice, error) {
	c := choice{name: cmp.Or(o.Profile, getenv("TOOTFILL_PROFILE")), flag: o.Profile != ""}
	if c.name != "" && !profileName.MatchString(c.name) {
		return c, wrongf("use up to 64 letters, digits, _ and -", "%q is not the name of a profile", c.name)
	}
	return c, nil
}

// use makes the file's home that of the profile that was named. The sandbox has none.
func (r Reader) use(file *configFile, o Flags) (choice, error) {
	if o.Sandbox {
		return choice{}, nil
	}
	c, err := chooseProfile(o, r.Getenv)
	if err != nil {
		return c, err
	}
	if c.name != "" && !file.profiles[c.name] {
		return c, noProfile(*file, c.name)
	}
	file.profile = c.name
	return c, nil
}

// inProfile is the name under which a key of a profile is kept.
func inProfile(profile, name string) string { return tableOf(profile) + "." + name }

// takeOfProfile keeps a value below the table of profiles if it is of the right kind.
func (c configFile) takeOfProfile(spelled toml.Key, value any) error {
	if len(spelled) < 3 {
		if err := c.mustBeTable(spelled, value); err != nil {
			return err
		}
		if len(spelled) == 2 {
			c.profiles[spelled[1]] = true
		}
		return nil
	}
	name := strings.ToLower(strings.Join(spelled[2:], "."))
	k, known := keyNamed(name)
	switch {
	case known && k.ofHome:
		return c.keep(inProfile(spelled[1], k.name), k, spelled, value)
	case len(spelled) == 3 && len(profileKeys(name)) > 0:
		return c.mustBeTable(spelled, value)
	}
	return c.unknownKey(spelled)
}

// profileKeys are the keys of a table in a profile, "" for its own.
func profileKeys(table string) []string {
	var names []string
	for _, k := range keys() {
		inner, name, below := strings.Cut(k.name, ".")
		if !below {
			inner, name = "", k.name
		}
		switch {
		case !k.ofHome:
		case strings.EqualFold(inner, table):
			names = append(names, name)
		case table == "" && !slices.Contains(names, inner):
			names = append(names, inner)
		}
	}
	return names
}

func noProfile(c configFile, name string) error {
	names := slices.Sorted(maps.Keys(c.profiles))
	hint := "tootfill login --profile " + name + " makes it"
	if near := spelling.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	} else if len(names) > 0 {
		hint = "known profiles are " + strings.Join(names, ", ") + "; " + hint
	}
	if c.path == "" {
		return wrongf(hint, "there is no profile %s: there is no config file", name)
	}
	return wrongf(hint, "%s: there is no profile %s", c.path, name)
}

// tableOf is the table of a profile; "" is the top of the file.
func tableOf(profile string) string {
	if profile == "" {
		return ""
	}
	return profilesTable + "." + profile
}

// besides is the environment without what it says of another home than the profile
// that a flag has chosen: the flag takes precedence over it. A token there belongs to
// the server there; without one it is nobody's business.
func (r Reader) besides(file configFile) func(string) string {
	getenv := r.Getenv
	says := func(name string) string { text, _, _ := file.find(name); return text }
	named := says("server") != "" || says("env_file") != ""
	server := getenv("TOOTFILL_SERVER")
	foreign := server == "" || !r.SameServer(server, says("server"))
	own := says("access_token_file") != "" || says("access_token_command") != ""
	hidden := map[string]bool{
		"TOOTFILL_SERVER": named, "TOOTFILL_ENV_FILE": named,
		"TOOTFILL_ACCESS_TOKEN": own || foreign, "CREDENTIALS_DIRECTORY": own || foreign,
	}
	return func(name string) string {
		if hidden[name] {
			return ""
		}
		return getenv(name)
	}
}
