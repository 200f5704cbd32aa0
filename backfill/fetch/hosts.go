package fetch

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tootfill/backfill"
)

const (
	defaultRate  = 1
	defaultBurst = 5
	// maxHosts is how many hosts are remembered. When there are more, those that
	// were used longest ago are forgotten.
	maxHosts = 1000
	// maxConnected is how many hosts keep a connection although nobody asks them. An
	// open connection takes some 60 KiB, and its transport 5 KiB.
	maxConnected = 64
	// sittable is the longest pause that is sat out.
	sittable  = backfill.SitOut
	unlimited = rate.Inf
	// tellable is the shortest wait that is reported to OnWait.
	tellable = 3 * time.Second
)

// host is what is remembered about one host.
type host struct {
	name string
	// transport has the connections to the host; nil if there are none and nobody asks
	// the host.
	transport *http.Transport
	// turn is held by the one request that is in flight.
	turn    chan struct{}
	limiter *rate.Limiter
	turns   turns
	// robotsTurn guards robots and robotsUntil.
	robotsTurn  chan struct{}
	robots      *robots
	robotsUntil time.Time

	// The rest is guarded by hosts.mu.
	users int
	// connected says that there is a transport although nobody asks the host.
	connected bool
	scheme    scheme
	// schemeAsked says that memory has been asked for the scheme, and schemeRecalled
	// that it knew one.
	schemeAsked, schemeRecalled bool
	used                        int64
	paused                      time.Time
}

// hosts is the memory of all hosts.
type hosts struct {
	rate  rate.Limit
	burst int
	// connect makes the transport of a host.
	connect func() *http.Transport

	mu     sync.Mutex
	byName map[string]*host
	// connected counts the hosts that are connected although nobody asks them.
	connected int
	// uses counts up; host.used is its value at the host's last use.
	uses int64
}

func newHosts(perSecond float64, burst int, connect func() *http.Transport) *hosts {
	if perSecond <= 0 {
		perSecond = defaultRate
	}
	if burst <= 0 {
		burst = defaultBurst
	}
	limit := rate.Limit(perSecond)
	if math.IsInf(perSecond, 1) {
		limit = unlimited
	}
	return &hosts{rate: limit, burst: burst, connect: connect, byName: make(map[string]*host)}
}

// borrow returns what is remembered about a host, which stays in memory until it is
// given back.
func (hs *hosts) borrow(name string) *host {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h := hs.byName[name]
	if h == nil {
		if len(hs.byName) >= maxHosts {
			hs.forgetOldest()
		}
		h = &host{
			name:       name,
			turn:       make(chan struct{}, 1),
			robotsTurn: make(chan struct{}, 1),
			limiter:    rate.NewLimiter(hs.rate, hs.burst),
		}
		hs.byName[name] = h
	}
	if h.transport == nil {
		h.transport = hs.connect()
	}
	hs.uses++
	h.used = hs.uses
	h.users++
	hs.setConnected(h, false)
	return h
}

// giveBack ends the use of a host. If that leaves too many connections that nobody
// uses, it closes those of the host that was used longest ago.
func (hs *hosts) giveBack(h *host) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if h.users--; h.users > 0 {
		return
	}
	hs.setConnected(h, true)
	if hs.connected > maxConnected {
		hs.disconnect(hs.oldest(func(h *host) bool { return h.connected }))
	}
}

func (hs *hosts) setConnected(h *host, connected bool) {
	switch {
	case connected && !h.connected:
		hs.connected++
	case !connected && h.connected:
		hs.connected--
	}
	h.connected = connected
}

// disconnect closes the connections to a host that nobody asks, and drops all that
// was kept for them.
func (hs *hosts) disconnect(h *host) {
	if !h.connected {
		return
	}
	hs.setConnected(h, false)
	h.transport.CloseIdleConnections()
	h.transport = nil
}

// disconnectAll closes all connections that are not in use.
func (hs *hosts) disconnectAll() {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	for _, h := range hs.byName {
		if h.transport != nil {
			h.transport.CloseIdleConnections()
		}
	}
}

