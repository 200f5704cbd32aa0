package sidekiq

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"strings"

	"tootfill/backfill"
)

// Options say where the Redis of Sidekiq is.
type Options struct {
	Redis Redis
	// Namespace stands before every key, with a colon, where Mastodon 4.3 or
	// older has REDIS_NAMESPACE set. Later versions refuse to start with it.
	Namespace string
	// FetchReplies says that Mastodon 4.4 is set to fetch the replies to posts. Later
	// versions always do.
	FetchReplies bool
	// Clock is the machine's own if nil.
	Clock backfill.Clock
	// Random is for the ids of jobs; crypto/rand if nil.
	Random io.Reader
	// Dial is that of net.Dialer if nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Permit, if not nil, returns once jobs may be pushed; an error keeps them from being
	// pushed. Several goroutines may call it.
	Permit func(ctx context.Context) error

	// roots are trusted instead of the system's.
	roots *x509.CertPool
}

// Redis is the address of one Redis, or of the sentinels that know it. It prints
// without its passwords.
type Redis struct {
	// Network is tcp or unix.
	Network string
	// Address is host:port, or the path of a socket; empty with sentinels.
	Address  string
	User     string
	Password string
	DB       int
	TLS      bool

	// Master is the name by which the sentinels know the Redis; empty without
	// sentinels.
	Master string
	// Sentinels are their host:port.
	Sentinels        []string
	SentinelUser     string
	SentinelPassword string

	// Variables names the environment variables that gave the address, for
	// messages; empty if it was given in another way.
	Variables string
}

// String returns the address without user and passwords.
func (r Redis) String() string {
	if r.Master != "" {
		return fmt.Sprintf("%s (by sentinel %s)", r.Master, strings.Join(r.Sentinels, ", "))
	}
	return r.Address
}

// GoString hides the passwords from %#v.
func (r Redis) GoString() string { return r.String() }
