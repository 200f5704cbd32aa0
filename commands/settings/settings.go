// Package settings reads what tootfill needs to know before it starts: flags take
// precedence over the environment, the environment over the config file, and the
// file over the defaults.
package settings

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/limit"
)

// Settings are what a command needs to know of its surroundings.
type Settings struct {
	Server       string
	Token        Token
	AllowPrivate []netip.Prefix
	// StateDir is the folder of the ledger; empty in a sandbox that keeps
	// nothing.
	StateDir   string
	Limit      limit.Limit
	HomeRate   limit.Rate
	OriginRate float64
	// Accounts is that of backfill.Options.
	Accounts int
	// MaxTime is how long a run may take; 0 means that it takes as long as it needs.
	MaxTime time.Duration
	// Installation is home's own; nil if there is none here.
	Installation *Installation
	Signing      SigningKey
	// RestOnSecureOrigins, MaxPages and MaxItems are those of
	// activitypub.Options.
	RestOnSecureOrigins bool
	MaxPages, MaxItems  int
	Never               Never
	// StrictRobots is that of fetch.Options.
	StrictRobots     bool
	RespectIndexable bool
	Automatic        Automatic
	// MaxWaiting and MaxLatency are those of backfill.Options.
	MaxWaiting int
	MaxLatency time.Duration
	// Threads, RepliesPerPost and RepliesPerAccount are those of replies.Limits; 0
	// means the default.
	Threads, RepliesPerPost, RepliesPerAccount int
}

// Access says how a command needs to reach home.
type Access int

const (
	// ByAny means its API, the installation, or both.
	ByAny Access = iota
	// ByAPI means that the installation is not even looked for.
	ByAPI
	// ByInstallation means that the API is useful, but not needed.
	ByInstallation
	// AtHand means whatever is available.
	AtHand
)

// Flags are the flags that take precedence over all other settings; empty ones
// are not given.
type Flags struct {
	// Sandbox leaves out settings about a server: its home is in this process.
	Sandbox                                 bool
	Config, State, Server, EnvFile          string
	HomeRate, OriginRate, Accounts, MaxTime string
}

// Reader reads the settings.
type Reader struct {
	Getenv func(string) string
	// SameServer reports whether two names mean the same server.
	SameServer func(a, b string) bool
	// Domains reads from Mastodon's variables the domain at which it answers and
	// that of its handles. HasRedis reports whether they lead to a Redis.
	Domains  func(getenv func(string) string) (web, local string, err error)
	HasRedis func(getenv func(string) string) (bool, error)
}

// Read reads and checks the settings. Its errors are an *Error or about a file that
// cannot be read.
func (r Reader) Read(o Flags, access Access) (Settings, error) {
	file, err := chooseConfig(o, r.Getenv)
	if err != nil {
		return Settings{}, err
	}
	var s Settings
	if err := s.place(r, o, file, access); err != nil {
		return s, err
	}
	if err := s.readLimits(o, file, r.Getenv); err != nil {
		return s, err
	}
	s.readAutomatic(r, o, file, access)
	return s, s.readChoices(file, r.Getenv)
}

// chooseConfig reads the config file. The sandbox reads it only if it was named,
// because trying things out must not depend on the settings of a real server.
func chooseConfig(o Flags, getenv func(string) string) (configFile, error) {
	if o.Sandbox && o.Config == "" {
		return configFile{}, nil
	}
	return findConfig(o.Config, getenv)
}

// place reads which server is meant, with what token, and where the ledger is.
func (s *Settings) place(r Reader, o Flags, file configFile, access Access) error {
	if o.Sandbox {
		s.StateDir = o.State
		return nil
	}
	if err := s.chooseHome(r, o, file, access); err != nil {
		return err
	}
	var err error
	if s.AllowPrivate, err = readNetworks(file, r.Getenv); err != nil {
		return err
	}
	s.StateDir, err = stateDir(o.State, configuredPath(file, file.State, r.Getenv), r.Getenv)
	return err
}

