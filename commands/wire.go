package commands

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/home"
	"tootfill/backfill/httpsig"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
	"tootfill/backfill/push"
	"tootfill/backfill/resolve"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sidekiq"
	"tootfill/backfill/sqlite"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// wiring says what a command needs put together.
type wiring struct {
	settings settings.Settings
	shared   sharedOptions
	listener backfill.Listener
	via      backfill.Via
	// readOnly leaves the ledger as it is.
	readOnly bool
	// withRedis wants home's Sidekiq where there is an installation.
	withRedis bool
	// follows wants the list of those whom the token's account follows.
	follows bool
	// advice is what can be done where a server is away for long. putsOff says
	// that the system is built all the same then.
	advice  string
	putsOff bool
	// listing and boosts are those of activitypub.Options.
	listing string
	boosts  bool
	// due says that deferred accounts are taken up, each as it was meant.
	due bool
}

// system is what a command works with: home, the origins and the ledger. This
// file is the only one that puts the adapters together.
type system struct {
	wiring
	clock backfill.Clock

	// homeName is home's host, by which people and the ledger know it.
	homeName string
	// home is home's API; nil without a token, or where it is not needed.
	home *mastodon.Server
	// database and workers are those of home's installation; nil without one. posts
	// is the database as jobs are pushed by it.
	database home.Database
	posts    push.Database
	workers  *sidekiq.Sidekiq
	origins  *fetch.Client
	reader   *activitypub.Reader
	ledger   *sqlite.Ledger
	// identity is whose token it is.
	identity mastodon.Identity
	box      *sandbox.Sandbox

	// patience waits out short outages; nil where nobody waits. outage is that of
	// a server which was away for too long while the system was built.
	patience *backfill.Patience
	outage   *backfill.OutageError

	closers []func() error
}

// softwareMemory is for how long home's version is remembered.
const (
	softwareMemory = 24 * time.Hour
	softwareFact   = "software"
)

// connect builds the system and checks the token. The caller closes the system.
func connect(ctx context.Context, env Env, w wiring) (*system, error) {
	return build(env, w, func(sys *system, network Network) error { return sys.open(ctx, env, network) })
}

// connectLocal builds only what is on the spot: the Redis of the installation,
// if one is at hand.
func connectLocal(ctx context.Context, env Env, s settings.Settings, o sharedOptions) (*system, error) {
	listener := report.Remarks{Stderr: env.Stderr, Clock: env.Clock, Quiet: o.Quiet, Hints: hintText}
	return build(env, wiring{settings: s, shared: o, listener: listener, withRedis: true, via: backfill.ViaSidekiq}, func(sys *system, _ Network) error {
		if err := sys.nameHome(); err != nil {
			return err
		}
		return sys.openWorkers(ctx)
	})
}

func build(env Env, w wiring, open func(*system, Network) error) (*system, error) {
	sys := &system{wiring: w, clock: env.Clock}
	network := env.Network
	var err error
	if w.shared.Sandbox {
		network, err = sys.openSandbox()
	}
	if err == nil {
		sys.remarkInstallation()
		err = open(sys, network)
	}
	if err != nil {
		return nil, errors.Join(err, sys.Close())
	}
	return sys, nil
}

func (s *system) remarkInstallation() {
	if i := s.settings.Installation; i != nil && s.shared.Verbose {
		i.Remark(func(text string) { s.listener.Event(backfill.Warned{Text: text}) })
	}
}

func (s *system) open(ctx context.Context, env Env, network Network) error {
	err := s.openAll(ctx, env, network)
	if err == nil {
		return nil
	}
	err = s.advise(ctx, env, network, err)
	var wrongName *advised
	if s.putsOff && errors.As(err, &s.outage) && !errors.As(err, &wrongName) {
		return nil
	}
	return err
}

func (s *system) openAll(ctx context.Context, env Env, network Network) error {
	s.patience = &backfill.Patience{Clock: s.clock, Tell: s.listener.Event, Advice: s.advice}
	if err := s.nameHome(); err != nil {
		return err
	}
	if err := s.openHome(ctx, env, network); err != nil {
		return err
	}
	if err := s.openLedger(ctx); err != nil {
		return err
	}
	return s.openServers(ctx, network)
}

// openServers opens what may be away.
func (s *system) openServers(ctx context.Context, network Network) error {
	if err := s.openInstallation(ctx); err != nil {
		return err
	}
	if err := s.openOrigins(ctx, network); err != nil {
		return err
	}
	return s.checkToken(ctx)
}

