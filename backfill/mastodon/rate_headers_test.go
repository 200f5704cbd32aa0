package mastodon

import (
	"net/http"
	"testing"
	"time"
)

func TestParseReset(t *testing.T) {
	now := time.Date(2026, 8, 8, 9, 20, 0, 0, time.UTC)
	want := time.Date(2026, 8, 8, 9, 25, 0, 0, time.UTC)
	for s, d := range map[string]time.Duration{
		"2026-08-08T09:25:00.482913Z":    482913 * time.Microsecond,
		"2026-08-08T09:25:00Z":           0,
		"2026-08-08T09:25:00.5Z":         500 * time.Millisecond,
		"2026-08-08T09:25:00.123456789Z": 123456789,
		"2026-08-08T11:25:00+02:00":      0,
		"1786181100":                     0,
		"1786181100.25":                  250 * time.Millisecond,
		"1786181100000":                  0,
		" 300 ":                          0,
		"0":                              -5 * time.Minute,
	} {
		got, ok := parseReset(s, now, 0)
		if !ok || !got.Equal(want.Add(d)) {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "soon", "-1", "NaN", "Inf", "1e300", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1786181100000000"} {
		if got, ok := parseReset(s, now, 0); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
	// a server whose clock is an hour ahead
	if got, _ := parseReset("2026-08-08T10:25:00Z", now, time.Hour); !got.Equal(want) {
		t.Errorf("skewed: %v", got)
	}
	if got, _ := parseReset("300", now, time.Hour); !got.Equal(want) {
		t.Errorf("relative: %v", got)
	}
}

func TestParseAllowance(t *testing.T) {
	now := time.Date(2026, 8, 8, 9, 20, 0, 0, time.UTC)
	for _, c := range []struct {
		limit, remaining, reset string
		want                    allowance
		ok                      bool
	}{
		{"300", "299", "60", allowance{300, 299, now.Add(time.Minute)}, true},
		{"", "10", "60", allowance{10, 10, now.Add(time.Minute)}, true},
		{"5", "10", "60", allowance{10, 10, now.Add(time.Minute)}, true},
		{"300", "-3", "60", allowance{300, 0, now.Add(time.Minute)}, true},
		{"300", "", "60", allowance{}, false},
		{"300", "x", "60", allowance{}, false},
		{"300", "10", "", allowance{}, false},
	} {
		h := http.Header{}
		h.Set("X-RateLimit-Limit", c.limit)
		h.Set("X-RateLimit-Remaining", c.remaining)
		h.Set("X-RateLimit-Reset", c.reset)
		if a, ok := parseAllowance(h, now); ok != c.ok || a != c.want {
			t.Errorf("%+v: %+v, %v", c, a, ok)
		}
	}
	if _, ok := parseAllowance(nil, now); ok {
		t.Error("an allowance without headers")
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 8, 8, 9, 20, 0, 0, time.UTC)
	for _, c := range []struct {
		values []string
		want   time.Duration
		ok     bool
	}{
		{[]string{"30"}, 30 * time.Second, true},
		{[]string{"30", "Sat, 08 Aug 2026 09:21:00 GMT"}, time.Minute, true},
		{[]string{"Sat, 08 Aug 2026 09:21:00 GMT", "x", "90"}, 90 * time.Second, true},
		{nil, 0, false},
		{[]string{"-1"}, 0, false},
		{[]string{"NaN"}, 0, false},
		{[]string{"later"}, 0, false},
	} {
		got, ok := parseRetryAfter(http.Header{"Retry-After": c.values}, now)
		if ok != c.ok || ok && !got.Equal(now.Add(c.want)) {
			t.Errorf("%q: %v, %v", c.values, got, ok)
		}
	}
}

func FuzzRateHeaders(f *testing.F) {
	f.Add("300", "299", "2026-08-08T09:25:00.482913Z", "Sat, 08 Aug 2026 09:20:00 GMT", "30")
	f.Add("300", "0", "1786181100", "", "Sat, 08 Aug 2026 09:21:00 GMT")
	f.Add("", "1", "1e18", "x", "1e300")
	now := time.Date(2026, 8, 8, 9, 20, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, limit, remaining, reset, date, after string) {
		h := http.Header{"X-Ratelimit-Limit": {limit}, "X-Ratelimit-Remaining": {remaining},
			"X-Ratelimit-Reset": {reset}, "Date": {date}, "Retry-After": {after}}
		if a, ok := parseAllowance(h, now); ok {
			if a.remaining < 0 || a.limit < a.remaining || a.reset.Sub(now).Abs() > farthest {
				t.Errorf("%+v", a)
			}
			var w window
			w.observe(a, w.send(now), now)
			if wait, _ := w.due(now); wait < 0 || wait > farthest+resetMargin {
				t.Errorf("a wait of %s", wait)
			}
		}
		for _, status := range []int{429, 503} {
			if at := retryAt(status, h, now); at.Sub(now) > farthest+resetMargin {
				t.Errorf("%d: %v", status, at)
			}
		}
	})
}
