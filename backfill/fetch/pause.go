package fetch

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill"
)

const (
	// unnamedPause is kept when a host says 429 and not for how long.
	unnamedPause = 30 * time.Second
	// maxPause is the longest pause that a host can ask for.
	maxPause = backfill.LongestPause
)

// pauseOf says how long the host that sent a 429 or 503 asks to be left alone.
// A 503 that names no time is an ordinary error of the server.
//
// GoToSocial sends Retry-After, at times two of them; Mastodon sends none, but
// X-RateLimit-Reset (config/initializers/rack_attack.rb).
func pauseOf(response *http.Response, now time.Time) (time.Duration, bool) {
	// Times of day are told by the clock of the host.
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		now = date
	}
	longest, found := time.Duration(0), false
	for _, v := range response.Header.Values("Retry-After") {
		if d, ok := parseRetryAfter(v, now); ok {
			longest, found = max(longest, d), true
		}
	}
	if found {
		return longest, true
	}
	if d, ok := parseReset(response.Header.Get("X-RateLimit-Reset"), now); ok {
		return d, true
	}
	return unnamedPause, response.StatusCode == http.StatusTooManyRequests
}

// parseRetryAfter reads a Retry-After header: seconds or an HTTP date
// (RFC 9110, section 10.2.3).
func parseRetryAfter(v string, now time.Time) (time.Duration, bool) {
	v = strings.TrimSpace(v)
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		return seconds(n)
	}
	if at, err := http.ParseTime(v); err == nil {
		return bounded(at.Sub(now)), true
	}
	return 0, false
}

// parseReset reads an X-RateLimit-Reset header, which no standard describes:
// Mastodon writes an ISO 8601 time, others Unix seconds, Unix milliseconds or
// the seconds that are left.
func parseReset(v string, now time.Time) (time.Duration, bool) {
	v = strings.TrimSpace(v)
	if at, err := time.Parse(time.RFC3339, v); err == nil {
		return bounded(at.Sub(now)), true
	}
	n, err := strconv.ParseFloat(v, 64)
	switch {
	case err != nil:
		return 0, false
	case n >= 1e12:
		return seconds(n/1000 - float64(now.Unix()))
	case n >= 1e9:
		return seconds(n - float64(now.Unix()))
	}
	return seconds(n)
}

// seconds turns a number into a bounded duration.
func seconds(n float64) (time.Duration, bool) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, false
	}
	n = min(max(n, 0), maxPause.Seconds())
	return bounded(time.Duration(n * float64(time.Second))), true
}

// bounded keeps a pause between a second and maxPause: a host that is over its
// limit is never asked again at once.
func bounded(d time.Duration) time.Duration {
	return min(max(d, time.Second), maxPause)
}