// chooseHome reads which server is meant and how it can be reached.
func (s *Settings) chooseHome(r Reader, o Flags, file configFile, access Access) error {
	s.Server = cmp.Or(o.Server, r.Getenv("TOOTFILL_SERVER"), file.Server)
	if access != ByAPI {
		found, err := r.findInstallation(o, file)
		if err != nil && !(access == AtHand && found != nil && found.hasRedis) {
			return err
		}
		if s.Installation, err = found.servingOnly(s.Server); err != nil {
			return err
		}
	}
	named := s.Server != ""
	switch {
	case s.Installation != nil && !named:
		s.Server = s.Installation.Host
	case s.Installation == nil && access == ByInstallation:
		return lacking(backfill.GiveInstallation, "route sidekiq needs Mastodon's own settings, and none were found")
	case !named && access != AtHand:
		return noServer(access)
	}
	// A token goes only to a server that somebody has named, if only by its
	// settings, never to one that the working folder happens to name.
	if named || s.Installation != nil && !s.Installation.happened {
		s.Token = r.findToken(s.Server, file)
	}
	return nil
}

// noServer says how to name the home server. Mastodon's own settings do not help
// those who want to use its API.
func noServer(access Access) error {
	hint := backfill.NameServerOrInstallation
	if access == ByAPI {
		hint = backfill.NameServer
	}
	return lacking(hint, "no home server given")
}

// setting is a value and where it came from, for messages.
type setting struct{ Value, From string }

// readLimits reads how often an account may be backfilled and how fast servers are
// asked.
func (s *Settings) readLimits(o Flags, file configFile, getenv func(string) string) (err error) {
	if s.Limit, err = readAccountLimit(file); err != nil {
		return err
	}
	home := choose("limits.home", o.HomeRate, getenv("TOOTFILL_HOME_RATE"), file.Limits.Home, "auto")
	if s.HomeRate, err = limit.ParseRate(home.Value); err != nil {
		return home.wrong(file, err.Error())
	}
	origin := choose("limits.origin", o.OriginRate, getenv("TOOTFILL_ORIGIN_RATE"), file.Limits.Origin, "1/s")
	rate, err := limit.ParseRate(origin.Value)
	if err != nil || rate <= 0 {
		return origin.wrong(file, `"`+origin.Value+`" is not a rate: write a number above 0 with /s, such as 2/s or 0.5/s`)
	}
	s.OriginRate = float64(rate)
	if s.Accounts, err = readAccountsAtOnce(o, file, getenv); err != nil {
		return err
	}
	s.MaxTime, err = readMaxTime(o, file, getenv)
	return err
}

func readAccountsAtOnce(o Flags, file configFile, getenv func(string) string) (int, error) {
	from, text := "--accounts", o.Accounts
	if text == "" {
		from, text = "TOOTFILL_ACCOUNTS", getenv("TOOTFILL_ACCOUNTS")
	}
	if text == "" {
		return file.Limits.Accounts, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, wrongf("", "%s: %q is not a number of accounts: write 1 or more", from, text)
	}
	return n, nil
}

func readAccountLimit(file configFile) (limit.Limit, error) {
	text := choose("limits.per_account", "", "", file.Limits.PerAccount, "1/1h")
	l, err := limit.Parse(text.Value)
	if burst := file.Limits.PerAccountBurst; burst > 0 && err == nil {
		if strings.Contains(text.Value, "burst") && burst != l.Burst {
			return l, text.wrong(file, fmt.Sprintf("its burst is %d, but limits.per_account_burst is %d: leave one of them out", l.Burst, burst))
		}
		l.Burst = burst
		err = l.Valid()
	}
	if err != nil {
		return l, text.wrong(file, err.Error())
	}
	return l, nil
}

// choose takes the first value that is not empty and notes its source. Flag and
// variable are named after the key: limits.home is --home-rate and
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
	return wrongf("", "%s: %s", where, why)
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
			return nil, wrongf("write it like 10.0.0.0/8, fd00::/8 or 192.168.1.7", "%s: %q is neither an address nor a network", from, text)
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
