package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fetch"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sqlite"
)

// system is what a command works with: home, the origins and the ledger. This
// file is the only one that puts the adapters together.
type system struct {
	settings settings
	clock    backfill.Clock
	listener backfill.Listener

	home    *mastodon.Server
	origins *fetch.Client
	reader  *activitypub.Reader
	ledger  *sqlite.Ledger
	// identity is whose token it is.
	identity mastodon.Identity
	readOnly bool

	closers []func() error
}

// softwareMemory is for how long home's version is remembered.
const (
	softwareMemory = 24 * time.Hour
	softwareFact   = "software"
)

// connect builds the system and checks the token. readOnly leaves the ledger as
// it is. The caller closes the system.
func connect(ctx context.Context, env Env, s settings, o sharedOptions, readOnly bool, l backfill.Listener) (*system, error) {
	sys := &system{settings: s, clock: env.Clock, listener: l, readOnly: readOnly}
	err := sys.open(ctx, env, o)
	if err != nil {
		return nil, errors.Join(err, sys.Close())
	}
	return sys, nil
}

func (s *system) open(ctx context.Context, env Env, o sharedOptions) error {
	network := env.Network
	if o.Sandbox {
		var err error
		if network, err = s.openSandbox(); err != nil {
			return err
		}
	}
	if err := s.openServers(ctx, network, env.Stderr); err != nil {
		return err
	}
	if err := s.openLedger(ctx); err != nil {
		return err
	}
	identity, err := s.home.Check(ctx)
	if err != nil {
		return err
	}
	s.identity = identity
	return nil
}

// openSandbox starts a small fediverse, whose state lies beside the ledger.
func (s *system) openSandbox() (Network, error) {
	if s.settings.StateDir == "" {
		dir, err := os.MkdirTemp("", "tootfill-sandbox-")
		if err != nil {
			return nil, fmt.Errorf("making a folder for the sandbox: %w", err)
		}
		s.settings.StateDir = dir
		s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
	}
	box, err := sandbox.Start(sandbox.Options{Clock: s.clock, Dir: s.settings.StateDir})
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	s.closers = append(s.closers, box.Close)
	return box.Network(), nil
}

func (s *system) openServers(ctx context.Context, network Network, stderr io.Writer) error {
	token, err := s.settings.Token.token(ctx, stderr)
	if err != nil {
		return err
	}
	home := mastodon.Options{
		Server: s.settings.Server, Token: token, UserAgent: userAgent(),
		Clock: s.clock, Rate: s.settings.HomeRate, OnWait: s.homeWaits,
	}
	origins := fetch.Options{
		UserAgent: userAgent(), AllowPrivate: s.settings.AllowPrivate,
		Rate: s.settings.OriginRate, Clock: s.clock, OnWait: s.originWaits,
	}
	if network != nil {
		home.Dial, home.RootCAs = network.DialContext, network.RootCAs()
		origins.Lookup, origins.Dial, origins.RootCAs = network.LookupNetIP, network.DialContext, network.RootCAs()
	}
	if s.home, err = mastodon.New(home); err != nil {
		return usagef("", "the home server: %v", err)
	}
	s.closers = append(s.closers, s.home.Close)
	s.origins = fetch.New(origins)
	s.closers = append(s.closers, func() error { s.origins.CloseIdleConnections(); return nil })
	s.reader = activitypub.New(activitypub.Options{Client: s.origins, Clock: s.clock})
	return nil
}

func (s *system) openLedger(ctx context.Context) error {
	ledger, err := sqlite.Open(ctx, sqlite.Options{
		Dir: s.settings.StateDir, Home: s.home.Host(), Clock: s.clock, Limit: s.settings.Limit, ReadOnly: s.readOnly,
	})
	if err != nil {
		return err
	}
	s.ledger = ledger
	s.closers = append(s.closers, ledger.Close)
	return nil
}

// Close closes all in the opposite order of opening.
func (s *system) Close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}

func (s *system) homeWaits(until time.Time, reason string) {
	s.listener.Event(backfill.Waiting{On: s.home.Host(), Until: until, Reason: reason})
}

func (s *system) originWaits(host string, until time.Time) {
	s.listener.Event(backfill.Waiting{On: host, Until: until, Reason: "it limits requests"})
}

// engine puts the engine together.
func (s *system) engine(o backfill.Options, software mastodon.Software) *backfill.Engine {
	e := &backfill.Engine{
		Accounts: s.home, Held: s.home, Importer: s.home, Requester: s.home,
		Origin: s.reader, Ledger: s.ledger, Clock: s.clock, Listener: s.listener,
		Home: s.home.Host(), Options: o,
	}
	if tooOld(software) {
		e.Requester = nil
	}
	return e
}

// tooOld says that home is older than any server that could offer backfills of
// its own.
func tooOld(software mastodon.Software) bool { return software.MastodonBefore(4, 0) }

// homeSoftware is what home runs, from memory if it was asked not long ago.
func (s *system) homeSoftware(ctx context.Context) (mastodon.Software, error) {
	var software mastodon.Software
	known, err := s.ledger.Recall(ctx, s.home.Host(), softwareFact)
	if err != nil {
		return software, fmt.Errorf("recalling the software of %s: %w", s.home.Host(), err)
	}
	if known != "" && json.Unmarshal([]byte(known), &software) == nil {
		s.home.SetSoftware(software)
		return software, nil
	}
	if software, err = s.home.Software(ctx); err != nil || s.readOnly {
		return software, err
	}
	text, err := json.Marshal(software)
	if err != nil {
		return software, fmt.Errorf("remembering the software of %s: %w", s.home.Host(), err)
	}
	until := s.clock.Now().Add(softwareMemory)
	if err := s.ledger.Remember(ctx, s.home.Host(), softwareFact, string(text), until); err != nil {
		return software, fmt.Errorf("remembering the software of %s: %w", s.home.Host(), err)
	}
	return software, nil
}
