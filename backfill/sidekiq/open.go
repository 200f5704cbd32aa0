package sidekiq

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"tootfill/backfill"
)

const (
	dialTimeout = 3 * time.Second
	// answerTimeout is far longer than any of our commands takes.
	answerTimeout = 10 * time.Second
	connections   = 4
)

// Sidekiq is the Sidekiq of the home server. It may be used by many goroutines.
type Sidekiq struct {
	redis     *redis.Client
	at        Redis
	namespace string
	clock     backfill.Clock
	// fetchReplies is Options.FetchReplies.
	fetchReplies bool
	// permit is Options.Permit.
	permit func(ctx context.Context) error

	mu       sync.Mutex
	random   io.Reader
	lastJID  int64
	unit     unit
	unitTill time.Time
}

// SilenceClient keeps the Redis client from writing to stderr. The client allows
// this only for the whole program, so main calls it once.
func SilenceClient() { logging.Disable() }

// Open connects to Redis and checks that it answers. The error names the host and
// the variable to check, and never a password.
func Open(ctx context.Context, o Options) (*Sidekiq, error) {
	s := &Sidekiq{at: o.Redis, namespace: o.Namespace, clock: o.Clock, random: o.Random, fetchReplies: o.FetchReplies, permit: o.Permit}
	if s.clock == nil {
		s.clock = backfill.SystemClock{}
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.redis = client(o); s.redis == nil {
		return nil, fmt.Errorf("opening Redis: no address")
	}
	if err := s.redis.Ping(ctx).Err(); err != nil {
		err = s.refusal(err)
		return nil, joinClose(err, s.Close())
	}
	return s, nil
}

// Close ends the connections.
func (s *Sidekiq) Close() error {
	if err := s.redis.Close(); err != nil {
		return fmt.Errorf("closing Redis at %s: %w", s.at, err)
	}
	return nil
}

func client(o Options) *redis.Client {
	r := o.Redis
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	if r.TLS {
		dial = overTLS(dial, o.roots)
	}
	if r.Master != "" {
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: r.Master, SentinelAddrs: r.Sentinels,
			SentinelUsername: r.SentinelUser, SentinelPassword: r.SentinelPassword,
			Username: r.User, Password: r.Password, DB: r.DB, Dialer: dial,
			Protocol: 2, MaxRetries: -1, DialerRetries: 1,
			DialTimeout: dialTimeout, ReadTimeout: answerTimeout, WriteTimeout: answerTimeout, ContextTimeoutEnabled: true,
			PoolSize: connections, PipelinePoolSize: -1, DisableIdentity: true,
		})
	}
	if r.Address == "" {
		return nil
	}
	return redis.NewClient(&redis.Options{
		Network: r.Network, Addr: r.Address, Username: r.User, Password: r.Password, DB: r.DB, Dialer: dial,
		Protocol: 2, MaxRetries: -1, DialerRetries: 1,
		DialTimeout: dialTimeout, ReadTimeout: answerTimeout, WriteTimeout: answerTimeout, ContextTimeoutEnabled: true,
		PoolSize: connections, PipelinePoolSize: -1, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// overTLS adds TLS to the connections that dial makes: the client leaves TLS to a
// dialer that it is given.
func overTLS(dial dialer, roots *x509.CertPool) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		plain, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		conn := tls.Client(plain, &tls.Config{ServerName: host, RootCAs: roots, MinVersion: tls.VersionTLS12})
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		if err := conn.HandshakeContext(ctx); err != nil {
			return nil, joinClose(err, plain.Close())
		}
		return conn, nil
	}
}
