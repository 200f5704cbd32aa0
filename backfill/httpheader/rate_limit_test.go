package httpheader

import (
	"net/http"
	"testing"
	"time"
)

func TestRateLimitReset(t *testing.T) {
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
		got, ok := RateLimitReset(http.Header{"X-Ratelimit-Reset": {s}}, now)
		if !ok || !got.Equal(want.Add(d)) {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "soon", "-1", "NaN", "Inf", "1e300", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1786181100000000"} {
		if got, ok := RateLimitReset(http.Header{"X-Ratelimit-Reset": {s}}, now); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
	// a server whose clock is an hour ahead
	ahead := func(reset string) http.Header {
		return http.Header{"X-Ratelimit-Reset": {reset}, "Date": {now.Add(time.Hour).Format(http.TimeFormat)}}
	}
	if got, _ := RateLimitReset(ahead("2026-08-08T10:25:00Z"), now); !got.Equal(want) {
		t.Errorf("skewed: %v", got)
	}
	if got, _ := RateLimitReset(ahead("300"), now); !got.Equal(want) {
		t.Errorf("relative: %v", got)
	}
}

func TestParseRateLimit(t *testing.T) {
	now := time.Date(2026, 8, 8, 9, 20, 0, 0, time.UTC)
	for _, c := range []struct {
		limit, remaining, reset string
		want                    RateLimit
		ok                      bool
	}{
		{"300", "299", "60", RateLimit{300, 299, now.Add(time.Minute)}, true},
		{"", "10", "60", RateLimit{10, 10, now.Add(time.Minute)}, true},
		{"5", "10", "60", RateLimit{10, 10, now.Add(time.Minute)}, true},
		{"300", "-3", "60", RateLimit{300, 0, now.Add(time.Minute)}, true},
		{"300", "", "60", RateLimit{}, false},
		{"300", "x", "60", RateLimit{}, false},
		{"300", "10", "", RateLimit{}, false},
	} {
		h := http.Header{}
		h.Set("X-RateLimit-Limit", c.limit)
		h.Set("X-RateLimit-Remaining", c.remaining)
		h.Set("X-RateLimit-Reset", c.reset)
		if a, ok := ParseRateLimit(h, now); ok != c.ok || a != c.want {
			t.Errorf("%+v: %+v, %v", c, a, ok)
		}
	}
	if _, ok := ParseRateLimit(nil, now); ok {
		t.Error("a rate limit without headers")
	}
}

func TestRetryAfter(t *testing.T) {
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
		{[]string{"1e300"}, Farthest, true},
		{[]string{"Fri, 01 Jan 9999 00:00:00 GMT"}, 0, false},
		{[]string{"Sat, 08 Aug 2026 09:19:00 GMT"}, -time.Minute, true},
	} {
		got, ok := RetryAfter(http.Header{"Retry-After": c.values}, now)
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
		if r, ok := ParseRateLimit(h, now); ok && (r.Remaining < 0 || r.Limit < r.Remaining || r.Reset.Sub(now).Abs() > Farthest) {
			t.Errorf("%+v", r)
		}
		if at, ok := RetryAfter(h, now); ok && at.Sub(now) > Farthest {
			t.Errorf("%v", at)
		}
	})
}
