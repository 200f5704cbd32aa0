package sandbox

import (
	"maps"
	"time"
)

// Here are a host's settings and counters.

// SetLatency makes every answer wait, by the sandbox's clock.
func (h *Host) SetLatency(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.latency = d
}

// SetFault puts f in front of the server; nil removes it. The throttles still come
// first and count what f answers.
func (h *Host) SetFault(f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = f
}

// SetLimits replaces the throttles. Counts in the current windows are kept.
func (h *Host) SetLimits(l Limits) { h.throttle.set(l) }

// Throttled counts the requests that the throttles have answered with 429.
func (h *Host) Throttled() int { return h.throttle.refusals() }

// SetSoftware sets what nodeinfo and the instance API say. Software other than
// mastodon gives its own version in nodeinfo, and the Mastodon version it is
// compatible with in the instance API.
func (h *Host) SetSoftware(name, version string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.software = software{name: name, version: version}
}

// SetInstanceVersion sets the version in the instance API only.
func (h *Host) SetInstanceVersion(version string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.software.api = version
}

// GoAway makes the host unreachable: it resets its connections, even those waiting
// for an answer, and refuses new ones.
func (h *Host) GoAway() { h.sandbox.board.setAway(h.domain, true) }

// ComeBack ends GoAway.
func (h *Host) ComeBack() { h.sandbox.board.setAway(h.domain, false) }

// ExpireCertificate makes the host's TLS certificate expire; open connections stay.
func (h *Host) ExpireCertificate() { h.sandbox.authority.expire(h.domain) }

// Requests counts the requests that have arrived, by route pattern, such as
// "GET /api/v2/search"; "/" stands for all unknown ones.
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

// SignedRequests counts the signed requests among them: those of home, and of
// clients that have a key.
func (h *Host) SignedRequests() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.signed
}

// ResetRequests starts counting requests from zero.
func (h *Host) ResetRequests() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.requests)
	h.signed = 0
}
