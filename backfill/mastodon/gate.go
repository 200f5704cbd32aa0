package mastodon

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/httpheader"
	"tootfill/backfill/limit"
)

// longestWait is the longest wait for a limit that is sat out.
const longestWait = time.Hour

// gate lets requests to home through as home's limits allow. Mastodon has one limit
// for all requests with a token (300 in 5 minutes) and another for the requests of a
// person that page (300 in 15 minutes); see Mastodon
// config/initializers/rack_attack.rb.
type gate struct {
	server string
	clock  backfill.Clock
	rate   limit.Rate
	onWait func(until time.Time, reason string)
	// pauses shares the pauses that home asks for between processes; nil keeps
	// them in this one.
	pauses backfill.Pauses

	mu     sync.Mutex
	pace   *rate.Limiter // for a fixed rate, otherwise nil
	all    window
	paging window
	// heard says that home has sent rate headers.
	heard  bool
	paused time.Time // nothing is sent before
	vain   int       // answers in a row that asked for a pause without a time
	told   time.Time // the end of the wait that people were last told of
	seen   time.Time // the latest time that the clock has shown
	// changed ends as soon as one of the above changes, for better or worse.
	changed context.Context
	change  context.CancelFunc
}

// turn is permission to send one request. It must be given back with leave.
type turn struct {
	paging     bool
	all, paged mark
}

func newGate(server string, o Options) *gate {
	g := &gate{server: server, clock: o.Clock, rate: o.Rate, onWait: o.OnWait, pauses: o.Pauses}
	if o.Rate > 0 {
		g.pace = rate.NewLimiter(rate.Limit(o.Rate), 1)
	}
	g.changed, g.change = context.WithCancel(context.Background())
	return g
}

// enter waits until a request may be sent. Errors are the context's, or a
// *backfill.UnavailableError around a *backfill.NotNowError if home asks for a
// longer wait than is sat out.
func (g *gate) enter(ctx context.Context, paging bool) (turn, error) {
	for {
		if err := ctx.Err(); err != nil {
			return turn{}, err
		}
		if err := g.recall(ctx); err != nil {
			return turn{}, err
		}
		t, h := g.try(paging)
		if !h.needed() {
			return t, nil
		}
		if h.wait > longestWait && !h.ours {
			return turn{}, g.tooLong(h.until)
		}
		g.tell(h)
		if err := g.sleep(ctx, h); err != nil {
			return turn{}, err
		}
	}
}

// try takes a turn if there is one.
func (g *gate) try(paging bool) (turn, hold) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	h := g.due(now, paging)
	if h.needed() {
		h.until, h.changed = now.Add(h.wait), g.changed
		return turn{}, h
	}
	t := turn{paging: paging, all: g.all.send(now)}
	if paging {
		t.paged = g.paging.send(now)
	}
	return t, h
}

// now is the clock's time. If the clock was set back, all remembered times move
// with it: a wait stays as long as it was. g.mu is held.
func (g *gate) now() time.Time {
	now := g.clock.Now()
	if back := g.seen.Sub(now); back > 0 {
		g.all.shift(-back)
		g.paging.shift(-back)
		g.paused = g.paused.Add(-back)
	}
	g.seen = now
	return now
}

// leave gives a turn back. The header is that of the answer, which came at now; nil
// if no answer came, or if it says nothing about home's own limits.
func (g *gate) leave(t turn, h http.Header, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now()
	if a, ok := httpheader.ParseRateLimit(h, now); ok {
		g.heard = true
		g.observe(t, a, now)
	}
	g.all.done()
	if t.paging {
		g.paging.done()
	}
	g.signal()
}

// observe works out to which window an answer refers. The answer to a request that
// pages shows the more exhausted of the two windows, without naming it.
func (g *gate) observe(t turn, a httpheader.RateLimit, now time.Time) {
	switch {
	case !t.paging:
		g.all.observe(a, t.all, now)
	case g.all.current(now) && near(a.Reset, g.all.reset) &&
		g.paging.current(now) && g.paging.reset.After(a.Reset.Add(sameReset)):
		// the window for pages ends later, so this is the one for all
		g.paging.refute(a, t.paged)
		g.all.observe(a, t.all, now)
	default:
		// what is left of the other one is not less
		g.all.refute(a, t.all)
		g.paging.observe(a, t.paged, now)
	}
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() <= sameReset }

// signal wakes those who wait; g.mu is held.
func (g *gate) signal() {
	g.change()
	g.changed, g.change = context.WithCancel(context.Background())
}

// knowSoftware notes what home runs. Mastodon counts the requests of each token on
// their own; other software counts those of an address or a person (GoToSocial
// internal/middleware/ratelimit.go), whose other apps need some too.
func (g *gate) knowSoftware(sw fediverse.Software) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all.own = sw.Name == mastodonName
	g.signal()
}

func (g *gate) rateKnown() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.heard
}
