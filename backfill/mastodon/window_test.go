package mastodon

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/httpheader"
)

// oddly answers like next, except that the answers with these numbers, counted from
// 1, say something else about the limit.
type oddly struct {
	next             http.Handler
	numbers          map[int]bool
	remaining, limit int
	reset            time.Duration
	mu               sync.Mutex
	answers          int
}

func (o *oddly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.answers++
	odd := o.numbers[o.answers]
	o.mu.Unlock()
	o.next.ServeHTTP(&oddHeader{ResponseWriter: w, odd: odd, by: o}, r)
}

type oddHeader struct {
	http.ResponseWriter
	odd bool
	by  *oddly
}

func (h *oddHeader) WriteHeader(status int) {
	if h.odd {
		h.Header().Set("X-RateLimit-Limit", fmt.Sprint(h.by.limit))
		h.Header().Set("X-RateLimit-Remaining", fmt.Sprint(h.by.remaining))
		h.Header().Set("X-RateLimit-Reset", time.Now().Add(h.by.reset).UTC().Format(time.RFC3339Nano))
	}
	h.ResponseWriter.WriteHeader(status)
}

// TestOneOddAnswerDoesNotHoldUpTheRest: later answers override it, whether it is the
// first one or one in the middle, for a page or for another request.
func TestOneOddAnswerDoesNotHoldUpTheRest(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		for _, number := range []int{1, 2, 12, 20, 21, 22, 23, 50} {
			for _, odd := range []struct {
				remaining, limit int
				reset            time.Duration
			}{
				{remaining: 3, limit: 300, reset: 50 * time.Minute},
				{remaining: 1, limit: 1000, reset: 59 * time.Minute},
				{remaining: 3, limit: 300, reset: 4 * time.Minute},
				{remaining: 2, limit: 2, reset: 50 * time.Minute},
			} {
				t.Run(fmt.Sprintf("answer %d of %d workers, %d in %s", number, workers, odd.remaining, odd.reset), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						home := mastodonLimits(echo)
						home.latency = 200 * time.Millisecond
						time.Sleep(17 * time.Second)
						o := &oddly{next: home, numbers: map[int]bool{number: true}, remaining: odd.remaining, limit: odd.limit, reset: odd.reset}
						s, _ := newFake(t, Options{}, o)
						start := time.Now()
						importAll(t, s, 120, workers)
						if d := time.Since(start); d > time.Minute {
							t.Errorf("120 imports took %s", d)
						}
						if n := home.refused(); n > 0 {
							t.Errorf("%d answers were 429", n)
						}
					})
				})
			}
		}
	}
}

// TestPagesAloneRefuteAStaleWindow: while only lists are read, no answer mentions
// the limit for all requests.
func TestPagesAloneRefuteAStaleWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		time.Sleep(17 * time.Second)
		o := &oddly{next: home, numbers: map[int]bool{1: true}, remaining: 3, limit: 300, reset: 50 * time.Minute}
		s, _ := newFake(t, Options{}, o)
		if _, err := s.Import(t.Context(), "u"); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 60 {
			if _, err := s.Held(t.Context(), fediverse.Account{ID: "1"}, time.Time{}, "99"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d > 65*time.Second {
			t.Errorf("60 pages took %s", d)
		}
	})
}