// ask asks home or what belongs to it, with patience where there is any.
func (s *system) ask(ctx context.Context, ask func() error) error { return s.patience.Ask(ctx, ask) }

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
	s.box = box
	s.closers = append(s.closers, box.Close)
	return box.Network(), nil
}

// nameHome settles by which name home is known. It is that of the installation
// if there is one, so that limits hold whichever way home is reached.
func (s *system) nameHome() error {
	switch {
	case s.settings.Installation != nil && s.settings.Installation.Host != "":
		s.homeName = s.settings.Installation.Host
	case s.settings.Server != "":
		home, err := mastodon.New(mastodon.Options{Server: s.settings.Server, Clock: s.clock})
		if err != nil {
			return usagef("", "the home server: %v", err)
		}
		s.homeName = home.Host()
	}
	return nil
}

// openHome makes a client for home's API. Where home's own workers do all, there
// is no need of one.
func (s *system) openHome(ctx context.Context, env Env, network Network) error {
	if s.via == backfill.ViaSidekiq && !s.follows {
		return nil
	}
	token, err := s.settings.Token.Read(ctx, env.Stderr)
	var failed *settings.TokenError
	switch {
	case s.settings.Installation != nil && errors.As(err, &failed) && failed.None:
		return nil
	case err != nil:
		return err
	}
	o, err := s.homeOptions(env, network)
	if err != nil {
		return err
	}
	o.Token, o.Rate, o.OnWait, o.Pauses = token, s.settings.HomeRate, s.homeWaits, homePauses{s}
	if s.home, err = mastodon.New(o); err != nil {
		return usagef("", "the home server: %v", err)
	}
	s.closers = append(s.closers, s.home.Close)
	s.patience.Pulse, s.patience.Home = s.home.Pulse, s.home.Host()
	return nil
}

// homeOptions say how home's API is reached, by whomever.
func (s *system) homeOptions(env Env, network Network) (mastodon.Options, error) {
	o := mastodon.Options{
		Server: s.settings.Server, UserAgent: userAgent(s.settings.Server),
		AllowPrivate: s.settings.AllowPrivate, Clock: s.clock,
	}
	if network != nil {
		o.Lookup, o.Dial, o.RootCAs = network.LookupNetIP, network.DialContext, network.RootCAs()
	}
	if s.box != nil {
		return o, nil // which is in this very process
	}
	var err error
	o.Proxy, err = settings.HomeProxy(env.Getenv)
	return o, err
}

// openInstallation opens home's database, and its Redis where that is wanted.
func (s *system) openInstallation(ctx context.Context) error {
	var err error
	switch i := s.settings.Installation; {
	case s.box != nil && s.via == backfill.ViaSidekiq:
		err = s.moderate(ctx, s.box.Home().Database(), sandbox.HomeDomain, false)
	case i == nil:
		return nil
	default:
		var database *postgres.Database
		err = s.ask(ctx, func() (err error) {
			database, err = openDatabase(ctx, i)
			return err
		})
		if err != nil {
			return err
		}
		s.closers = append(s.closers, func() error { database.Close(); return nil })
		err = s.moderate(ctx, database, i.Host, i.Limited)
	}
	if err != nil {
		return err
	}
	return s.openWorkers(ctx)
}

// homeDatabase is home's database as the adapters have it.
type homeDatabase interface {
	home.Database
	push.Database
}

// moderate takes home's database, which answers by the rules of its moderators.
func (s *system) moderate(ctx context.Context, d homeDatabase, host string, limited bool) error {
	s.posts = d
	database, err := home.Moderate(ctx, d, host, limited, func(text string, hint backfill.Hint) {
		s.listener.Event(backfill.Warned{Text: text, Hint: hint})
	})
	s.database = database
	return err
}

// openWorkers opens home's Redis, if one is at hand and wanted.
func (s *system) openWorkers(ctx context.Context) (err error) {
	switch i := s.settings.Installation; {
	case !s.withRedis:
		return nil
	case s.box != nil:
		s.workers, err = s.sandboxWorkers(ctx)
	case i != nil:
		err = s.ask(ctx, func() (err error) {
			s.workers, err = openRedis(ctx, i, s.clock)
			return err
		})
	}
	if err == nil && s.workers != nil {
		s.closers = append(s.closers, s.workers.Close)
	}
	return err
}

