package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"tootfill/backfill"
)

// HomeDomain is the name of the home server.
const HomeDomain = "home.example"

// Token is an access token for home that belongs to the user you and has all
// the scopes that a backfill needs.
const Token = "sandbox-token-of-you-7Qm2vXw9"

// Options say what kind of sandbox to start. The zero value is the demo world
// on a loopback socket, kept in memory only.
type Options struct {
	// Clock is the sandbox's clock; SystemClock if nil. A [StandingClock] stands
	// still while the sandbox works.
	Clock backfill.Clock
	// Dir is the folder that keeps what home imported from one process to the next;
	// it is created if needed. If Dir is empty, the imports stay in memory only.
	Dir string
	// InMemory serves over net.Pipe instead of loopback TCP, which is what a
	// testing/synctest bubble needs.
	InMemory bool
	// Empty leaves the demo world out: there is only a home server with the user
	// you.
	Empty bool
}

// Sandbox is a running fediverse.
type Sandbox struct {
	clock     backfill.Clock
	dir       string // Options.Dir
	empty     bool   // Options.Empty
	authority *authority
	board     *switchboard
	inner     *pipeListener
	addr      string
	server    *http.Server
	network   *Network
	home      *Home
	// homeKey is what home signs with; the first call generates it.
	homeKey func() (homeKey, error)
	// userKey is the public key that all users show.
	userKey string
	// keyClient is how origins read keys.
	keyClient *http.Client

	answers answers

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	origins map[string]*Origin
}

// Start starts a sandbox. Its errors come from making the certificates, from
// listening, and from reading Options.Dir.
func Start(o Options) (*Sandbox, error) {
	if o.Clock == nil {
		o.Clock = backfill.SystemClock{}
	}
	authority, err := newAuthority(o.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("making the sandbox's certificates: %w", err)
	}
	s := &Sandbox{
		clock:     o.Clock,
		dir:       o.Dir,
		empty:     o.Empty,
		authority: authority,
		board:     newSwitchboard(),
		inner:     newPipeListener(),
		origins:   make(map[string]*Origin),
		answers:   answers{to: make(map[string][]*Post)},
		homeKey:   sync.OnceValues(newHomeKey),
	}
	if s.userKey, err = newUserKey(); err != nil {
		return nil, err
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.home = newHome(s)
	s.keyClient = s.newClient(originAddress, nil)
	if !o.Empty {
		s.buildDemo()
	}
	if err := s.home.keepIn(o.Dir); err != nil {
		s.stop()
		return nil, err
	}
	if err := s.serve(o.InMemory); err != nil {
		s.stop()
		return nil, errors.Join(err, s.home.closeJournal())
	}
	return s, nil
}

// Close ends all connections and goroutines of the sandbox, and waits for
// them. Further calls do nothing.
func (s *Sandbox) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.board.cutAll()
	err := s.server.Close()
	s.home.client.CloseIdleConnections()
	s.keyClient.CloseIdleConnections()
	s.work.Wait()
	return errors.Join(err, s.home.closeJournal())
}

// Addr is the address of the listener, 127.0.0.1:port; empty with InMemory.
func (s *Sandbox) Addr() string { return s.addr }

// CAPEM is the certificate of the sandbox's own authority, in PEM.
func (s *Sandbox) CAPEM() []byte { return s.authority.pem() }

// Network is how clients reach the sandbox. Every call returns the same value.
func (s *Sandbox) Network() *Network { return s.network }

// Home is the home server.
func (s *Sandbox) Home() *Home { return s.home }

// OriginOption is a property that an origin has from the start.
type OriginOption func(*Origin)

// WebDomain gives the origin's servers a different name from its handles: a split
// domain, such as words.example with social.words.example. The handle domain answers
// /.well-known with redirects to the web domain.
func WebDomain(domain string) OriginOption {
	return func(o *Origin) { o.webDomain = domain }
}

// NumericIDs gives accounts URIs of the kind that Mastodon has used since 4.5,
// /ap/users/ID, instead of /users/NAME.
func NumericIDs() OriginOption {
	return func(o *Origin) { o.numericIDs = true }
}

// AddOrigin adds an origin that publishes as Mastodon does. A second call with
// the same domain returns the first origin.
func (s *Sandbox) AddOrigin(domain string, options ...OriginOption) *Origin {
	domain = strings.ToLower(domain)
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.origins[domain]; o != nil {
		return o
	}
	o := newOrigin(s, domain, options)
	s.origins[domain] = o
	return o
}

// Origin returns the origin of a handle domain, or nil if there is none.
func (s *Sandbox) Origin(domain string) *Origin {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.origins[strings.ToLower(domain)]
}

// Account returns the account of a handle (user@domain), or nil if there is none.
func (s *Sandbox) Account(handle string) *Account {
	user, domain, _ := strings.Cut(strings.TrimPrefix(handle, "@"), "@")
	o := s.Origin(domain)
	if o == nil {
		return nil
	}
	return o.account(user)
}
