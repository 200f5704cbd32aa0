package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Options say where the database is and whose it is.
type Options struct {
	// Host is a name, an address, or the folder of a Unix socket.
	Host string
	Port string
	// Name is the database's name.
	Name string
	// User and Password are the role's; without a password, libpq's own sources
	// are tried (PGPASSWORD, ~/.pgpass).
	User, Password string
	// SSLMode is one of libpq's: disable, allow, prefer, require, verify-ca or
	// verify-full.
	SSLMode string
	// Parameters are further connection settings by libpq's names, such as
	// sslrootcert.
	Parameters map[string]string
	// LocalDomain is the domain in the handles of the server's own accounts,
	// WebDomain is the host that it answers at.
	LocalDomain, WebDomain string
	// Dial replaces the machine's own network; nil means that one.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// ConnectTimeout bounds one attempt to connect; 0 means 5 s.
	ConnectTimeout time.Duration

	// fromURL says that DATABASE_URL is one of the sources.
	fromURL bool
}

// String says where the database is, without the password.
func (o Options) String() string {
	return fmt.Sprintf("database %s at %s", show(o.Name), show(o.address()))
}

// GoString keeps the password out of %#v.
func (o Options) GoString() string { return o.String() }

func (o Options) address() string {
	if strings.HasPrefix(o.Host, "/") {
		return o.Host + "/.s.PGSQL." + o.Port
	}
	if strings.Contains(o.Host, ",") {
		return o.Host + " port " + o.Port
	}
	return net.JoinHostPort(o.Host, o.Port)
}

// OptionsFromEnv reads Mastodon's variables with its defaults (Mastodon
// config/database.yml, config/initializers/1_hosts.rb): DB_HOST, DB_PORT,
// DB_NAME, DB_USER, DB_PASS and DB_SSLMODE, over which DATABASE_URL takes
// precedence, as in Rails; LOCAL_DOMAIN, and WEB_DOMAIN if it differs. An empty
// variable counts as unset.
//
// REPLICA_DB_* are not read: a replica lags behind, and a post that was just
// imported would seem to be missing.
//
// Errors name the variable and never the password.
func OptionsFromEnv(getenv func(string) string) (Options, error) {
	either := func(name, otherwise string) string {
		if value := strings.TrimSpace(getenv(name)); value != "" {
			return value
		}
		return otherwise
	}
	o := Options{
		Host: either("DB_HOST", "localhost"), Port: either("DB_PORT", "5432"),
		Name: either("DB_NAME", "mastodon_production"), User: either("DB_USER", "mastodon"),
		Password: getenv("DB_PASS"), SSLMode: either("DB_SSLMODE", "prefer"),
	}
	if err := o.check(func(name string) string { return "DB_" + name }); err != nil {
		return Options{}, err
	}
	if text := strings.TrimSpace(getenv("DATABASE_URL")); text != "" {
		if err := o.setFromURL(text); err != nil {
			return Options{}, fmt.Errorf("DATABASE_URL %w", err)
		}
		if err := o.check(func(name string) string { return "the " + name + " in DATABASE_URL" }); err != nil {
			return Options{}, err
		}
	}
	var err error
	if o.LocalDomain, err = domain("LOCAL_DOMAIN", either("LOCAL_DOMAIN", "")); err != nil {
		return Options{}, err
	}
	if o.WebDomain, err = domain("WEB_DOMAIN", either("WEB_DOMAIN", o.LocalDomain)); err != nil {
		return Options{}, err
	}
	return o, nil
}

// domain brings a domain into the form that handles use.
func domain(variable, value string) (string, error) {
	if value == "" {
		return "", &backfill.Hinted{
			Err:  fmt.Errorf("%s is not set", variable),
			Hint: backfill.Hint{Kind: backfill.FindVariable},
		}
	}
	h, err := fediverse.ParseHandle("x@" + value)
	if err != nil {
		var bad *fediverse.HandleError
		if errors.As(err, &bad) {
			return "", fmt.Errorf("%s: %s %s", variable, show(value), bad.Reason)
		}
		return "", fmt.Errorf("%s: %w", variable, err)
	}
	return h.Domain, nil
}

// check refuses settings with which no connection could be made. name turns HOST,
// PORT and so on into words for where the setting is.
func (o Options) check(name func(string) string) error {
	for _, port := range strings.Split(o.Port, ",") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%s is not a port (1 to 65535)", name("PORT"))
		}
	}
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	if !slices.Contains(modes, o.SSLMode) {
		return fmt.Errorf("%s is not one of %s", name("SSLMODE"), strings.Join(modes, ", "))
	}
	for _, part := range []struct{ name, value string }{
		{"HOST", o.Host}, {"NAME", o.Name}, {"USER", o.User}, {"PASS", o.Password},
	} {
		if strings.ContainsAny(part.value, "\x00\r\n") {
			return fmt.Errorf("%s holds a control character", name(part.name))
		}
	}
	return nil
}
