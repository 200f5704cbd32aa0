package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func TestPacePerHost(t *testing.T) {
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, "{}") }))
	options := o.options()
	clock := backfilltest.NewClock()
	options.Clock = clock
	c := newTestClient(t, options)
	for range 10 {
		if _, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil {
			t.Fatal(err)
		}
	}
	// With robots.txt there are 11 requests, 5 of which go out at once.
	if got := clock.Waited().Round(time.Millisecond); got != 6*time.Second {
		t.Errorf("waited %s, want 6s", got)
	}
	before := clock.Waited()
	if _, err := c.Get(t.Context(), Request{URL: "https://b.example.com/x", Kind: Object}); err != nil {
		t.Fatal(err)
	}
	if clock.Waited() != before {
		t.Error("a busy host held up another")
	}
}

func TestOneRequestAtATime(t *testing.T) {
	var now, most atomic.Int64
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		answerJSON(w, "{}")
		now.Add(-1)
	}))
	options := o.options()
	options.Burst = 100
	c := newTestClient(t, options)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("%s%d", documentURL, i), Kind: Object}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d requests at a time", most.Load())
	}
}

func TestShortPauseIsWaitedFor(t *testing.T) {
	var asked int
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "20")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		answerJSON(w, "{}")
	}))
	options := o.options()
	clock := backfilltest.NewClock()
	start := clock.Now()
	options.Clock = clock
	var told []string
	options.OnWait = func(host string, until time.Time) {
		told = append(told, fmt.Sprintf("%s %s", host, until.Sub(start).Round(time.Second)))
	}
	if _, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil {
		t.Fatal(err)
	}
	if clock.Waited() != 20*time.Second || fmt.Sprint(told) != "[a.example.com 20s]" {
		t.Errorf("waited %s, told %q", clock.Waited(), told)
	}
}

func TestLongPauseIsNotWaitedFor(t *testing.T) {
	var asked int
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		if asked == 1 {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		answerJSON(w, "{}")
	}))
	options := o.options()
	clock := backfilltest.NewClock()
	options.Clock = clock
	until := clock.Now().Add(600 * time.Second)
	c := newTestClient(t, options)
	for range 3 {
		_, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
		var paused *backfill.PausedError
		if !errors.As(err, &paused) || paused.Host != "a.example.com" || !paused.Until.Equal(until) {
			t.Fatalf("error = %v, want a pause until %s", err, until)
		}
	}
	if asked != 1 || clock.Waited() != 0 {
		t.Errorf("asked %d times, waited %s", asked, clock.Waited())
	}
	clock.Step(601 * time.Second)
	if _, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil {
		t.Error(err)
	}
}

func TestEndlessShortPausesEnd(t *testing.T) {
	var asked int
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	c := o.client(t)
	_, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
	var paused *backfill.PausedError
	if !errors.As(err, &paused) || asked != maxTries {
		t.Errorf("error = %v after %d requests", err, asked)
	}
	if n := c.Limited(); n != int64(asked) {
		t.Errorf("%d answers of 429 were counted, %d sent", n, asked)
	}
}

func TestWaitEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	if _, err := o.client(t).Get(ctx, Request{URL: documentURL, Kind: Object}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestPauseHeaders(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name   string
		status int
		header http.Header
		want   time.Duration
	}{
		{"seconds", 429, http.Header{"Retry-After": {"30"}}, 30 * time.Second},
		{"date", 503, http.Header{"Retry-After": {date(90 * time.Second)}}, 90 * time.Second},
		{"two, the longer counts (GoToSocial)", 503, http.Header{"Retry-After": {"10", date(time.Minute)}}, time.Minute},
		{"the host's own clock is an hour ahead", 503,
			http.Header{"Date": {date(time.Hour)}, "Retry-After": {date(time.Hour + 30*time.Second)}}, 30 * time.Second},
		{"ISO 8601 (Mastodon)", 429, http.Header{"X-Ratelimit-Reset": {"2026-03-01T12:05:00.123456Z"}}, 5*time.Minute + 123456*time.Microsecond},
		{"Unix seconds", 429, http.Header{"X-Ratelimit-Reset": {fmt.Sprint(now.Unix() + 40)}}, 40 * time.Second},
		{"Unix milliseconds", 429, http.Header{"X-Ratelimit-Reset": {fmt.Sprint(now.UnixMilli() + 40000)}}, 40 * time.Second},
		{"seconds left", 429, http.Header{"X-Ratelimit-Reset": {"12"}}, 12 * time.Second},
		{"Retry-After goes before reset", 429, http.Header{"Retry-After": {"5"}, "X-Ratelimit-Reset": {"500"}}, 5 * time.Second},
		{"past", 429, http.Header{"Retry-After": {date(-time.Hour)}}, time.Second},
		{"negative, and so no time at all", 429, http.Header{"Retry-After": {"-5"}}, unnamedPause},
		{"a thousand years", 429, http.Header{"Retry-After": {"31536000000"}}, maxPause},
		{"not a number", 429, http.Header{"Retry-After": {"NaN"}}, unnamedPause},
		{"rubbish", 429, http.Header{"Retry-After": {"soon"}}, unnamedPause},
		{"nothing", 429, http.Header{}, unnamedPause},
		{"an ordinary 503", 503, http.Header{}, 0},
	} {
		d, ok := pauseOf(&http.Response{StatusCode: c.status, Header: c.header}, now)
		if want := c.want != 0; ok != want || ok && d.Round(time.Microsecond) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, d, ok, c.want)
		}
	}
}

func TestHostMemoryIsBounded(t *testing.T) {
	hs := newHosts(0, 0, func() *http.Transport { return new(http.Transport) })
	kept := hs.borrow("kept.example.com")
	for i := range 3 * maxHosts {
		hs.giveBack(hs.borrow(fmt.Sprintf("h%d.example.com", i)))
	}
	if len(hs.byName) > maxHosts {
		t.Errorf("%d hosts are remembered", len(hs.byName))
	}
	if hs.byName["kept.example.com"] != kept {
		t.Error("a host in use was forgotten")
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"5", "-1", "1e300", "Sun, 01 Mar 2026 12:00:00 GMT", "NaN", "2026-03-01T12:00:00Z", "9999999999999"} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, v string) {
		for _, name := range []string{"Retry-After", "X-Ratelimit-Reset"} {
			answer := &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{name: {v}}}
			if d, ok := pauseOf(answer, now); ok && (d < time.Second || d > maxPause) {
				t.Errorf("%s: %q is a pause of %s", name, v, d)
			}
		}
	})
}
