package commands

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tootfill/backfill/limit"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/sandbox"
)

// settings are what a command needs to know of its surroundings, taken from the
// flags, then TOOTFILL_* in the environment, then the config file, then the
// defaults.
type settings struct {
	Server       string
	Token        tokenSources
	AllowPrivate []netip.Prefix
	// StateDir is the folder of the ledger; empty in a sandbox that keeps
	// nothing.
	StateDir   string
	Limit      limit.Limit
	HomeRate   mastodon.Rate
	OriginRate float64
	// Installation is home's own, if it is at hand; nil otherwise.
	Installation *installation
	Signing      signing
	// RestOnSecureOrigins, MaxPages and MaxItems are those of
	// activitypub.Options.
	RestOnSecureOrigins bool
	MaxPages, MaxItems  int
	// StrictRobots is that of fetch.Options.
	StrictRobots     bool
	RespectIndexable bool
	// MaxWaiting and MaxLatency are those of backfill.Options.
	MaxWaiting int
	MaxLatency time.Duration
}

// homeAccess says by what ways a command needs to reach home.
type homeAccess int

const (
	// homeByAny: its API, the installation, or both.
	homeByAny homeAccess = iota
	// homeByAPI: the installation is not even looked for.
	homeByAPI
	// homeByInstallation: the API is of use, but not needed.
	homeByInstallation
	// homeOptional: whatever is at hand.
	homeOptional
)

// readSettings reads and checks the settings; errors are a *usageError, or
// about a file that cannot be read.
func readSettings(o sharedOptions, getenv func(string) string, access homeAccess) (settings, error) {
	file, err := chooseConfig(o, getenv)
	if err != nil {
		return settings{}, err
	}
	var s settings
	if err := s.place(o, file, getenv, access); err != nil {
		return s, err
	}
	if err := s.readLimits(o, file, getenv); err != nil {
		return s, err
	}
	return s, s.readChoices(file, getenv)
}

// chooseConfig reads the config file. The sandbox reads it only if it was named:
// trying things out must not depend on the settings of a real server.
func chooseConfig(o sharedOptions, getenv func(string) string) (configFile, error) {
	if o.Sandbox && o.Config == "" {
		return configFile{}, nil
	}
	return findConfig(o.Config, getenv)
}

// place reads which server is meant, with what token, and where the ledger is.
func (s *settings) place(o sharedOptions, file configFile, getenv func(string) string, access homeAccess) error {
	if o.Sandbox {
		s.Server, s.StateDir = sandbox.HomeDomain, o.State
		s.Token = tokenSources{environment: sandbox.Token}
		return nil
	}
	if err := s.chooseHome(o, file, getenv, access); err != nil {
		return err
	}
	var err error
	if s.AllowPrivate, err = readNetworks(file, getenv); err != nil {
		return err
	}
	s.StateDir, err = stateDir(o.State, configuredPath(file, file.State, getenv), getenv)
	return err
}

// chooseHome reads which server is meant and by what ways it can be reached.
func (s *settings) chooseHome(o sharedOptions, file configFile, getenv func(string) string, access homeAccess) error {
	s.Server = cmp.Or(o.Server, getenv("TOOTFILL_SERVER"), file.Server)
	if access != homeByAPI {
		found, err := findInstallation(o, file, getenv)
		if err != nil && !(access == homeOptional && found.hasRedis()) {
			return err
		}
		if s.Installation, err = found.servingOnly(s.Server); err != nil {
			return err
		}
	}
	named := s.Server != ""
	switch {
	case s.Installation != nil && !named:
		s.Server = s.Installation.host
	case s.Installation == nil && access == homeByInstallation:
		return usagef(installationHint, "route sidekiq needs Mastodon's own settings, and none were found")
	case !named && access != homeOptional:
		return noServer(access)
	}
	// A token goes to a server that somebody has named, be it by its settings;
	// not to one that the folder we happen to be in names.
	if named || s.Installation != nil && !s.Installation.happened {
		s.Token = findToken(s.Server, file, getenv)
	}
	return nil
}

// noServer says how to name the home server. Mastodon's own settings are no help
// to those who want to go through its API.
func noServer(access homeAccess) error {
	hint := "name it with --server, with TOOTFILL_SERVER, or as server in the config file; "
	if access != homeByAPI {
		hint += "on the server's own machine, name Mastodon's .env.production with --env-file; "
	}
	return usagef(hint+"to try tootfill without a server, add --sandbox", "no home server given")
}

// setting is a value with the place that it came from, for messages.
type setting struct{ Value, From string }

func (s *settings) readLimits(o sharedOptions, file configFile, getenv func(string) string) error {
	perAccount := choose("limits.per_account", "", "", file.Limits.PerAccount, "1/1h")
	limit, err := limit.Parse(perAccount.Value)
	if burst := file.Limits.PerAccountBurst; burst > 0 && err == nil {
		if strings.Contains(perAccount.Value, "burst") && burst != limit.Burst {
			return perAccount.wrong(file, fmt.Sprintf("its burst is %d, but limits.per_account_burst is %d: leave one of them out", limit.Burst, burst))
		}
		limit.Burst = burst
		err = limit.Valid()
	}
	if err != nil {
		return perAccount.wrong(file, err.Error())
	}
	s.Limit = limit

	home := choose("limits.home", o.HomeRate, getenv("TOOTFILL_HOME_RATE"), file.Limits.Home, "auto")
	if s.HomeRate, err = mastodon.ParseRate(home.Value); err != nil {
		return home.wrong(file, err.Error())
	}
	origin := choose("limits.origin", o.OriginRate, getenv("TOOTFILL_ORIGIN_RATE"), file.Limits.Origin, "1/s")
	rate, err := mastodon.ParseRate(origin.Value)
	if err != nil || rate <= 0 {
		return origin.wrong(file, `"`+origin.Value+`" is not a rate: write a number above 0 with /s, such as 2/s or 0.5/s`)
	}
	s.OriginRate = float64(rate)
	return nil
}

// choose takes the first value that is not empty and remembers where it stood.
// The names follow from the key's: limits.home is --home-rate and
// TOOTFILL_HOME_RATE.
func choose(key, flag, env, file, otherwise string) setting {
	short := strings.TrimPrefix(key, "limits.")
	switch {
	case flag != "":
		return setting{flag, "--" + short + "-rate"}
	case env != "":
		return setting{env, "TOOTFILL_" + strings.ToUpper(short) + "_RATE"}
	case file != "":
		return setting{file, key}
	}
	return setting{otherwise, "the default of " + key}
}

func (v setting) wrong(file configFile, why string) error {
	where := v.From
	if strings.HasPrefix(where, "limits.") {
		where = file.path + ": " + where
	}
	return usagef("", "%s: %s", where, why)
}

// readNetworks reads the private addresses that may be connected to.
func readNetworks(file configFile, getenv func(string) string) ([]netip.Prefix, error) {
	from, list := file.path+": allow_private", file.AllowPrivate
	if env := getenv("TOOTFILL_ALLOW_PRIVATE"); env != "" {
		from, list = "TOOTFILL_ALLOW_PRIVATE", strings.Split(env, ",")
	}
	var networks []netip.Prefix
	for _, text := range list {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		network, err := parseNetwork(text)
		if err != nil {
			return nil, usagef("write it like 10.0.0.0/8, fd00::/8 or 192.168.1.7", "%s: %q is neither an address nor a network", from, text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		network, err := netip.ParsePrefix(text)
		return network.Masked(), err
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}
