package fetch

import (
	"net/http"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/httpheader"
)

const (
	// unnamedPause is the pause after a 429 that names no time.
	unnamedPause = 30 * time.Second
	// maxPause is the longest pause that a host can ask for.
	maxPause = backfill.LongestPause
)

// pauseOf returns how long a host that sent a 429 or 503 asks to be left alone.
// A 503 that names no time is an ordinary error of the server.
//
// GoToSocial sends Retry-After; Mastodon instead sends X-RateLimit-Reset
// (config/initializers/rack_attack.rb). Retry-After, which is a standard, takes
// precedence.
func pauseOf(response *http.Response, now time.Time) (time.Duration, bool) {
	until, found := httpheader.RetryAfter(response.Header, now)
	if !found {
		until, found = httpheader.RateLimitReset(response.Header, now)
	}
	if !found {
		return unnamedPause, response.StatusCode == http.StatusTooManyRequests
	}
	// A host whose limit is used up is never asked again at once.
	return min(max(until.Sub(now), time.Second), maxPause), true
}
