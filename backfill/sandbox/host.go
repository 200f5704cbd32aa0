package sandbox

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault decides who answers a request: the handler that it returns, or, if
// that is nil, the server itself, which it is also given as real. It is called
// by several requests at a time.
type Fault func(r *http.Request, real http.Handler) http.Handler

// Host is what the home server and the origins have in common: a server with
// a name, which can be slow, faulty, limited or away.
type Host struct {
	sandbox  *Sandbox
	domain   string
	mux      *http.ServeMux
	throttle *throttle
	// identify names the token and user of a request; nil where there are none.
	identify func(*http.Request) caller
	// limitedFederation says that it takes from servers only that it has
	// allowed; nil where it takes from all.
	limitedFederation func() bool

	mu       sync.Mutex
	latency  time.Duration
	fault    Fault
	software software
	requests map[string]int
	signed   int
}

// software is what a host says it runs.
type software struct {
	name, version string
	// api is the version in the instance API, where it differs.
	api string
}

func newHost(s *Sandbox, domain string) *Host {
	h := &Host{
		sandbox:  s,
		domain:   domain,
		mux:      http.NewServeMux(),
		throttle: newThrottle(MastodonLimits()),
		software: software{name: "mastodon", version: "4.5.3"},
		requests: make(map[string]int),
	}
	h.mux.HandleFunc("/", routeNotFound)
	s.board.add(domain, h)
	return h
}

// Domain is the name under which the host is reached.
func (h *Host) Domain() string { return h.domain }

// SetLatency makes every answer wait, by the sandbox's clock.
func (h *Host) SetLatency(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.latency = d
}

// SetFault lets f look at every request first; nil takes it away. A fault
// stands behind the throttles, which count what it answers.
func (h *Host) SetFault(f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = f
}

// SetLimits replaces the throttles. What was counted in the present windows
// stays counted.
func (h *Host) SetLimits(l Limits) { h.throttle.set(l) }

// Throttled counts the requests that the throttles have answered with 429.
func (h *Host) Throttled() int { return h.throttle.refusals() }

// SetSoftware sets what nodeinfo and the instance API say. Other software than
// mastodon gives its own version to nodeinfo, and to the instance API the
// version of Mastodon that it is compatible with.
func (h *Host) SetSoftware(name, version string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.software = software{name: name, version: version}
}

// SetInstanceVersion sets the version in the instance API alone.
func (h *Host) SetInstanceVersion(version string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.software.api = version
}

// GoAway makes the host unreachable: its connections are reset, those waiting
// for an answer too, and new ones are refused.
func (h *Host) GoAway() { h.sandbox.board.setAway(h.domain, true) }

// ComeBack ends GoAway.
func (h *Host) ComeBack() { h.sandbox.board.setAway(h.domain, false) }

// ExpireCertificate lets the host's TLS certificate run out. Connections that
// are open stay so.
func (h *Host) ExpireCertificate() { h.sandbox.authority.expire(h.domain) }

// Requests counts the requests that have arrived, by the pattern of their
// route, such as "GET /api/v2/search"; "/" stands for all unknown ones.
func (h *Host) Requests() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.requests)
}

// RequestCount is the sum of Requests.
func (h *Host) RequestCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := 0
	for _, n := range h.requests {
		sum += n
	}
	return sum
}

// SignedRequests counts the requests among them that bore a signature: those of
// home, and of clients that have a key.
func (h *Host) SignedRequests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.signed
}

// ResetRequests starts the counting of requests again.
func (h *Host) ResetRequests() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.requests)
	h.signed = 0
}

func (h *Host) count(r *http.Request) {
	_, pattern := h.mux.Handler(r)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests[pattern]++
	if r.Header.Get("Signature") != "" {
		h.signed++
	}
}

func (h *Host) settings() (time.Duration, Fault, software) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.latency, h.fault, h.software
}

// now is the sandbox's time.
func (h *Host) now() time.Time { return h.sandbox.clock.Now() }

// ServeHTTP answers as the host. The work behind an answer goes on when the
// client hangs up, as it does in Puma.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.sandbox.board.isDown(h.domain) {
		panic(http.ErrAbortHandler) // how net/http lets a handler cut the connection
	}
	now := h.now()
	h.count(r)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	state, limited := h.throttle.take(now, r, h.caller(r))
	if state.exceeded {
		h.refuse(w, state, now)
		return
	}
	latency, fault, _ := h.settings()
	if latency > 0 {
		// An early end means that the sandbox closes; the answer is lost anyway.
		_ = h.sandbox.clock.Wait(h.sandbox.ctx, latency)
	}
	real := h.real(state, limited, now)
	if fault != nil {
		if answer := fault(r, real); answer != nil {
			answer.ServeHTTP(w, r)
			return
		}
	}
	real.ServeHTTP(w, r)
}

type rateHeadersKey struct{}

// real answers without a fault. Only controllers of the API show rate headers;
// they find them in the context.
func (h *Host) real(state reading, limited bool, now time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := h.sandbox.ctx
		if headers, _ := h.throttle.options(); headers && limited {
			ctx = context.WithValue(ctx, rateHeadersKey{}, func(header http.Header) { state.header(header, now) })
		}
		h.mux.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (h *Host) caller(r *http.Request) caller {
	c := caller{}
	if h.identify != nil {
		c = h.identify(r)
	}
	c.address = addressOf(r)
	return c
}

// refuse is the throttled_responder of rack_attack.rb.
func (h *Host) refuse(w http.ResponseWriter, state reading, now time.Time) {
	headers, retryAfter := h.throttle.options()
	if headers {
		state.header(w.Header(), now)
	}
	if retryAfter {
		w.Header().Set("Retry-After", strconv.Itoa(int(state.wait(now)/time.Second)))
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Vary", "Origin")
	answer(w, http.StatusTooManyRequests, "application/json", map[string]any{"error": "Too many requests"})
}

// api adds a route of an API controller, with rate headers on all its answers.
func (h *Host) api(pattern string, f http.HandlerFunc) { h.apiKept(pattern, always(cachedAPI), f) }

// publicAPI adds one whose answers to those without a token are kept for a
// moment.
func (h *Host) publicAPI(pattern string, f http.HandlerFunc) {
	h.apiKept(pattern, func(r *http.Request) caching {
		if r.Header.Get("Authorization") != "" {
			return cachedAPI
		}
		return cachedPublic
	}, f)
}

func (h *Host) apiKept(pattern string, c func(*http.Request) caching, f http.HandlerFunc) {
	h.mux.HandleFunc(pattern, h.keep(c, func(w http.ResponseWriter, r *http.Request) {
		showRate(w, r)
		f(w, r)
	}))
}

func showRate(w http.ResponseWriter, r *http.Request) {
	if set, ok := r.Context().Value(rateHeadersKey{}).(func(http.Header)); ok {
		set(w.Header())
	}
}
