package sandbox

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault decides who answers a request: the handler that it returns or, if that is
// nil, the server itself, which it also gets as real. Several requests may call it
// at the same time.
type Fault func(r *http.Request, real http.Handler) http.Handler

// Host is what the home server and the origins have in common: a named server that
// can be slow, faulty, throttled or unreachable.
type Host struct {
	sandbox  *Sandbox
	domain   string
	mux      *http.ServeMux
	throttle *throttle
	// identify returns the token and user of a request; nil if the host has none.
	identify func(*http.Request) caller
	// limitedFederation reports whether the host accepts only servers it has
	// allowed; nil if it accepts all.
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
	// api is the version in the instance API, if it differs.
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

// Domain is the name at which clients reach the host.
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

// ServeHTTP answers as the host. The work behind an answer continues when the
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
		// It ends early only if the sandbox closes; the answer is lost anyway.
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

// real answers without a fault. Only API controllers show rate headers, which they
// find in the context.
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

// publicAPI is like api, but requests without a token get answers that may be
// cached briefly.
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
