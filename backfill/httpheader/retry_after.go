package httpheader

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Farthest is how far from now a header may name a time: ten years. Nobody means
// more, and sums of times and spans within it cannot overflow.
const Farthest = 10 * 365 * 24 * time.Hour

// RetryAfter is the latest time that the Retry-After headers of an answer name, as
// seconds or as an HTTP date (RFC 9110, section 10.2.3). GoToSocial sends both forms
// at once. The answer came at now; the time may be in the past. ok is false if the
// headers name no time, as with a negative number.
func RetryAfter(h http.Header, now time.Time) (at time.Time, ok bool) {
	for _, value := range h.Values("Retry-After") {
		value = strings.TrimSpace(value)
		var t time.Time
		if n, err := strconv.ParseFloat(value, 64); err == nil && n >= 0 {
			t = now.Add(seconds(n))
		} else if date, err := http.ParseTime(value); err == nil {
			t = onClockOf(now, date.Add(-skew(h, now)))
		}
		if t.After(at) && t.Sub(now) <= Farthest {
			at = t
		}
	}
	return at, !at.IsZero()
}

// skew is how far the server's clock is ahead of ours, by its Date header. Since
// that header counts whole seconds and the answer took a while to arrive, the result
// may be a little too small, but never too great: a time corrected with it comes
// late, not early.
func skew(h http.Header, now time.Time) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return date.Sub(now)
}

// onClockOf is t with the monotonic reading of now, if it has one, so that setting
// the clock does not move it.
func onClockOf(now, t time.Time) time.Time { return now.Add(t.Sub(now)) }

// seconds is n seconds, at most [Farthest].
func seconds(n float64) time.Duration {
	return time.Duration(min(n, Farthest.Seconds()) * float64(time.Second))
}
