package mastodon

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tootfill/backfill"
)

const (
	// longestWait is the longest wait for a limit that is sat out.
	longestWait = time.Hour
	// tellFrom is the shortest wait that people are told of, and tellSpreadFrom
	// the shortest gap between requests that are spread.
	tellFrom       = 5 * time.Second
	tellSpreadFrom = 30 * time.Second
	// firstPause and longestPause bound the pause after a 429 that names no
	// time; it doubles with each one in a row.
	firstPause   = time.Minute
	longestPause = 15 * time.Minute
)

// gate lets requests to home through as home's limits allow. Mastodon has a
// limit for all requests of a token (300 in 5 minutes) and another one for those
// that page (300 in 15 minutes); see Mastodon config/initializers/rack_attack.rb.
type gate struct {
	server string
	clock  backfill.Clock
	rate   Rate
	onWait func(until time.Time, reason string)
	// pauses keeps what home asks for between processes; nil keeps it here alone.
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
	// changed is over as soon as one of the above changes for the better or
	// the worse.
	changed context.Context
	change  context.CancelFunc
}

// turn is the leave to send one request. It must be given back with done.
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

// take waits until a request may be sent. Errors are the context's, or a
// *backfill.UnavailableError around a *backfill.NotNowError where home wants a
// longer wait than is sat out.
func (g *gate) take(ctx context.Context, paging bool) (turn, error) {
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

// hold is why a request has to wait.
type hold struct {
	wait  time.Duration
	until time.Time
	// forChange says that it is not time that it waits for.
	forChange bool
	// ours says that the limit is not home's but set by the user.
	ours bool
	// spread says that it is just the gap to the request before.
	spread bool
	reason string
	// changed ends the wait early.
	changed context.Context
}

func (h hold) needed() bool { return h.wait > 0 || h.forChange }

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

// now is the clock's time. Where the clock was set back, what is known of times
// moves with it: a wait stays as long as it was. g.mu is held.
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

func (g *gate) due(now time.Time, paging bool) hold {
	switch {
	case now.Before(g.paused):
		return hold{wait: g.paused.Sub(now), reason: g.server + " asks for a pause"}
	case g.rate == Unlimited:
		return hold{}
	case g.pace != nil:
		return g.dueByPace(now)
	}
	h := g.dueBy(&g.all, now, "the limit of %d requests at "+g.server+" is used up")
	if !paging {
		return h
	}
	p := g.dueBy(&g.paging, now, "the limit of %d pages at "+g.server+" is used up")
	if p.wait > h.wait {
		h.wait, h.reason, h.spread = p.wait, p.reason, p.spread
	}
	h.forChange = h.forChange || p.forChange
	return h
}

func (g *gate) dueBy(w *window, now time.Time, usedUp string) hold {
	var h hold
	h.wait, h.forChange = w.due(now)
	h.reason, h.spread = "the requests to "+g.server+" are spread", true
	if w.exhausted(now) {
		h.reason, h.spread = fmt.Sprintf(usedUp, w.limit), false
	}
	return h
}

// dueByPace takes one from the fixed pace, or says when there will be one.
func (g *gate) dueByPace(now time.Time) hold {
	if g.pace.AllowN(now, 1) {
		return hold{}
	}
	missing := (1 - g.pace.TokensAt(now)) / float64(g.pace.Limit())
	// never 0, which would be leave to send
	return hold{wait: seconds(missing) + time.Microsecond, ours: true, spread: true,
		reason: "the rate is set to " + g.rate.String()}
}

// sleep waits as h says, or until something changes.
func (g *gate) sleep(ctx context.Context, h hold) error {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(h.changed, cancel)
	defer stop()
	if h.forChange {
		<-both.Done()
		return ctx.Err()
	}
	if err := g.clock.Wait(both, h.wait); err != nil && both.Err() == nil {
		return err
	}
	return ctx.Err()
}

// tell tells people of a longer wait, once.
func (g *gate) tell(h hold) {
	if g.onWait == nil || h.wait < tellFrom || h.spread && h.wait < tellSpreadFrom {
		return
	}
	g.mu.Lock()
	again := h.until.Sub(g.told).Abs() < tellFrom
	if !again {
		g.told = h.until
	}
	g.mu.Unlock()
	if !again {
		g.onWait(h.until, h.reason)
	}
}

// done gives a turn back. The header is that of the answer, which came at now;
// nil if none came, or if it says nothing of home's own limits.
func (g *gate) done(t turn, h http.Header, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now()
	if a, ok := parseAllowance(h, now); ok {
		g.heard = true
		g.observe(t, a, now)
	}
	g.all.done()
	if t.paging {
		g.paging.done()
	}
	g.signal()
}

// observe sorts out which window an answer speaks of. An answer to a request
// that pages tells of the more exhausted one of both windows without naming it.
func (g *gate) observe(t turn, a allowance, now time.Time) {
	switch {
	case !t.paging:
		g.all.observe(a, t.all, now)
	case g.all.current(now) && near(a.reset, g.all.reset) &&
		g.paging.current(now) && g.paging.reset.After(a.reset.Add(sameReset)):
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

// pause keeps everything back until a time, or, if that is zero, for longer
// with each such pause in a row.
// It is kept for other processes, too.
func (g *gate) pause(ctx context.Context, until, now time.Time) error {
	g.keepBack(until, now)
	g.mu.Lock()
	until = g.paused
	g.mu.Unlock()
	if g.pauses == nil || until.Sub(now) < tellFrom {
		return nil
	}
	if err := g.pauses.Pause(context.WithoutCancel(ctx), g.server, until); err != nil {
		return &pauseError{fmt.Errorf("remembering the pause of %s: %w", g.server, err)}
	}
	return nil
}

// recall takes over what other processes have been told.
func (g *gate) recall(ctx context.Context) error {
	if g.pauses == nil {
		return nil
	}
	until, err := g.pauses.PausedUntil(context.WithoutCancel(ctx), g.server)
	if err != nil {
		return &pauseError{fmt.Errorf("reading the pause of %s: %w", g.server, err)}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.paused) {
		g.paused = until
		g.signal()
	}
	return nil
}

// pauseError is about our own record of pauses, and not about home.
type pauseError struct{ err error }

func (e *pauseError) Error() string { return e.err.Error() }
func (e *pauseError) Unwrap() error { return e.err }

func (g *gate) keepBack(until, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.IsZero() {
		if now.Before(g.paused) {
			return // an answer to a request of the same moment
		}
		until = now.Add(min(firstPause<<min(g.vain, 10), longestPause))
		g.vain++
	}
	if latest := now.Add(backfill.LongestPause); until.After(latest) {
		until = latest
	}
	if until.After(g.paused) {
		g.paused = until
	}
	g.signal()
}

// fine notes an answer that asked for no pause.
func (g *gate) fine() {
	g.mu.Lock()
	g.vain = 0
	g.mu.Unlock()
}

// signal wakes those who wait; g.mu is held.
func (g *gate) signal() {
	g.change()
	g.changed, g.change = context.WithCancel(context.Background())
}

func (g *gate) rateKnown() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.heard
}

func (g *gate) tooLong(until time.Time) error {
	return &backfill.UnavailableError{
		Server: g.server,
		Err:    &backfill.NotNowError{Status: http.StatusTooManyRequests, RetryAt: until, Message: "it asks to wait until " + until.Format(time.RFC3339)},
	}
}
