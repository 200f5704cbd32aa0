package sandbox

import (
	"maps"
	"time"
)

// This file is what may be set at a host, and what it counts.

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
