package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/limit"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
	"tootfill/backfill/sqlite"
	"tootfill/commands/report"
	"tootfill/commands/settings"
)

// setup is what `config check` looks at. It opens each part by itself, so that one
// that fails does not stop the others.
type setup struct {
	*system
	env     Env
	network Network
	// options say how to reach home, without the token.
	options mastodon.Options
	token   string
	// noToken is why there is no token.
	noToken  error
	software fediverse.Software
	// database is home's, once it was looked at; nil without an installation.
	database *postgres.Database
}

// openSetup opens nothing but the sandbox. The token is read at once, since its
// command may ask for a password and take its time. The caller closes the setup.
func openSetup(ctx context.Context, env Env, s settings.Settings, o sharedOptions) (*setup, error) {
	u := &setup{env: env}
	listener := report.Remarks{Stderr: env.Stderr, Clock: env.Clock, Quiet: o.Quiet, Hints: env.hintText}
	w := wiring{settings: s, shared: o, listener: listener, withRedis: true, readOnly: true}
	sys, err := build(env, w, func(sys *system, network Network) (err error) {
		u.network = network
		u.options, err = sys.homeOptions(env, network)
		return err
	})
	if err != nil {
		return nil, err
	}
	u.system = sys
	u.options.Rate = limit.Unlimited // a handful of requests
	u.token, u.noToken = s.Token.Read(ctx, env.Stderr)
	return u, nil
}

// toCheck are the parts of the setup in the order in which they are checked.
func (u *setup) toCheck() []checkedPart {
	return []checkedPart{
		{"server", u.checkServer}, {"token", u.checkAccess}, {"ledger", u.checkLedger}, {"redis", u.checkRedis},
		{"postgresql", u.checkPostgres}, {"signing_key", u.checkSigningKey},
		{"metrics_file", u.checkMetricsFile}, {"ping", u.checkPing},
	}
}

// client is home's API. The caller closes it.
func (u *setup) client(o mastodon.Options) (*mastodon.Server, error) {
	if u.settings.Server == "" {
		return nil, errUnchecked
	}
	return newHome(o)
}

// checkServer checks whether home can be reached, and what it runs.
func (u *setup) checkServer(ctx context.Context) (string, error) {
	c, err := u.client(u.options)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // it returns nil
	speaks, err := c.HasAPI(ctx)
	if err == nil && speaks {
		u.software, err = c.Software(ctx)
	}
	switch {
	case err != nil:
		return "", u.advise(ctx, u.env, u.network, reworded(err))
	case !speaks:
		err := &backfill.Hinted{Err: fmt.Errorf("%s has no API of Mastodon", c.Host()), Hint: backfill.Say("check the server's name")}
		return "", u.adviseElsewhere(ctx, err)
	}
	found := c.Host() + " runs " + u.software.String()
	if home.TooOld(u.software) {
		found += "; route request needs 4.0 or later"
	}
	return found, nil
}

// adviseElsewhere names the server that has the API, if this one leads there.
func (u *setup) adviseElsewhere(ctx context.Context, err error) error {
	if hint := otherDomainHint(ctx, u.options); hint != "" {
		return &advised{err: err, hint: hint}
	}
	return err
}

// checkAccess checks the token and its scopes.
func (u *setup) checkAccess(ctx context.Context) (string, error) {
	if c, err := u.client(u.options); err != nil {
		return "", errUnchecked // an address with a password in it is not repeated
	} else if err := c.Close(); err != nil {
		return "", err
	}
	var failed *settings.TokenError
	switch {
	case errors.As(u.noToken, &failed) && failed.None && u.settings.Installation != nil:
		return "", nil
	case errors.As(u.noToken, &failed) && failed.None:
		return "", &advised{err: u.noToken, hint: tokenHint(u.settings.Server, u.software.Name, "")}
	case u.noToken != nil:
		return "", u.noToken
	}
	o := u.options
	o.Token = u.token
	c, err := u.client(o)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // it returns nil
	scopes, err := c.Scopes(ctx)
	if err == nil && len(scopes.Missing) > 0 {
		err = &settings.TokenError{Message: "the access token for " + c.Host() + " lacks " + purposes(scopes.Missing)}
		return "", &advised{err: err, hint: tokenHint(u.settings.Server, u.software.Name, "")}
	}
	var identity mastodon.Identity
	if err == nil {
		identity, err = c.Check(ctx)
	}
	if err != nil {
		return "", adviseOnToken(reworded(err), u.settings.Server, u.software)
	}
	return ownerText(identity.Handle, c.Host()) + scopesText(scopes.Untold, scopes.Lists, c.Host()), nil
}

// reworded is an error that names the way out in words of the command line.
func reworded(err error) error {
	var clear *mastodon.ClearTextError
	if errors.As(err, &clear) {
		return clearText(clear)
	}
	return err
}

// checkLedger looks at the ledger and its folder.
func (u *setup) checkLedger(ctx context.Context) (string, error) {
	switch place := u.settings.Ledger; {
	case place.IsNone():
		return "", errUnchecked
	case place.InDatabase():
		return u.checkLedgerDatabase(ctx)
	}
	s, err := sqlite.Look(ctx, u.settings.Ledger.Folder, u.clock)
	switch {
	case err != nil:
		return "", err
	case s.Version == 0:
		return s.Path + " is not there yet; the first run creates it", nil
	case s.Version < s.Newest:
		return fmt.Sprintf("%s, version %d; the next run brings it to version %d", s.Path, s.Version, s.Newest), nil
	}
	return fmt.Sprintf("%s, version %d", s.Path, s.Version), nil
}

// checkRedis looks at home's Sidekiq.
func (u *setup) checkRedis(ctx context.Context) (string, error) {
	if err := u.openWorkers(ctx); err != nil || u.workers == nil {
		return "", err
	}
	o, err := u.workers.Overview(ctx)
	if err != nil {
		return "", err
	}
	if o.Processes == 0 {
		return "", &backfill.Hinted{Err: fmt.Errorf("%s answers, but no process of Sidekiq is alive", u.workers), Hint: backfill.Hint{Kind: backfill.StartWorkers}}
	}
	version := "Sidekiq"
	if o.Version != "" {
		version += " " + o.Version
	}
	return fmt.Sprintf("%s, where %s has %s", u.workers, version, report.Plural(o.Processes, "process", "processes")), nil
}

// checkPostgres checks the rights of the role.
func (u *setup) checkPostgres(ctx context.Context) (string, error) {
	i := u.settings.Installation
	if i == nil {
		return "", nil
	}
	o, err := postgres.OptionsFromEnv(i.Getenv)
	if err != nil {
		return "", fmt.Errorf("%s: %w", i.Path, err)
	}
	if u.database, err = postgres.Unchecked(o); err != nil {
		return "", fmt.Errorf("%s: %w", i.Path, err)
	}
	u.closers = append(u.closers, func() error { u.database.Close(); return nil })
	rights, err := u.database.Rights(ctx)
	if err != nil {
		return "", fmt.Errorf("%s: %w", i.Path, err)
	}
	if len(rights.Missing) > 0 {
		return "", &backfill.Hinted{
			Err:  fmt.Errorf("the role %s may not read all that is needed: %s", o.User, strings.Join(rights.Missing, "; ")),
			Hint: backfill.Hint{Kind: backfill.GrantAll},
		}
	}
	return u.database.String() + ", with all rights that are needed", nil
}
