package commands

import (
	"context"
	"errors"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fetch"
	"tootfill/backfill/home"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
	"tootfill/backfill/push"
	"tootfill/backfill/replies"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sidekiq"
	"tootfill/commands/monitor"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// wiring says what a command needs.
type wiring struct {
	settings settings.Settings
	shared   sharedOptions
	listener backfill.Listener
	via      backfill.Via
	// readOnly leaves the ledger as it is.
	readOnly bool
	// withRedis wants home's Sidekiq where there is an installation.
	withRedis bool
	// redisOptional does without it if it cannot be reached and there is a token.
	redisOptional bool
	// follows wants the list of accounts that the token's account follows.
	follows bool
	// advice is what can be done if a server is away for long. putsOff says that the
	// system is built even then.
	advice  string
	putsOff bool
	// boosts is that of activitypub.Options.
	boosts bool
	// due says that deferred accounts are resumed, each with its own options.
	due bool
}

// system is what a command works with: home, the origins and the ledger.
type system struct {
	wiring
	parts
	clock *ledgerClock
	// ahead is how far the ledger's clock is ahead of the machine's, by which the run has
	// begun.
	ahead time.Duration
	// network is how servers are reached; nil means the machine's own way.
	network Network

	// homeName is home's host, by which people and the ledger know it.
	homeName string
	// home is home's API; nil without a token, or where it is not needed.
	home homeAPI
	// database is that of home's installation; nil without one.
	database home.Database
	// countGrant gives the right to read in it how many posts accounts have; "" if
	// nothing is missing.
	countGrant string
	ledger     records

	// patience waits out short outages; nil where nobody waits. outage is set if a
	// server was away for too long while the system was built.
	patience *backfill.Patience
	outage   *backfill.OutageError

	closers []func() error
}

// parts are the adapters that a system is made of. Only this file and its like
// (wire_*.go) know them (layers_test.go, adapters_test.go): other files declare what
// they need of them.
type parts struct {
	// api is home, and store the ledger, as the engine needs them.
	api   *homeServer
	store *ledger.Ledger
	// posts is home's database as pushing jobs and fetching replies need it.
	posts interface {
		push.Database
		replies.Database
	}
	// workers are those of home's installation; nil without one.
	workers *sidekiq.Sidekiq
	origins *fetch.Client
	reader  *activitypub.Reader
	box     *sandbox.Sandbox
}

// homeAPI is what the commands themselves ask home's API.
type homeAPI interface {
	backfill.Accounts
	ownLists
	followPages
	heldCounter
	addressBook
	rateTeller
	ownerTeller
}

// records is what the commands themselves read in the ledger, and note there.
type records interface {
	pastRuns
	deferrals
	home.Memory
	home.FollowLedger
}

// connect builds the system and checks the token. The caller closes the system.
func connect(ctx context.Context, env Env, w wiring) (*system, error) {
	return build(env, w, func(sys *system, network Network) error { return sys.open(ctx, env, network) })
}

// connectLocal builds only what is on this machine: the Redis of the installation,
// if there is one.
func connectLocal(ctx context.Context, env Env, s settings.Settings, o sharedOptions) (*system, error) {
	listener := report.Remarks{Stderr: env.Stderr, Clock: env.Clock, Quiet: o.Quiet, Hints: env.hintText}
	return build(env, wiring{settings: s, shared: o, listener: listener, withRedis: true, via: backfill.ViaSidekiq}, func(sys *system, _ Network) error {
		if err := sys.nameHome(); err != nil {
			return err
		}
		return sys.openWorkers(ctx)
	})
}

func build(env Env, w wiring, open func(*system, Network) error) (*system, error) {
	sys := &system{wiring: w, clock: env.ledgerClock()}
	network := env.Network
	var err error
	if w.shared.Sandbox {
		network, err = sys.openSandbox()
	}
	if err == nil {
		sys.network = network
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

// openServers opens the connections to servers that may be away.
func (s *system) openServers(ctx context.Context, network Network) error {
	if err := s.openInstallation(ctx); err != nil {
		return err
	}
	if err := s.openOrigins(ctx, network); err != nil {
		return err
	}
	return s.checkToken(ctx)
}

// ask asks home or one of its parts, with patience if there is any.
func (s *system) ask(ctx context.Context, ask func() error) error { return s.patience.Ask(ctx, ask) }

// homeDatabase is home's database as the adapters provide it.
type homeDatabase interface {
	home.Database
	push.Database
	replies.Database
}

// Close closes everything in the reverse order of opening.
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

// requests counts the requests to home and to origins so far.
func (s *system) requests() (n monitor.Requests) {
	if s.api != nil {
		n.Home, n.HomeLimited = s.api.Requests(), s.api.Limited()
	}
	if s.origins != nil {
		n.Origins, n.OriginsLimited = s.origins.Requests(), s.origins.Limited()
	}
	return n
}

// spendsHomeLimits reports whether posts are imported through home's API: its own
// workers do not spend the limits of that.
func (s *system) spendsHomeLimits() bool { return s.home != nil && s.workers == nil }

// pace is how fast home's API may be asked to import posts; zero if its own workers do
// that.
func (s *system) pace() limit.Pace {
	if !s.spendsHomeLimits() {
		return limit.Pace{}
	}
	return s.api.Pace()
}
