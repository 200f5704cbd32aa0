package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"tootfill/backfill"
)

// The time that a host has for its answer, as in Mastodon
// (app/lib/request.rb: connect 5 s, read 10 s, 30 s in all).
const (
	connectTimeout = 5 * time.Second
	headerTimeout  = 10 * time.Second
	answerTimeout  = 30 * time.Second
)

// Options say how a [Client] reaches origins. Every field may be left out: its
// zero value is the default.
type Options struct {
	// UserAgent is sent with every request. Default: tootfill.
	UserAgent string
	// Lookup resolves a host name. Default: the system's resolver.
	Lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	// Dial connects to an ip:port. Default: a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs are the certificate authorities to trust. Default: the system's.
	RootCAs *x509.CertPool
	// AllowPrivate are networks that may be connected to although they are
	// private or reserved.
	AllowPrivate []netip.Prefix
	// Rate is how many requests per second are sent to a host in the long run, and
	// Burst how many may be sent in a row. Default: 1 and 5.
	Rate  float64
	Burst int
	// Clock measures the pace. Default: the machine's clock.
	Clock backfill.Clock
	// Signer signs the requests for ActivityPub documents. Default: they go out
	// unsigned.
	Signer Signer
	// Memory keeps the robots.txt of hosts, and the signatures that they want, between
	// processes. Default: each client finds them out itself.
	Memory Memory
	// StrictRobots applies the robots.txt rules for all crawlers to every request,
	// not only to requests for documents that crawlers read.
	StrictRobots bool
	// Pauses keeps the pauses that hosts ask for between processes. Default: each
	// client learns them itself.
	Pauses backfill.Pauses
	// Paces shares the pace of hosts, and the turn to ask them, between processes.
	// Default: each client keeps to the pace by itself.
	Paces backfill.Paces
	// OnWait is told of every wait of more than a few seconds before it
	// begins. It may be called by several goroutines at once.
	OnWait func(host string, until time.Time)
	// Permit returns once a request may be sent; an error keeps it from being sent.
	// Several goroutines may call it. Default: every request may.
	Permit func(ctx context.Context) error
}

// Client reads documents from origins. It may be used by several goroutines
// at once.
type Client struct {
	userAgent string
	hosts     *hosts
	clock     backfill.Clock
	signer    Signer
	memory    Memory
	pauses    backfill.Pauses
	paces     backfill.Paces
	// strictRobots is Options.StrictRobots.
	strictRobots bool
	onWait       func(host string, until time.Time)
	mayAsk       func(ctx context.Context) error
	// requests counts those that were sent, and limited those of them that were
	// answered with 429.
	requests, limited atomic.Int64
}

// New makes a client.
func New(o Options) *Client {
	if o.UserAgent == "" {
		o.UserAgent = robotsAgent
	}
	if o.Clock == nil {
		o.Clock = backfill.SystemClock{}
	}
	if o.OnWait == nil {
		o.OnWait = func(string, time.Time) {}
	}
	if o.Permit == nil {
		o.Permit = func(context.Context) error { return nil }
	}
	d := &dialer{lookup: o.Lookup, dial: o.Dial, guard: guard{allowed: o.AllowPrivate}}
	if d.lookup == nil {
		d.lookup = net.DefaultResolver.LookupNetIP
	}
	if d.dial == nil {
		d.dial = new(net.Dialer).DialContext
	}
	return &Client{
		userAgent: o.UserAgent,
		hosts:     newHosts(o.Rate, o.Burst, func() *http.Transport { return newTransport(d, o.RootCAs) }),
		clock:     o.Clock,
		signer:    o.Signer,
		memory:    o.Memory,
		pauses:    o.Pauses,
		paces:     o.Paces,

		strictRobots: o.StrictRobots,
		onWait:       o.OnWait,
		mayAsk:       o.Permit,
	}
}

// newTransport makes the transport of one host. Only so can the connections to one host
// be closed: MaxIdleConns does not count those that speak HTTP/2.
func newTransport(d *dialer, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // a proxy would resolve names behind the guard's back
		DialContext:            d.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1,
		IdleConnTimeout:        time.Minute,
	}
}

// Requests returns how many HTTP requests were sent so far, including those for
// robots.txt.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Limited returns how many of them were answered with 429.
func (c *Client) Limited() int64 { return c.limited.Load() }

// CloseIdleConnections closes the connections that are kept for later requests.
func (c *Client) CloseIdleConnections() { c.hosts.disconnectAll() }

// Get reads a document, following redirects. Errors are
// *[backfill.OriginError], *[backfill.PausedError] or the context's.
func (c *Client) Get(ctx context.Context, r Request) (*Document, error) {
	rules, err := rulesOf(r.Kind)
	if err != nil {
		return nil, err
	}
	rules.known = r.Known.valid()
	return c.followBy(ctx, r, rules, c.permit(rules.crawled))
}

// followBy reads a document through its redirects. Every address on the way must
// pass permit before it is requested.
func (c *Client) followBy(ctx context.Context, r Request, rules rules, permit func(context.Context, target) error) (*Document, error) {
	t, err := parseTarget(r.URL, r.Port)
	if err != nil {
		return nil, err
	}
	for hops := 0; ; hops++ {
		if err := permit(ctx, t); err != nil {
			return nil, err
		}
		a, err := c.ask(ctx, t, rules)
		if err != nil {
			return nil, err
		}
		if a.contradicts {
			rules.known = Validators{}
			hops--
			continue
		}
		if a.document != nil {
			if hops > 0 {
				a.document.Validators = Validators{} // they are about another address
			}
			return a.document, nil
		}
		rules.known = Validators{}
		if hops == rules.redirects {
			return nil, t.fail(backfill.Malformed, fmt.Errorf("more than %d redirects", rules.redirects))
		}
		if t, err = t.redirect(a.location, r.Port); err != nil {
			return nil, err
		}
	}
}