func (s *system) sandboxWorkers(ctx context.Context) (*sidekiq.Sidekiq, error) {
	q, err := s.box.Home().Sidekiq()
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox's Sidekiq: %w", err)
	}
	return sidekiq.Open(ctx, sidekiq.Options{Redis: sidekiq.Redis{Network: "tcp", Address: q.Addr()}, Clock: s.clock})
}

func (s *system) openOrigins(ctx context.Context, network Network) error {
	o := fetch.Options{
		UserAgent: userAgent(s.settings.Server), AllowPrivate: s.settings.AllowPrivate,
		Rate: s.settings.OriginRate, Clock: s.clock, OnWait: s.originWaits,
		Memory: s.memory(), Pauses: s.memory(), StrictRobots: s.settings.StrictRobots,
	}
	if network != nil {
		o.Lookup, o.Dial, o.RootCAs = network.LookupNetIP, network.DialContext, network.RootCAs()
	}
	key, err := s.signingKey(ctx)
	if err != nil {
		return err
	}
	if key.Private != nil {
		o.Signer = key
	}
	s.origins = fetch.New(o)
	s.closers = append(s.closers, func() error { s.origins.CloseIdleConnections(); return nil })
	s.reader = activitypub.New(activitypub.Options{
		Client: s.origins, Clock: s.clock, Listing: s.listing, Boosts: s.boosts || s.due,
		RestOnSecureOrigins: s.settings.RestOnSecureOrigins, Objects: s.workers != nil,
		MaxPages: s.settings.MaxPages, MaxItems: s.settings.MaxItems,
	})
	return nil
}

// describe asks the origin of an account what it is, and whether the account's
// posts can be listed.
func (s *system) describe(ctx context.Context, a fediverse.Account) report.Origin {
	d := s.reader.Describe(ctx, a)
	return report.Origin{
		Actor: d.Actor, Software: d.Software, Version: d.Version, Count: d.Count, AtLeast: d.AtLeast,
		Outbox: d.Outbox, Err: d.Err, Listing: d.Source, Further: d.Further, Shortfall: d.Shortfall, BoostsOnly: d.BoostsOnly,
	}
}

func (s *system) memory() serverMemory { return serverMemory{Ledger: s.ledger, readOnly: s.readOnly} }

// serverMemory is what the ledger knows of servers. Nothing is added to one that
// is to stay as it is.
type serverMemory struct {
	*sqlite.Ledger
	readOnly bool
}

func (m serverMemory) Remember(ctx context.Context, server, name, value string, until time.Time) error {
	if m.readOnly {
		return nil
	}
	return m.Ledger.Remember(ctx, server, name, value, until)
}

func (m serverMemory) Pause(ctx context.Context, server string, until time.Time) error {
	if m.readOnly {
		return nil
	}
	return m.Ledger.Pause(ctx, server, until)
}

// homePauses are the pauses of home's API. They stand apart from those of the
// server as an origin, which it may be for another home.
type homePauses struct{ *system }

// apiOf is a name that no server has.
func apiOf(server string) string { return "the API of " + server }

func (p homePauses) PausedUntil(ctx context.Context, server string) (time.Time, error) {
	return p.ledger.PausedUntil(ctx, apiOf(server))
}

func (p homePauses) Pause(ctx context.Context, server string, until time.Time) error {
	return p.memory().Pause(ctx, apiOf(server), until)
}

// signingKey is the key of the settings, or else home's own where its database
// has it in the clear; the zero Key means that requests go out unsigned.
func (s *system) signingKey(ctx context.Context) (httpsig.Key, error) {
	if from := s.settings.Signing; from.ID != "" {
		private, err := from.Read()
		return httpsig.Key{ID: from.ID, Private: private}, err
	}
	if s.database == nil {
		return httpsig.Key{}, nil
	}
	var id string
	var private *rsa.PrivateKey
	err := s.ask(ctx, func() (err error) {
		id, private, err = s.database.InstanceKey(ctx)
		return err
	})
	var unavailable *backfill.UnavailableError
	switch {
	case err == nil:
		return httpsig.Key{ID: id, Private: private}, nil
	case ctx.Err() != nil || errors.As(err, &unavailable):
		return httpsig.Key{}, err
	}
	if s.shared.Verbose {
		_, hint := explain(err)
		s.listener.Event(backfill.Warned{Text: "requests to other servers are not signed: " + err.Error(), Hint: backfill.Say(hint)})
	}
	return httpsig.Key{}, nil
}