func TestAClockThatIsSetBack(t *testing.T) {
	for _, back := range []time.Duration{time.Second, 10 * time.Second, 5 * time.Minute, 2 * time.Hour, 400 * 24 * time.Hour} {
		for name, remaining := range map[string]int{"free": 279, "spread": 100} {
			clock := backfilltest.NewClock()
			home := clock.Now() // home's own clock is right
			answers := 0
			s, _ := newFake(t, Options{Clock: clock}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answers++
				w.Header().Set("X-RateLimit-Limit", "300")
				w.Header().Set("X-RateLimit-Remaining", fmt.Sprint(remaining))
				w.Header().Set("X-RateLimit-Reset", home.Add(4*time.Minute).Format(time.RFC3339Nano))
				w.Header().Set("Date", home.Format(http.TimeFormat))
				echo(w, r)
			}))
			for i := range 10 {
				if i == 5 {
					clock.Step(-back)
				}
				start := clock.Now()
				if _, err := s.Import(t.Context(), "u"); err != nil {
					t.Fatalf("%s, back by %s: %v", name, back, err)
				}
				if d := clock.Now().Sub(start); d > 3*time.Second {
					t.Errorf("%s, back by %s: request %d waited %s", name, back, i, d)
				}
			}
		}
	}
}

// TestAClockThatIsSetBackDuringAPause: the pause lasts as long as home asked for.
func TestAClockThatIsSetBackDuringAPause(t *testing.T) {
	clock := backfilltest.NewClock()
	s, _ := newFake(t, Options{Clock: clock}, echo)
	if _, err := s.Import(t.Context(), "u"); err != nil {
		t.Fatal(err)
	}
	if err := s.transport.gate.pause(t.Context(), clock.Now().Add(time.Minute), clock.Now()); err != nil {
		t.Fatal(err)
	}
	clock.Step(-2 * time.Hour)
	start := clock.Now()
	if _, err := s.Import(t.Context(), "u"); err != nil {
		t.Fatal(err)
	}
	if d := clock.Now().Sub(start); d > 61*time.Second {
		t.Errorf("the pause took %s", d)
	}
}

// TestAnOvertakenAnswerDoesNotLoosen: the answer to the first request comes last,
// and says how much was left before another program used the token.
func TestAnOvertakenAnswerDoesNotLoosen(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	reset := now.Add(4 * time.Minute)
	for _, late := range []httpheader.RateLimit{{Limit: 300, Remaining: 250, Reset: reset}, {Limit: 300, Remaining: 250, Reset: reset.Add(-time.Minute)}, {Limit: 300, Remaining: 250, Reset: reset.Add(time.Hour)}} {
		var w window
		first, second := w.send(now), w.send(now)
		w.observe(httpheader.RateLimit{Limit: 300, Remaining: 10, Reset: reset}, second, now)
		w.done()
		w.observe(late, first, now)
		w.done()
		if w.remaining > 10 || !w.reset.Equal(reset) {
			t.Errorf("after %+v: %d left until %s", late, w.remaining, w.reset)
		}
		// what was sent later is newer
		third := w.send(now)
		w.observe(httpheader.RateLimit{Limit: 300, Remaining: 249, Reset: reset}, third, now)
		if w.remaining != 249 {
			t.Errorf("after a newer answer %d are left", w.remaining)
		}
	}
}

// TestRequestsThatCrossEachOther: home counts two requests in a different order from
// the one they were sent in. Whichever answer comes first, no more is left than home
// said last.
func TestRequestsThatCrossEachOther(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	reset := now.Add(4 * time.Minute)
	for _, swapped := range []bool{false, true} {
		var w window
		zeroth := w.send(now)
		w.observe(httpheader.RateLimit{Limit: 300, Remaining: 102, Reset: reset}, zeroth, now)
		w.done()
		a, b := w.send(now), w.send(now)
		if swapped {
			w.observe(httpheader.RateLimit{Limit: 300, Remaining: 101, Reset: reset}, b, now)
			w.done()
			w.observe(httpheader.RateLimit{Limit: 300, Remaining: 100, Reset: reset}, a, now)
		} else {
			w.observe(httpheader.RateLimit{Limit: 300, Remaining: 100, Reset: reset}, a, now)
			w.done()
			w.observe(httpheader.RateLimit{Limit: 300, Remaining: 101, Reset: reset}, b, now)
		}
		w.done()
		if w.remaining > 100 {
			t.Errorf("swapped %v: %d are left", swapped, w.remaining)
		}
	}
}