// forgetOldest forgets the host that was used longest ago, among those not in use.
// The caller holds the lock.
func (hs *hosts) forgetOldest() {
	if h := hs.oldest(func(h *host) bool { return h.users == 0 }); h != nil {
		hs.disconnect(h)
		delete(hs.byName, h.name)
	}
}

// oldest is the one of some hosts that was used longest ago; nil without any.
func (hs *hosts) oldest(among func(*host) bool) (oldest *host) {
	for _, h := range hs.byName {
		if among(h) && (oldest == nil || h.used < oldest.used) {
			oldest = h
		}
	}
	return oldest
}

// pause keeps requests away from a host until a time. A longer pause stays in
// force.
func (hs *hosts) pause(h *host, until time.Time) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if until.After(h.paused) {
		h.paused = until
	}
}

func (hs *hosts) pausedUntil(h *host) time.Time {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return h.paused
}

// enter waits until a request may be sent to h: for the request before it, for
// the host's pause and for its pace. The caller must call leave if enter
// returns nil.
func (c *Client) enter(ctx context.Context, h *host) error {
	if err := c.refuseLongPause(ctx, h); err != nil {
		return err
	}
	h.turns.waiting.Add(1)
	select {
	case h.turn <- struct{}{}:
		h.turns.waiting.Add(-1)
	case <-ctx.Done():
		h.turns.waiting.Add(-1)
		c.passTurn(ctx, h)
		return ctx.Err()
	}
	if err := c.waitForHost(ctx, h); err != nil {
		c.leave(ctx, h)
		return err
	}
	return nil
}

// leave ends a request to h that enter has let through.
func (c *Client) leave(ctx context.Context, h *host) {
	if c.sharesPace() {
		c.leaveTurn(ctx, h)
	}
	<-h.turn
}

// pause keeps requests away from a host, including those of other processes. The
// end of ctx is no reason to forget what the host said.
func (c *Client) pause(ctx context.Context, h *host, d time.Duration) error {
	until := c.clock.Now().Add(d)
	c.hosts.pause(h, until)
	if c.pauses == nil || d <= tellable {
		return nil
	}
	if err := c.pauses.Pause(context.WithoutCancel(ctx), h.name, until); err != nil {
		return fmt.Errorf("remembering the pause of %s: %w", h.name, err)
	}
	return nil
}

// refuseLongPause also looks for pauses that other processes were asked for.
func (c *Client) refuseLongPause(ctx context.Context, h *host) error {
	if c.pauses != nil {
		until, err := c.pauses.PausedUntil(ctx, h.name)
		if err != nil {
			return fmt.Errorf("reading the pause of %s: %w", h.name, err)
		}
		c.hosts.pause(h, until)
	}
	until := c.hosts.pausedUntil(h)
	if until.Sub(c.clock.Now()) > sittable {
		return &backfill.PausedError{Host: h.name, Until: until}
	}
	return nil
}

func (c *Client) waitForHost(ctx context.Context, h *host) error {
	if c.sharesPace() {
		return c.takeTurn(ctx, h)
	}
	if err := c.sitOutPause(ctx, h); err != nil {
		return err
	}
	now := c.clock.Now()
	place := h.limiter.ReserveN(now, 1)
	if err := c.wait(ctx, h, place.DelayFrom(now)); err != nil {
		place.CancelAt(c.clock.Now())
		return err
	}
	return nil
}

// sitOutPause waits for the end of a short pause. It may become longer meanwhile:
// another process may be asked for one.
func (c *Client) sitOutPause(ctx context.Context, h *host) error {
	for {
		if err := c.refuseLongPause(ctx, h); err != nil {
			return err
		}
		left := c.hosts.pausedUntil(h).Sub(c.clock.Now())
		if left <= 0 {
			return ctx.Err()
		}
		if err := c.wait(ctx, h, left); err != nil {
			return err
		}
	}
}

func (c *Client) wait(ctx context.Context, h *host, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	if d > tellable {
		c.onWait(h.name, c.clock.Now().Add(d))
	}
	return c.clock.Wait(ctx, d)
}
