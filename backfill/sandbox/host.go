package sandbox

import (
	"context"
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
