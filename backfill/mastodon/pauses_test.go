package mastodon

import (
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

func TestHomesPauseThatCannotBeKept(t *testing.T) {
	broken := errors.New("the ledger is gone")
	s, w := newFake(t, Options{Clock: backfilltest.NewClock(), Pauses: &backfilltest.Pauses{Err: broken}}, echo)
	if _, err := s.Import(t.Context(), "u"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	_ = w
}
