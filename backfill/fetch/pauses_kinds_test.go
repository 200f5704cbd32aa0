package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// pauseKinds are the ways in which servers ask for a pause that ends at a time.
var pauseKinds = map[string]struct {
	status int
	header func(now, until time.Time) (name, value string)
}{
	"429, seconds":  {http.StatusTooManyRequests, retryAfterSeconds},
	"503, seconds":  {http.StatusServiceUnavailable, retryAfterSeconds},
	"429, a date":   {http.StatusTooManyRequests, retryAfterDate},
	"503, a date":   {http.StatusServiceUnavailable, retryAfterDate},
	"429, Mastodon": {http.StatusTooManyRequests, rateLimitReset},
	"503, Mastodon": {http.StatusServiceUnavailable, rateLimitReset},
}

func retryAfterSeconds(now, until time.Time) (name, value string) {
	return "Retry-After", fmt.Sprint(int(until.Sub(now).Seconds()))
}

func retryAfterDate(_, until time.Time) (name, value string) {
	return "Retry-After", until.UTC().Format(http.TimeFormat)
}

func rateLimitReset(_, until time.Time) (name, value string) {
	return "X-RateLimit-Reset", until.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// Whatever way a pause is asked for: a process that starts while it lasts sits out what
// is left of a short one, defers what a long one concerns, and asks nobody meanwhile.
// Once it is over, nobody waits.
func TestEveryKindOfPauseIsKept(t *testing.T) {
	for name, kind := range pauseKinds {
		for _, length := range []time.Duration{40 * time.Second, 20 * time.Minute} {
			t.Run(fmt.Sprintf("%s for %s", name, length), func(t *testing.T) {
				clock := backfilltest.NewClock()
				began := clock.Now()
				until := began.Add(length)
				asked := 0
				o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
					if asked++; asked == 1 {
						w.Header().Set("Date", clock.Now().UTC().Format(http.TimeFormat))
						w.Header().Set(kind.header(clock.Now(), until))
						w.WriteHeader(kind.status)
						return
					}
					answerJSON(w, "{}")
				}))
				options := o.options()
				options.Clock, options.Pauses = clock, new(backfilltest.Pauses)
				request := Request{URL: documentURL, Kind: Object}

				// The first process ends as soon as it has to wait.
				ctx, end := context.WithCancel(t.Context())
				mortal := options
				mortal.OnWait = func(string, time.Time) { end() }
				if _, err := newTestClient(t, mortal).Get(ctx, request); err == nil || asked != 1 {
					t.Fatalf("asked %d times, error %v", asked, err)
				}
				end()

				clock.Set(began.Add(10 * time.Second))
				_, err := newTestClient(t, options).Get(t.Context(), request)
				if length <= backfill.SitOut {
					if late := clock.Now().Sub(until); err != nil || asked != 2 || late < 0 || late > time.Second {
						t.Errorf("asked %d times, the last time %s after the end: %v", asked, late, err)
					}
					return
				}
				var paused *backfill.PausedError
				if !errors.As(err, &paused) || asked != 1 || paused.Until.Sub(until).Abs() > time.Second {
					t.Errorf("asked %d times: %v, want a pause until %s", asked, err, until)
				}
				clock.Set(until.Add(time.Second))
				waited := clock.Waited()
				if _, err := newTestClient(t, options).Get(t.Context(), request); err != nil || clock.Waited() != waited {
					t.Errorf("after the pause: waited %s, error %v", clock.Waited()-waited, err)
				}
			})
		}
	}
}

// A pause that another process is asked for while this one waits holds for it, too.
func TestAPauseThatGrowsMeanwhile(t *testing.T) {
	asked := 0
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		answerJSON(w, "{}")
	}))
	options := o.options()
	clock, kept := backfilltest.NewClock(), new(backfilltest.Pauses)
	options.Clock, options.Pauses = clock, kept
	pause := func(d time.Duration) {
		if err := kept.Pause(t.Context(), "a.example.com", clock.Now().Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	pause(20 * time.Second)
	until := clock.Now().Add(50 * time.Second)
	first := true
	options.OnWait = func(string, time.Time) {
		if first {
			first = false
			pause(50 * time.Second)
		}
	}
	if _, err := newTestClient(t, options).Get(t.Context(), Request{URL: documentURL, Kind: Object}); err != nil || clock.Now().Before(until) || asked != 1 {
		t.Errorf("asked %d times, %s before the end: %v", asked, until.Sub(clock.Now()), err)
	}
}

// A server whose proxy gets no answer from it is down, and not just at odds with one
// request.
func TestStatusesOfAServerThatIsDown(t *testing.T) {
	status := 0
	o := newTestOrigin(t, withoutRobots(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	options := o.options()
	options.Burst = 1000
	c := newTestClient(t, options)
	down := map[int]bool{502: true, 503: true, 504: true}
	for s := 520; s <= 530; s++ {
		down[s] = true
	}
	for _, status = range []int{400, 403, 404, 410, 500, 501, 502, 503, 504, 505, 507, 511, 519, 520, 521, 522, 523, 524, 525, 526, 527, 530, 531, 599} {
		_, err := c.Get(t.Context(), Request{URL: documentURL, Kind: Object})
		var refused *backfill.OriginError
		if !errors.As(err, &refused) || refused.Down != down[status] {
			t.Errorf("%d: %v", status, err)
		}
		if down[status] && (refused.Host != "a.example.com" || refused.Cause != backfill.ServerError) {
			t.Errorf("%d: %+v", status, refused)
		}
	}
}
