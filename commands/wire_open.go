package commands

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fetch"
	"tootfill/backfill/home"
	"tootfill/backfill/httpsig"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sidekiq"
	"tootfill/commands/settings"
)

// openSandbox starts a small fediverse, whose state lies beside a ledger in a folder.
func (s *system) openSandbox() (Network, error) {
	if s.settings.SandboxDir == "" {
		dir, err := os.MkdirTemp("", "tootfill-sandbox-")
		if err != nil {
			return nil, fmt.Errorf("making a folder for the sandbox: %w", err)
		}
		s.settings.SandboxDir, s.settings.Ledger.Folder = dir, dir
		s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
	}
	box, err := sandbox.Start(sandbox.Options{Clock: s.clock, Dir: s.settings.SandboxDir})
	if err != nil {
		return nil, fmt.Errorf("starting the sandbox: %w", err)
	}
	s.box = box
	s.closers = append(s.closers, box.Close)
	return box.Network(), nil
}

// nameHome settles the name by which home is known. An installation's name takes
// precedence, so that limits hold whichever way home is reached.
func (s *system) nameHome() error {
	switch {
	case s.settings.Installation != nil && s.settings.Installation.Host != "":
		s.homeName = s.settings.Installation.Host
	case s.settings.Server != "":
		home, err := newHome(mastodon.Options{Server: s.settings.Server, Clock: s.clock})
		if err != nil {
			return err
		}
		s.homeName = home.Host()
	}
	return nil
}

// newHome makes a client for home's API. An error says that the server is named in a way
// that cannot be right.
func newHome(o mastodon.Options) (*mastodon.Server, error) {
	server, err := mastodon.New(o)
	if err != nil {
		return nil, usagef("", "the home server: %v", err)
	}
	return server, nil
}

// openHome makes a client for home's API. It is not needed where home's own workers
// do everything.
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
	o.Permit = s.permit
	server, err := newHome(o)
	if err != nil {
		return err
	}
	s.api = &homeServer{Server: server}
	s.home = s.api
	s.closers = append(s.closers, s.api.Close)
	s.patience.Pulse, s.patience.Home = s.api.Pulse, s.api.Host()
	return nil
}

// homeOptions say how to reach home's API.
func (s *system) homeOptions(env Env, network Network) (mastodon.Options, error) {
	o := mastodon.Options{
		Server: s.settings.Server, UserAgent: userAgent(s.settings.Server),
		AllowPrivate: s.settings.AllowPrivate, Clock: s.clock,
	}
	if network != nil {
		o.Lookup, o.Dial, o.RootCAs = network.LookupNetIP, network.DialContext, network.RootCAs()
	}
	if s.box != nil {
		return o, nil // the sandbox is in this process
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
		s.countGrant = database.CountGrant()
		err = s.moderate(ctx, database, i.Host, i.Limited)
	}
	if err != nil {
		return err
	}
	return s.openWorkers(ctx)
}

// moderate makes home's database answer by the rules of its moderators.
func (s *system) moderate(ctx context.Context, d homeDatabase, host string, limited bool) error {
	s.posts = d
	database, err := home.Moderate(ctx, d, host, limited, func(text string, hint backfill.Hint) {
		s.listener.Event(backfill.Warned{Text: text, Hint: hint})
	})
	s.database = database
	return err
}

// openWorkers opens home's Redis if it is wanted and available.
func (s *system) openWorkers(ctx context.Context) (err error) {
	switch i := s.settings.Installation; {
	case !s.withRedis:
		return nil
	case s.box != nil:
		s.workers, err = s.sandboxWorkers(ctx)
	case i != nil:
		err = s.ask(ctx, func() (err error) {
			s.workers, err = openRedis(ctx, i, s.clock, s.permit)
			return err
		})
	}
	if s.redisOptional && s.api != nil && backfill.Unwell(err) {
		s.listener.Event(backfill.Warned{Text: err.Error() + "; posts are imported through the API of " + s.homeName})
		return nil
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
	return sidekiq.Open(ctx, sidekiq.Options{Redis: sidekiq.Redis{Network: "tcp", Address: q.Addr()}, Clock: s.clock, Permit: s.permit})
}

func (s *system) openOrigins(ctx context.Context, network Network) error {
	o := fetch.Options{
		UserAgent: userAgent(s.settings.Server), AllowPrivate: s.settings.AllowPrivate,
		Rate: s.settings.OriginRate, Clock: s.clock, OnWait: s.originWaits, Permit: s.permit,
		Memory: s.memory(), Pauses: s.memory(), StrictRobots: s.settings.StrictRobots,
	}
	if !s.readOnly {
		o.Paces = s.store
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
		Client: s.origins, Clock: s.clock, Memory: s.memory(), Boosts: s.boosts || s.due,
		RestOnSecureOrigins: s.settings.RestOnSecureOrigins, Objects: s.workers != nil,
		MaxPages: s.settings.MaxPages, MaxItems: s.settings.MaxItems,
	})
	return nil
}

// signingKey is the key of the settings, or else home's own if its database has it
// unencrypted; the zero Key means that requests go out unsigned.
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

func (s *system) checkToken(ctx context.Context) error {
	if s.api == nil {
		return nil
	}
	err := s.ask(ctx, func() (err error) {
		s.api.identity, err = s.api.Check(ctx)
		return err
	})
	return orClearText(err)
}

// orClearText is err or, if the server was named in a way that would send secrets in
// the clear, what to do about that.
func orClearText(err error) error {
	var clear *mastodon.ClearTextError
	if errors.As(err, &clear) {
		return clearText(clear)
	}
	return err
}

// clearText is the error of a server that is named with http://.
func clearText(err *mastodon.ClearTextError) error {
	return usagef("name the server with https://; without it tootfill speaks only to this machine and to private addresses in allow_private", "%v", err)
}
