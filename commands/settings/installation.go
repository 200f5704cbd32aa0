package settings

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"tootfill/backfill/envfile"
	"tootfill/backfill/fediverse"
)

// Installation is home's Mastodon, as its settings describe it. Where there is one,
// neither a server nor a token has to be named.
type Installation struct {
	// Path is the file of its settings, or "the environment".
	Path string
	// Host is where the server answers, and the name by which the ledger knows it;
	// empty if only its Redis is known.
	Host string
	// Limited says that it federates only with allowed servers.
	Limited bool

	// happened says that nobody named the file: it was found in the working folder.
	happened bool
	// around says that the environment describes it all and nobody named a file.
	around bool
	// skipped are the lines of the file that Mastodon skips too.
	skipped   []int
	variables *envfile.Lookup

	webDomain, localDomain string
	hasRedis               bool
}

// envFileName is how Mastodon names the file of its settings.
const envFileName = ".env.production"

// findInstallation reads the installation's settings; nil if there are none. A file
// that was named must exist.
func (r Reader) findInstallation(p places) (*Installation, error) {
	getenv := r.Getenv
	named := p.choose("env_file")
	path := named.value
	happened := path == ""
	if happened {
		path = envFileName
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return r.installationAround()
		}
	}
	settings, err := envfile.Read(path, getenv)
	if err != nil {
		return nil, unreadableFile(named.led(err))
	}
	found := &Installation{
		Path: path, happened: happened, skipped: settings.Skipped,
		variables: &envfile.Lookup{File: settings, Getenv: getenv},
	}
	return found, r.readInstallation(found)
}

// installationAround is the installation that the environment alone describes, as in
// Mastodon's containers; nil if it describes none.
func (r Reader) installationAround() (*Installation, error) {
	set := func(name string) bool { return r.Getenv(name) != "" }
	if !set("LOCAL_DOMAIN") ||
		!slices.ContainsFunc([]string{"DATABASE_URL", "DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASS"}, set) ||
		!slices.ContainsFunc([]string{"URL", "HOST", "PORT", "SENTINELS"}, func(name string) bool {
			return set("REDIS_"+name) || set("SIDEKIQ_REDIS_"+name)
		}) {
		return nil, nil
	}
	found := &Installation{Path: "the environment", around: true, variables: &envfile.Lookup{Getenv: r.Getenv}}
	return found, r.readInstallation(found)
}

// Getenv is the value of one of Mastodon's variables.
func (i *Installation) Getenv(name string) string { return i.variables.Get(name) }

// Remark warns of the file's lines that Mastodon ignores too.
func (i *Installation) Remark(warn func(text string)) {
	for _, line := range i.skipped {
		warn(fmt.Sprintf("%s, line %d is not of the form NAME=value; Mastodon skips it too", i.Path, line))
	}
}

// readInstallation reads Mastodon's variables. The Redis comes first because some
// commands need nothing else.
func (r Reader) readInstallation(i *Installation) error {
	hasRedis, err := r.HasRedis(i.Getenv)
	if err = cmp.Or(i.variables.Err(), err); err != nil {
		return i.wrong(err)
	}
	i.hasRedis = hasRedis
	i.webDomain, i.localDomain, err = r.Domains(i.Getenv)
	if err = cmp.Or(i.variables.Err(), err); err != nil {
		return i.wrong(err)
	}
	i.Host = cmp.Or(i.webDomain, i.localDomain)
	// As Mastodon reads it (config/initializers/2_limited_federation_mode.rb);
	// WHITELIST_MODE is the older name.
	i.Limited = cmp.Or(i.Getenv("LIMITED_FEDERATION_MODE"), i.Getenv("WHITELIST_MODE")) == "true"
	if err := i.variables.Err(); err != nil {
		return i.wrong(err)
	}
	return nil
}

// wrong names the file that has an unusable value.
func (i *Installation) wrong(err error) error {
	return &Error{Message: i.Path + ": " + err.Error(), err: err}
}

// servingOnly is the installation if it is the server's; any will do if no server is
// named. One that nobody named may belong to another server.
func (i *Installation) servingOnly(server string) (*Installation, error) {
	switch {
	case i == nil, server == "", i.Host == "", i.serves(server):
		return i, nil
	case i.happened, i.around:
		return nil, nil
	}
	return nil, wrongf("name only one of them", "%s is for %s, but the home server is %s", i.Path, i.Host, server)
}

func (i *Installation) serves(server string) bool {
	host := bareServer(server)
	if h, err := fediverse.ParseHandle("x@" + host); err == nil {
		host = h.Domain
	}
	return i.IsHome(host)
}

// IsHome reports whether a domain is home's own.
func (i *Installation) IsHome(domain string) bool {
	return domain == i.webDomain || domain == i.localDomain
}
