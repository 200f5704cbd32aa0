package httpheader

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RateLimit is what one answer says about a rate limit.
type RateLimit struct {
	// Limit is how many requests a window allows, and Remaining how many of them are
	// left, at most Limit.
	Limit, Remaining int
	// Reset is when the window ends, by our own clock.
	Reset time.Time
}

// ParseRateLimit reads the X-RateLimit headers of an answer that came at now. ok
// is false if they are missing or make no sense.
//
// Every answer of Mastodon's API carries those of the throttle closest to
// exhaustion (Mastodon app/controllers/concerns/api/rate_limit_headers.rb).
func ParseRateLimit(h http.Header, now time.Time) (r RateLimit, ok bool) {
	remaining, err := strconv.Atoi(strings.TrimSpace(h.Get("X-RateLimit-Remaining")))
	if err != nil {
		return RateLimit{}, false
	}
	reset, ok := RateLimitReset(h, now)
	if !ok {
		return RateLimit{}, false
	}
	r = RateLimit{Remaining: max(remaining, 0), Reset: reset}
	limit, err := strconv.Atoi(strings.TrimSpace(h.Get("X-RateLimit-Limit")))
	if err != nil || limit < r.Remaining {
		limit = r.Remaining
	}
	r.Limit = limit
	return r, true
}

// RateLimitReset is the time that X-RateLimit-Reset names in an answer that came at
// now; it may be in the past. ok is false if it names none. No standard describes
// the header: it is an ISO 8601 time with any number of decimals (Mastodon,
// GoToSocial), Unix seconds or milliseconds, or, where the number is small, seconds
// from now.
func RateLimitReset(h http.Header, now time.Time) (at time.Time, ok bool) {
	// Both are in March 1973; as spans they would be years.
	const firstUnix, firstUnixMilli = 1e8, 1e11
	value := strings.TrimSpace(h.Get("X-RateLimit-Reset"))
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		n, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil || math.IsNaN(n) || n < 0:
			return time.Time{}, false
		case n < firstUnix:
			return now.Add(seconds(n)), true
		case n >= 1000*firstUnixMilli:
			return time.Time{}, false
		case n >= firstUnixMilli:
			at = time.UnixMilli(int64(n))
		default:
			at = time.UnixMilli(int64(n * 1000))
		}
	}
	at = at.Add(-skew(h, now))
	if at.Sub(now).Abs() > Farthest {
		return time.Time{}, false
	}
	return onClockOf(now, at), true
}
