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

// readSettings reads the settings. The sandbox is a home of its own.
func readSettings(o settings.Flags, getenv func(string) string, access settings.Access) (settings.Settings, error) {
	s, err := settings.Reader{
		Getenv: getenv, SameServer: mastodon.SameServer,
		Domains: func(getenv func(string) string) (web, local string, err error) {
			o, err := postgres.OptionsFromEnv(getenv)
			return o.WebDomain, o.LocalDomain, err
		},
		HasRedis: func(getenv func(string) string) (bool, error) {
			o, err := sidekiq.OptionsFromEnv(getenv)
			return o.Redis.Variables != "", err
		},
	}.Read(o, access)
	if o.Sandbox {
		s.Server, s.Token = sandbox.HomeDomain, settings.KnownToken(sandbox.Token)
	}
	return s, err
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
func openRedis(ctx context.Context, i *settings.Installation, clock backfill.Clock) (*sidekiq.Sidekiq, error) {
	o, err := sidekiq.OptionsFromEnv(i.Getenv)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.Path, err)
	}
	o.Clock = clock
	s, err := sidekiq.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.Path, err)
	}
	return s, nil
}
