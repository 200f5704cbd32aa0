package mastodon

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// A pause that home asks for also holds for other processes, but for no longer than
// a week.
func TestHomesPauseIsKept(t *testing.T) {
	for header, want := range map[string]time.Duration{"7200": 2 * time.Hour, "315360000": backfill.LongestPause} {
		for _, code := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			clock := backfilltest.NewClock()
			kept := new(backfilltest.Pauses)
			asked := 0
			answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("Retry-After", header)
				w.WriteHeader(code)
			})
			for range 3 {
				s, _ := newFake(t, Options{Clock: clock, Pauses: kept}, answer)
				var notNow *backfill.NotNowError
				if _, err := s.Import(t.Context(), "u"); !errors.As(err, &notNow) || !notNow.RetryAt.Equal(clock.Now().Add(want)) {
					t.Errorf("%d, %s: %v", code, header, err)
				}
			}
			if asked != 1 {
				t.Errorf("%d, %s: asked %d times", code, header, asked)
			}
		}
	}
}

// A process that starts during a pause sits out what is left of it, without a request
// to find that out again. Once it is over, nobody waits.
func TestHomesPauseHoldsForTheNextProcess(t *testing.T) {
	for name, kind := range map[string]struct {
		status int
		header func(until time.Time) (name, value string)
	}{
		"429, Mastodon": {http.StatusTooManyRequests, func(until time.Time) (string, string) {
			return "X-RateLimit-Reset", until.UTC().Format("2006-01-02T15:04:05.000000Z")
		}},
		"429, a date": {http.StatusTooManyRequests, func(until time.Time) (string, string) {
			return "Retry-After", until.UTC().Format(http.TimeFormat)
		}},
		"503, a date": {http.StatusServiceUnavailable, func(until time.Time) (string, string) {
			return "Retry-After", until.UTC().Format(http.TimeFormat)
		}},
	} {
		for _, length := range []time.Duration{40 * time.Second, 4 * time.Minute, 2 * time.Hour} {
			clock := backfilltest.NewClock()
			began := clock.Now()
			until := began.Add(length)
			kept := new(backfilltest.Pauses)
			asked := 0
			answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked++; asked > 1 {
					echo.ServeHTTP(w, r)
					return
				}
				w.Header().Set(kind.header(until))
				w.WriteHeader(kind.status)
			})
			ctx, end := context.WithCancel(t.Context())
			first, _ := newFake(t, Options{Clock: clock, Pauses: kept, OnWait: func(time.Time, string) { end() }}, answer)
			if _, err := first.Import(ctx, "u"); err == nil || asked != 1 {
				t.Fatalf("%s for %s: asked %d times, error %v", name, length, asked, err)
			}
			end()

			clock.Set(began.Add(10 * time.Second))
			second, _ := newFake(t, Options{Clock: clock, Pauses: kept}, answer)
			var notNow *backfill.NotNowError
			if _, err := second.Import(t.Context(), "u"); length > longestWait {
				if !errors.As(err, &notNow) || asked != 1 || notNow.RetryAt.Sub(until).Abs() > 2*time.Second {
					t.Errorf("%s for %s: asked %d times: %v", name, length, asked, err)
				}
			} else if late := clock.Now().Sub(until); err != nil || asked != 2 || late < 0 || late > 2*time.Second {
				t.Errorf("%s for %s: asked %d times, %s after the end: %v", name, length, asked, late, err)
			}
			clock.Set(until.Add(2 * time.Second))
			waited := clock.Waited()
			third, _ := newFake(t, Options{Clock: clock, Pauses: kept}, answer)
			if _, err := third.Import(t.Context(), "u"); err != nil || clock.Waited() != waited {
				t.Errorf("%s for %s: after the pause: waited %s, error %v", name, length, clock.Waited()-waited, err)
			}
		}
	}
}

func TestHomesPauseThatCannotBeKept(t *testing.T) {
	broken := errors.New("the ledger is gone")
	s, w := newFake(t, Options{Clock: backfilltest.NewClock(), Pauses: &backfilltest.Pauses{Err: broken}}, echo)
	if _, err := s.Import(t.Context(), "u"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	_ = w
}