func (s *system) openLedger(ctx context.Context) error {
	ledger, err := sqlite.Open(ctx, sqlite.Options{
		Dir: s.settings.StateDir, Home: s.homeName, Clock: s.clock, Limit: s.settings.Limit, ReadOnly: s.readOnly,
	})
	if err != nil {
		return err
	}
	s.ledger = ledger
	s.closers = append(s.closers, ledger.Close)
	return nil
}

func (s *system) checkToken(ctx context.Context) error {
	if s.home == nil {
		return nil
	}
	err := s.ask(ctx, func() (err error) {
		s.identity, err = s.home.Check(ctx)
		return err
	})
	var clear *mastodon.ClearTextError
	if errors.As(err, &clear) {
		return usagef("name the server with https://; without it tootfill speaks only to this machine and to private addresses in allow_private", "%v", clear)
	}
	return err
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
	s.listener.Event(backfill.Waiting{On: s.homeName, Until: until, Reason: reason})
}

func (s *system) originWaits(host string, until time.Time) {
	s.listener.Event(backfill.Waiting{On: host, Until: until, Reason: "it limits requests"})
}

// requests counts what home and the origins were asked so far.
func (s *system) requests() (home, origins int64) {
	if s.home != nil {
		home = s.home.Requests()
	}
	if s.origins != nil {
		origins = s.origins.Requests()
	}
	return home, origins
}

// engine puts the engine together.
func (s *system) engine(o backfill.Options, software fediverse.Software) *backfill.Engine {
	e := &backfill.Engine{
		Accounts: s.accounts(o.NotFollowed || s.due), Origin: s.reader, Ledger: s.ledger,
		Clock: s.clock, Listener: s.listener, Patience: s.patience, Home: s.homeName, Options: o,
	}
	if s.home != nil {
		e.Resolve, e.Refresher = resolve.Deliverer{Held: s.home, Importer: s.home}, s.home
		if !home.TooOld(software) {
			e.Requester = s.home
		}
	}
	if s.workers != nil {
		e.Push = push.Deliverer{Database: s.posts, Workers: s.workers}
	}
	return e
}

// putOff defers accounts because of the outage that was met at the start.
func (s *system) putOff(ctx context.Context, o backfill.Options, dry bool, targets targets) error {
	e := &backfill.Engine{Ledger: s.ledger, Clock: s.clock, Listener: s.listener, Patience: s.patience, Home: s.homeName, Options: o}
	if dry {
		e = e.DryRun()
	}
	return e.PutOff(ctx, s.outage, targets)
}

// patientAccounts are those of accounts, where no engine is patient.
func (s *system) patientAccounts(unknown bool) backfill.Accounts {
	return backfill.PatientAccounts(s.accounts(unknown), s.patience)
}

// accounts finds accounts in home's database if that is at hand, otherwise over
// its API.
func (s *system) accounts(unknown bool) backfill.Accounts {
	if s.database == nil {
		return s.home
	}
	known := home.Accounts{Database: s.database, Home: s.homeName, IsHome: s.isHome, Unknown: unknown}
	if s.home != nil {
		known.Fetch = s.home
	}
	return known
}

func (s *system) isHome(domain string) bool {
	if i := s.settings.Installation; i != nil {
		return i.IsHome(domain)
	}
	return domain == s.homeName
}

// homeSoftware is what home runs, from memory if it was asked not long ago; the
// zero Software if its API is not in use.
func (s *system) homeSoftware(ctx context.Context) (fediverse.Software, error) {
	var software fediverse.Software
	if s.home == nil {
		return software, nil
	}
	known, err := s.ledger.Recall(ctx, s.homeName, softwareFact)
	if err != nil {
		return software, fmt.Errorf("recalling the software of %s: %w", s.homeName, err)
	}
	if known != "" && json.Unmarshal([]byte(known), &software) == nil {
		s.home.SetSoftware(software)
		return software, nil
	}
	err = s.ask(ctx, func() (err error) {
		software, err = s.home.Software(ctx)
		return err
	})
	if err != nil {
		return software, err
	}
	text, err := json.Marshal(software)
	if err != nil {
		return software, fmt.Errorf("remembering the software of %s: %w", s.homeName, err)
	}
	until := s.clock.Now().Add(softwareMemory)
	if err := s.memory().Remember(ctx, s.homeName, softwareFact, string(text), until); err != nil {
		return software, fmt.Errorf("remembering the software of %s: %w", s.homeName, err)
	}
	return software, nil
}
