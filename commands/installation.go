package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/envfile"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/postgres"
	"tootfill/backfill/sidekiq"
)

// installation is the Mastodon of home, as its settings describe it. With it at
// hand neither a server nor a token has to be named.
type installation struct {
	// path is where its settings were read.
	path string
	// happened says that nobody named the file: it is in the working folder.
	happened bool
	// around says that nobody named a file, but the environment says all.
	around bool
	// skipped are the lines of the file that Mastodon skips, too.
	skipped []int
	// host is where the server answers, and by which the ledger knows it.
	host string
	// limited says that it federates only with servers that it has allowed.
	limited  bool
	database postgres.Options
	redis    sidekiq.Options
}

// envFileName is how Mastodon names the file of its settings.
const envFileName = ".env.production"

const installationHint = "name Mastodon's .env.production with --env-file, with TOOTFILL_ENV_FILE or as env_file in the config file, " +
	"or run tootfill in Mastodon's folder; in a container LOCAL_DOMAIN, DB_* and REDIS_* in the environment are enough"

// findInstallation reads the settings of the installation; nil if there is none.
// A file that was named must exist.
func findInstallation(o sharedOptions, file configFile, getenv func(string) string) (*installation, error) {
	path := cmp.Or(o.EnvFile, getenv("TOOTFILL_ENV_FILE"), configuredPath(file, file.EnvFile, getenv))
	happened := path == ""
	if happened {
		path = envFileName
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return installationAround(getenv)
		}
	}
	settings, err := envfile.Read(path, getenv)
	if err != nil {
		return nil, unreadableFile(err)
	}
	found := &installation{path: path, happened: happened, skipped: settings.Skipped}
	return found, found.read(&envfile.Lookup{File: settings, Getenv: getenv})
}

// installationAround is the installation that the environment alone describes, as
// that of Mastodon's containers does; nil if it does not.
func installationAround(getenv func(string) string) (*installation, error) {
	set := func(name string) bool { return getenv(name) != "" }
	if !set("LOCAL_DOMAIN") ||
		!slices.ContainsFunc([]string{"DATABASE_URL", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASS"}, set) ||
		!slices.ContainsFunc([]string{"URL", "HOST", "PORT", "SENTINELS"}, func(name string) bool {
			return set("REDIS_"+name) || set("SIDEKIQ_REDIS_"+name)
		}) {
		return nil, nil
	}
	found := &installation{path: "the environment", around: true}
	return found, found.read(&envfile.Lookup{Getenv: getenv})
}

// remark tells of the lines of the file that say nothing to Mastodon either.
func (i *installation) remark(warn func(text string)) {
	for _, line := range i.skipped {
		warn(fmt.Sprintf("%s, line %d is not of the form NAME=value; Mastodon skips it too", i.path, line))
	}
}

// hasRedis says that at least the Redis is known: all that the queues need.
func (i *installation) hasRedis() bool { return i != nil && i.redis.Redis.Variables != "" }

// read takes over what Mastodon's variables say.
func (i *installation) read(settings *envfile.Lookup) (err error) {
	memory, err := sidekiq.OptionsFromEnv(settings.Get)
	if err = cmp.Or(settings.Err(), err); err != nil {
		return i.wrong(err)
	}
	i.redis = memory
	i.database, err = postgres.OptionsFromEnv(settings.Get)
	if err = cmp.Or(settings.Err(), err); err != nil {
		return i.wrong(err)
	}
	i.host = cmp.Or(i.database.WebDomain, i.database.LocalDomain)
	// As Mastodon reads it (config/initializers/2_limited_federation_mode.rb);
	// WHITELIST_MODE is the older name.
	i.limited = cmp.Or(settings.Get("LIMITED_FEDERATION_MODE"), settings.Get("WHITELIST_MODE")) == "true"
	if err := settings.Err(); err != nil {
		return i.wrong(err)
	}
	return nil
}

// wrong says which file has a value that cannot be used.
func (i *installation) wrong(err error) error {
	var hinted *backfill.Hinted
	if errors.As(err, &hinted) {
		return usagef(hintText(hinted.Hint), "%s: %v", i.path, hinted.Err)
	}
	return usagef("", "%s: %v", i.path, err)
}

// servingOnly is the installation if it is the one of a server; any will do if
// no server is named. One that nobody has named may be of another.
func (i *installation) servingOnly(server string) (*installation, error) {
	switch {
	case i == nil, server == "", i.host == "", i.serves(server):
		return i, nil
	case i.happened, i.around:
		return nil, nil
	}
	return nil, usagef("name only one of them", "%s is for %s, but the home server is %s", i.path, i.host, server)
}

func (i *installation) serves(server string) bool {
	host := bareServer(server)
	if h, err := fediverse.ParseHandle("x@" + host); err == nil {
		host = h.Domain
	}
	return i.isHome(host)
}

// isHome says that a domain is home's own.
func (i *installation) isHome(domain string) bool {
	return domain == i.database.WebDomain || domain == i.database.LocalDomain
}

// openDatabase opens the installation's PostgreSQL.
func (i *installation) openDatabase(ctx context.Context) (*postgres.Database, error) {
	d, err := postgres.Open(ctx, i.database)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.path, err)
	}
	return d, nil
}

// openRedis opens the Redis of the installation's Sidekiq.
func (i *installation) openRedis(ctx context.Context, clock backfill.Clock) (*sidekiq.Sidekiq, error) {
	o := i.redis
	o.Clock = clock
	s, err := sidekiq.Open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.path, err)
	}
	return s, nil
}
