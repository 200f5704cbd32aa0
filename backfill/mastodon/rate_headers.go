package mastodon

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// farthest bounds the times that a header may name, against overflow.
const farthest = 10 * 365 * 24 * time.Hour

// allowance is what one answer says of a rate limit.
type allowance struct {
	limit, remaining int
	// reset is when the window ends, by our own clock.
	reset time.Time
}

// parseAllowance reads the X-RateLimit headers of an answer that came at now.
// ok is false if they are missing or make no sense.
//
// Every answer of Mastodon's API carries those of the throttle closest to
// exhaustion (Mastodon app/controllers/concerns/api/rate_limit_headers.rb).
func parseAllowance(h http.Header, now time.Time) (a allowance, ok bool) {
	remaining, err := strconv.Atoi(strings.TrimSpace(h.Get("X-RateLimit-Remaining")))
	if err != nil {
		return allowance{}, false
	}
	reset, ok := parseReset(h.Get("X-RateLimit-Reset"), now, skew(h, now))
	if !ok {
		return allowance{}, false
	}
	a = allowance{remaining: max(remaining, 0), reset: reset}
	limit, err := strconv.Atoi(strings.TrimSpace(h.Get("X-RateLimit-Limit")))
	if err != nil || limit < a.remaining {
		limit = a.remaining
	}
	a.limit = limit
	return a, true
}

// parseReset reads the time at which a window ends: ISO 8601 with any number of
// decimals (Mastodon, GoToSocial), Unix seconds or milliseconds, or seconds
// from now where the number is small. skew is how far the server's clock is
// ahead of ours.
func parseReset(s string, now time.Time, skew time.Duration) (time.Time, bool) {
	const smallest, millis = 1e8, 1e11
	s = strings.TrimSpace(s)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		n, err := strconv.ParseFloat(s, 64)
		switch {
		case err != nil || math.IsNaN(n) || n < 0:
			return time.Time{}, false
		case n < smallest:
			return now.Add(seconds(n)), true
		case n >= 1000*millis:
			return time.Time{}, false
		case n >= millis:
			t = time.UnixMilli(int64(n))
		default:
			t = time.UnixMilli(int64(n * 1000))
		}
	}
	t = t.Add(-skew)
	if t.Sub(now).Abs() > farthest {
		return time.Time{}, false
	}
	return onClockOf(now, t), true
}

// onClockOf is t with the monotonic reading that now has, if any: a clock that is
// set does not move it.
func onClockOf(now, t time.Time) time.Time { return now.Add(t.Sub(now)) }

// parseRetryAfter is the latest time that Retry-After headers name, as seconds
// or as an HTTP date (RFC 9110, 10.2.3). GoToSocial sends both forms at once.
func parseRetryAfter(h http.Header, now time.Time) (time.Time, bool) {
	var latest time.Time
	for _, v := range h.Values("Retry-After") {
		v = strings.TrimSpace(v)
		var t time.Time
		if n, err := strconv.ParseFloat(v, 64); err == nil && n >= 0 {
			t = now.Add(seconds(n))
		} else if date, err := http.ParseTime(v); err == nil {
			t = onClockOf(now, date.Add(-skew(h, now)))
		}
		if t.After(latest) && t.Sub(now) <= farthest {
			latest = t
		}
	}
	return latest, !latest.IsZero()
}

// retryAt is when home is willing again after a refusal with this status: the
// later one of Retry-After and, for a 429, the end of the window. It is zero if
// home names no time.
func retryAt(status int, h http.Header, now time.Time) time.Time {
	until, _ := parseRetryAfter(h, now)
	if status != http.StatusTooManyRequests {
		return until
	}
	reset, ok := parseReset(h.Get("X-RateLimit-Reset"), now, skew(h, now))
	if reset = reset.Add(resetMargin); ok && reset.After(now) && reset.After(until) {
		return reset
	}
	return until
}

// skew is how far the server's clock is ahead of ours, by its Date header. As
// that counts whole seconds and the answer was on its way for a while, the
// result may be a little too small, but never too great: a time that is
// corrected with it comes late, not early.
func skew(h http.Header, now time.Time) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return date.Sub(now)
}

// seconds is n seconds, cut where a Duration would overflow.
func seconds(n float64) time.Duration {
	return time.Duration(min(n, farthest.Seconds()) * float64(time.Second))
}
