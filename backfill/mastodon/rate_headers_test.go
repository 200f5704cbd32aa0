package mastodon

import (
	"net/http"
	"testing"
	"time"

	"tootfill/backfill/httpheader"
)

func FuzzRateLimits(f *testing.F) {
	f.Add("300", "299", "2026-08-08T09:25:00.482913Z", "Sat, 08 Aug 2026 09:20:00 GMT", "30")
	f.Add("300", "0", "1786181100", "", "Sat, 08 Aug 2026 09:21:00 GMT")
	f.Add("", "1", "1e18", "x", "1e300")
	now := time.Date(2026, 8, 8, 9, 20, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, limit, remaining, reset, date, after string) {
		h := http.Header{"X-Ratelimit-Limit": {limit}, "X-Ratelimit-Remaining": {remaining},
			"X-Ratelimit-Reset": {reset}, "Date": {date}, "Retry-After": {after}}
		if a, ok := httpheader.ParseRateLimit(h, now); ok {
			var w window
			w.observe(a, w.send(now), now)
			if wait, _ := w.due(now); wait < 0 || wait > httpheader.Farthest+resetMargin {
				t.Errorf("a wait of %s", wait)
			}
		}
		for _, status := range []int{429, 503} {
			if at := retryAt(status, h, now); at.Sub(now) > httpheader.Farthest+resetMargin {
				t.Errorf("%d: %v", status, at)
			}
		}
	})
}
