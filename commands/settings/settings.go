// Package settings reads what tootfill needs to know before it starts: flags take
// precedence over the environment, the environment over the config file, and the
// file over the defaults.
package settings

import (
	"net/netip"
	"net/url"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/limit"
	"tootfill/backfill/service"
)

// Settings are what a command needs to know of its surroundings.
type Settings struct {
	// Profile is the one in use; empty for the top of the config file.
	Profile      string
	Server       string
	Token        Token
	AllowPrivate []netip.Prefix
	// Ledger is where the ledger is; nowhere in a sandbox that keeps nothing.
	Ledger LedgerPlace
	// SandboxDir is the folder of the sandbox; empty if it keeps nothing.
	SandboxDir string
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
	// MetricsFile is the path of the file for the metrics of the last run, and Ping the
	// address that is told of runs; empty or nil if there is none.
	MetricsFile string
	Ping        *url.URL
	// Threads, RepliesPerPost and RepliesPerAccount are those of replies.Limits.
	Threads, RepliesPerPost, RepliesPerAccount int
	// Listen is where the service listens, and TrustedProxies are the addresses that
	// may say for whom they ask it. PerUser and MaxQueued are those of service.Bounds.
	Listen             service.Address
	TrustedProxies     []netip.Prefix
	PerUser, MaxQueued int

	places places
	// noted are the settings that do not come from their own places; see note.
	noted map[string]setting
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
	// BesideMastodon means that the installation is needed, whatever the route.
	BesideMastodon
	// AtHand means whatever is available.
	AtHand
)

// Flags are the flags that take precedence over all other settings; empty ones
// are not given.
type Flags struct {
	// Sandbox leaves out settings about a server: its home is in this process.
	Sandbox                                 bool
	Config, State, Server, EnvFile, Profile string
	HomeRate, OriginRate, Accounts, MaxTime string
	MetricsFile, Ping, LogFormat, Listen    string
}

// Reader reads the settings.
type Reader struct {
	Getenv func(string) string
	// SameServer reports whether two names mean the same server.
	SameServer func(a, b string) bool
	// CheckServer refuses what is not the name or the address of a server.
	CheckServer func(server string) error
	// Domains reads from Mastodon's variables the domain at which it answers and
	// that of its handles. HasRedis reports whether they lead to a Redis.
	Domains  func(getenv func(string) string) (web, local string, err error)
	HasRedis func(getenv func(string) string) (bool, error)
}

// Read reads and checks the settings. Its errors are an *Error or about a file that
// cannot be read.
func (r Reader) Read(o Flags, access Access) (Settings, error) {
	s, wrong := r.ReadAll(o, access)
	if len(wrong) > 0 {
		return s, wrong[0]
	}
	return s, nil
}

// ReadAll reads all settings that can be read, and returns everything that is wrong
// with the others.
func (r Reader) ReadAll(o Flags, access Access) (s Settings, wrong []error) {
	file, err := chooseConfig(o, r.Getenv)
	if err != nil {
		wrong = append(wrong, err)
	}
	profile, unknown := r.use(&file, o)
	if unknown != nil && len(wrong) == 0 {
		_ = s.readMonitoring(places{flags: o, getenv: r.Getenv, file: file})
		return s, []error{unknown} // which comes first
	}
	if profile.flag {
		r.Getenv = r.besides(file)
	}
	p := places{flags: o, getenv: r.Getenv, file: file}
	s = Settings{Profile: profile.name, places: p, noted: make(map[string]setting)}
	s.noteConfig(p)
	if err := s.place(r, p, access); err != nil && (len(wrong) == 0 || s.Server != "") {
		wrong = append(wrong, err) // without a server, the config file may be to blame
	}
	for _, read := range []func(places) error{
		s.readNetworks, s.readState, s.readAccountLimit, s.readHomeRate, s.readOriginRate, s.readAccounts, s.readMaxTime,
		func(p places) error { s.readAutomatic(r, p, access); return nil },
		s.readMonitoring, s.readLogFormat, s.readChoices, s.readRobots, s.readLatency, s.readSigning, s.readNever, s.readService,
	} {
		if err := read(p); err != nil {
			wrong = append(wrong, err)
		}
	}
	return s, wrong
}

// chooseConfig reads the config file. The sandbox reads it only if it was named,
// because trying things out must not depend on the settings of a real server.
func chooseConfig(o Flags, getenv func(string) string) (configFile, error) {
	if o.Sandbox && o.Config == "" {
		return configFile{}, nil
	}
	return findConfig(o.Config, getenv)
}

// place reads which server is meant, and with what token. The sandbox is a server of
// its own.
func (s *Settings) place(r Reader, p places, access Access) error {
	if p.flags.Sandbox {
		s.noteSandbox()
		return nil
	}
	return s.chooseHome(r, p, access)
}

// chooseHome reads which server is meant and how it can be reached.
func (s *Settings) chooseHome(r Reader, p places, access Access) error {
	server := p.choose("server")
	s.Server = server.value
	if server.line != "" {
		if err := r.CheckServer(server.value); err != nil {
			return server.wrong("", "%v", err)
		}
	}
	if access != ByAPI {
		found, err := r.findInstallation(p)
		if err != nil && !(access == AtHand && found != nil && found.hasRedis) {
			return err
		}
		if s.Installation, err = found.servingOnly(s.Server); err != nil {
			return err
		}
		s.noteInstallation()
	}
	named := s.Server != ""
	switch {
	case s.Installation != nil && !named:
		s.Server = s.Installation.Host
	case s.Installation == nil && access == BesideMastodon:
		return lacking(backfill.GiveInstallation, "the service needs Mastodon's own settings, and none were found")
	case s.Installation == nil && access == ByInstallation:
		return lacking(backfill.GiveInstallation, "route sidekiq needs Mastodon's own settings, and none were found")
	case !named && access != AtHand:
		return noServer(access)
	}
	// A token goes only to a server that somebody has named, if only by its
	// settings, never to one that the working folder happens to name.
	if named || s.Installation != nil && !s.Installation.happened {
		s.Token = r.findToken(s.Server, p)
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

func (s *Settings) readAccounts(p places) (err error) {
	s.Accounts, err = p.choose("limits.accounts").count()
	return err
}
