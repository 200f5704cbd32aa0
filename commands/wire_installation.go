package commands

import (
	"context"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
	"tootfill/backfill/sandbox"
	"tootfill/backfill/sidekiq"
	"tootfill/commands/settings"
)

// readSettings reads the settings.
func readSettings(o settings.Flags, getenv func(string) string, access settings.Access) (settings.Settings, error) {
	s, err := settingsReader(getenv).Read(o, access)
	return inSandbox(s, o), err
}

// readAllSettings reads whatever can be read of the settings, and returns all that is
// wrong with them.
func readAllSettings(o settings.Flags, getenv func(string) string) (settings.Settings, []error) {
	s, wrong := settingsReader(getenv).ReadAll(o, settings.ByAny)
	return inSandbox(s, o), wrong
}

// settingsReader reads Mastodon's own settings by the rules of the adapters.
func settingsReader(getenv func(string) string) settings.Reader {
	return settings.Reader{
		Getenv: getenv, SameServer: mastodon.SameServer, CheckServer: mastodon.CheckServer,
		Domains: func(getenv func(string) string) (web, local string, err error) {
			o, err := postgres.OptionsFromEnv(getenv)
			return o.WebDomain, o.LocalDomain, err
		},
		HasRedis: func(getenv func(string) string) (bool, error) {
			o, err := sidekiq.OptionsFromEnv(getenv)
			return o.Redis.Variables != "", err
		},
	}
}

// inSandbox replaces home by the sandbox, which is a home of its own.
func inSandbox(s settings.Settings, o settings.Flags) settings.Settings {
	if o.Sandbox {
		s.Server, s.Token = sandbox.HomeDomain, settings.KnownToken(sandbox.Token)
	}
	return s
}

// openDatabase opens the PostgreSQL of an installation.
func openDatabase(ctx context.Context, i *settings.Installation) (*postgres.Database, error) {
	o, err := postgres.OptionsFromEnv(i.Getenv)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.Path, err)
	}
	d, err := postgres.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.Path, err)
	}
	return d, nil
}

// openRedis opens the Redis of an installation's Sidekiq.
func openRedis(ctx context.Context, i *settings.Installation, clock backfill.Clock, permit func(context.Context) error) (*sidekiq.Sidekiq, error) {
	o, err := sidekiq.OptionsFromEnv(i.Getenv)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.Path, err)
	}
	o.Clock, o.Permit = clock, permit
	s, err := sidekiq.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.Path, err)
	}
	return s, nil
}
