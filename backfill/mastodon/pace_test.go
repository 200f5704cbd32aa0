package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/limit"
)

// echo answers an import with the requested post, and a list of posts with an empty
// one.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/v2/search" {
		reply(w, 200, fmt.Sprintf(`{"statuses":[{"uri":%q}]}`, r.URL.Query().Get("q")))
		return
	}
	reply(w, 200, `[]`)
})

// importAll imports n posts with the given number of goroutines, and reads a page of
// held posts after every tenth.
func importAll(t *testing.T, s *Server, n, workers int) {
	t.Helper()
	posts := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range posts {
				if _, err := s.Import(t.Context(), fmt.Sprintf("https://photos.example/%d", i)); err != nil {
					t.Errorf("import %d: %v", i, err)
				}
				if i%10 == 0 {
					a := fediverse.Account{ID: "1"}
					if _, err := s.Held(t.Context(), a, time.Time{}, "99"); err != nil {
						t.Errorf("page %d: %v", i, err)
					}
				}
			}
		})
	}
	for i := range n {
		posts <- i
	}
	close(posts)
	wg.Wait()
}

func TestImportsKeepToMastodonsLimits(t *testing.T) {
	for _, c := range []struct {
		workers int
		latency time.Duration
		ahead   time.Duration
	}{
		{2, 300 * time.Millisecond, 0},
		{1, 50 * time.Millisecond, 0},
		{8, 2 * time.Second, 0},
		{2, 300 * time.Millisecond, 3*time.Hour + 1400*time.Millisecond},
		{2, 300 * time.Millisecond, -40*time.Minute - 700*time.Millisecond},
		{2, 300 * time.Millisecond, -1900 * time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%d workers, %s, clock %s ahead", c.workers, c.latency, c.ahead), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				home := mastodonLimits(echo)
				home.latency, home.ahead = c.latency, c.ahead
				time.Sleep(77*time.Second + 123*time.Millisecond) // not on the edge of a window
				s, _ := newFake(t, Options{}, home)
				importAll(t, s, 2000, c.workers)
				if n := home.refused(); n > 0 {
					t.Errorf("%d answers were 429", n)
				}
				checkUsed(t, &home.all)
			})
		})
	}
}

// checkUsed checks the full windows: all but the first and the last.
func checkUsed(t *testing.T, th *throttle) {
	t.Helper()
	var first, last time.Time
	for w := range th.counts {
		if first.IsZero() {
			first = w
		}
		if w.Before(first) {
			first = w
		}
		if w.After(last) {
			last = w
		}
	}
	full := 0
	for w, n := range th.counts {
		t.Logf("%s: %d", w.Format(time.TimeOnly), n)
		if w.Equal(first) || w.Equal(last) {
			continue
		}
		full++
		if n < th.limit*95/100 {
			t.Errorf("in the window of %s only %d of %d were used", w.Format(time.TimeOnly), n, th.limit)
		}
	}
	if full < 5 {
		t.Errorf("only %d full windows", full)
	}
}

func TestPagesKeepToTheirOwnLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		time.Sleep(13 * time.Minute)
		s, _ := newFake(t, Options{}, home)
		for i := range 1000 {
			a := fediverse.Account{ID: "1"}
			if _, err := s.Held(t.Context(), a, time.Time{}, "99"); err != nil {
				t.Fatal(err)
			}
			if i%50 == 0 {
				if _, err := s.Import(t.Context(), "https://photos.example/1"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := home.refused(); n > 0 {
			t.Errorf("%d answers were 429", n)
		}
		if d := time.Since(time.Date(2000, 1, 1, 0, 13, 0, 0, time.UTC)); d > time.Hour {
			t.Errorf("1000 pages took %s", d)
		}
	})
}

func TestImportsGoOnWhileThePagesAreUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		s, _ := newFake(t, Options{}, home)
		a := fediverse.Account{ID: "1"}
		if _, err := s.Import(t.Context(), "https://photos.example/0"); err != nil {
			t.Fatal(err)
		}
		home.paging.spend(time.Now(), 299)
		if _, err := s.Held(t.Context(), a, time.Time{}, "99"); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 100 {
			if _, err := s.Import(t.Context(), "https://photos.example/1"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("100 imports took %s", d)
		}
		if _, err := s.Held(t.Context(), a, time.Time{}, "98"); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 14*time.Minute {
			t.Errorf("the next page came after %s", d)
		}
		if home.refused() > 0 {
			t.Error("there was a 429")
		}
	})
}

func TestAnotherProgramUsesTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		home.latency = 200 * time.Millisecond
		var mu sync.Mutex
		var waits []string
		s, _ := newFake(t, Options{OnWait: func(until time.Time, reason string) {
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, fmt.Sprintf("%s until %s", reason, until.Format(time.TimeOnly)))
		}}, home)
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for i := 0; ctx.Err() == nil; i++ {
				home.all.spend(time.Now(), 100) // in big gulps
				if err := (backfill.SystemClock{}).Wait(ctx, 70*time.Second); err != nil {
					return
				}
			}
		}()
		importAll(t, s, 600, 2)
		stop()
		if n := home.refused(); n > 20 {
			t.Errorf("%d answers were 429", n)
		}
		if len(waits) == 0 {
			t.Error("nobody was told of the waits")
		}
		t.Logf("%d refusals, waits: %q", home.refused(), waits)
	})
}

func TestA429PausesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		home.latency = 100 * time.Millisecond
		s, w := newFake(t, Options{Rate: limit.Unlimited}, home)
		if _, err := s.Import(t.Context(), "https://photos.example/0"); err != nil {
			t.Fatal(err)
		}
		home.all.spend(time.Now(), 300)
		importAll(t, s, 50, 4)
		if n := home.refused(); n < 1 || n > 4 {
			t.Errorf("%d answers were 429, with 4 at a time", n)
		}
		if reset := time.Date(2000, 1, 1, 0, 5, 1, 0, time.UTC); time.Now().Before(reset) {
			t.Errorf("it was over at %s", time.Now())
		}
		if n := int64(len(w.requests())); n != s.Requests() {
			t.Errorf("%d requests were counted, %d sent", s.Requests(), n)
		}
		if n := int64(home.refused()); n != s.Limited() {
			t.Errorf("%d answers of 429 were counted, %d sent", s.Limited(), n)
		}
	})
}

func TestA429WithoutATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s, w := newFake(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 429, `{"error":"go\u001b[31m away"}`)
		}))
		_, err := s.Import(t.Context(), "https://photos.example/0")
		var away *backfill.UnavailableError
		var notNow *backfill.NotNowError
		if !errors.As(err, &away) || !errors.As(err, &notNow) {
			t.Fatalf("error %v", err)
		}
		if notNow.Message != "go away" {
			t.Errorf("message %q", notNow.Message)
		}
		if n := len(w.requests()); n != mostTries {
			t.Errorf("%d requests", n)
		}
		if d := time.Since(start); d != (1+2+4+8)*time.Minute {
			t.Errorf("it took %s", d)
		}
	})
}

func Test429sOfOneMomentCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s, _ := newFake(t, Options{Rate: limit.Unlimited}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second)
			if time.Since(start) < 30*time.Second {
				reply(w, 429, `{}`)
				return
			}
			echo(w, r)
		}))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := s.Import(t.Context(), "u"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if d := time.Since(start); d != firstPause+2*time.Second {
			t.Errorf("it took %s", d)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header []string
		want   time.Duration
	}{
		{"seconds", 429, []string{"Retry-After", "30"}, 30 * time.Second},
		{"a 503 that names a time", 503, []string{"Retry-After", "7"}, 7 * time.Second},
		{"reset is later", 429, []string{"Retry-After", "5", "X-RateLimit-Reset", "90"}, 91 * time.Second},
		{"date", 429, []string{"Retry-After", "Sat, 01 Jan 2000 00:01:00 GMT"}, time.Minute},
		{"date of a clock that is ahead", 429,
			[]string{"Retry-After", "Sat, 01 Jan 2000 01:01:00 GMT", "Date", "Sat, 01 Jan 2000 01:00:00 GMT"}, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, first := time.Now(), true
				s, _ := newFake(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if first {
						first = false
						reply(w, c.status, `{"error":"server capacity exceeded"}`, c.header...)
						return
					}
					echo(w, r)
				}))
				if _, err := s.Import(t.Context(), "https://photos.example/0"); err != nil {
					t.Fatal(err)
				}
				if d := time.Since(start); d != c.want {
					t.Errorf("it took %s instead of %s", d, c.want)
				}
			})
		})
	}
}

func TestTooLongAPauseIsNotSatOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s, w := newFake(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 429, `{}`, "Retry-After", "86400")
		}))
		for range 3 {
			_, err := s.Import(t.Context(), "https://photos.example/0")
			var notNow *backfill.NotNowError
			if !errors.As(err, &notNow) || !notNow.RetryAt.Equal(start.Add(24*time.Hour)) {
				t.Fatalf("error %v", err)
			}
		}
		if n := len(w.requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestWithoutRateHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var now, most int
		s, w := newFake(t, Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(5 * time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			echo(w, r)
		}))
		start := time.Now()
		importAll(t, s, 20, 6)
		if most != carefulFlight {
			t.Errorf("%d requests at a time", most)
		}
		if s.RateKnown() {
			t.Error("the rate is known")
		}
		want := time.Duration(len(w.requests())) * 5 * time.Second / 2
		if d := time.Since(start); d < want || d > want+5*time.Second {
			t.Errorf("it took %s, want %s", d, want)
		}
	})
}

func TestAFixedRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newFake(t, Options{Rate: limit.PerSecond(4)}, mastodonLimits(echo))
		start := time.Now()
		for range 21 {
			if _, err := s.Import(t.Context(), "https://photos.example/0"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start).Round(time.Millisecond); d != 5*time.Second {
			t.Errorf("21 requests took %s", d)
		}
	})
}

func TestTheEndOfTheContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		s, w := newFake(t, Options{}, home)
		if _, err := s.Import(t.Context(), "https://photos.example/0"); err != nil {
			t.Fatal(err)
		}
		home.all.spend(time.Now(), 298)
		if _, err := s.Import(t.Context(), "https://photos.example/0"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan error)
		go func() {
			_, err := s.Import(ctx, "https://photos.example/1")
			got <- err
		}()
		synctest.Wait()
		now := time.Now()
		cancel()
		if err := <-got; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if !time.Now().Equal(now) || len(w.requests()) != 2 {
			t.Errorf("it took %s and %d requests", time.Since(now), len(w.requests()))
		}
	})
}

func TestAnImportUnderWayIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		home.latency = 20 * time.Second
		s, _ := newFake(t, Options{}, home)
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan error)
		go func() {
			_, err := s.Import(ctx, "https://photos.example/1")
			got <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-got; err != nil {
			t.Errorf("error %v", err)
		}
	})
}

func TestNoAnswerInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s, _ := newFake(t, Options{}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}))
		_, err := s.Import(t.Context(), "https://photos.example/1")
		if !errors.Is(err, backfill.ErrUncertain) || time.Since(start) != answerTimeout {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		_, err = s.Held(t.Context(), fediverse.Account{ID: "1"}, time.Time{}, "")
		var away *backfill.UnavailableError
		if !errors.As(err, &away) || errors.Is(err, backfill.ErrUncertain) {
			t.Errorf("error %v", err)
		}
	})
}

func TestPartOfTheWindowIsFreeAndTheRestIsSpread(t *testing.T) {
	for _, c := range []struct {
		software string
		// spreadFrom is the first request that waits, and gap how long each does.
		spreadFrom int
		gap        time.Duration
	}{
		{"", 150, 2 * time.Second},
		{"gotosocial", 150, 2 * time.Second},
		{"mastodon", 270, 10 * time.Second},
	} {
		t.Run(c.software, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				home := mastodonLimits(echo)
				s, _ := newFake(t, Options{}, home)
				s.SetSoftware(fediverse.Software{Name: c.software})
				start := time.Now()
				var times []time.Duration
				for range 290 {
					if _, err := s.Import(t.Context(), "u"); err != nil {
						t.Fatal(err)
					}
					times = append(times, time.Since(start))
				}
				if free := times[c.spreadFrom-2]; free > time.Second {
					t.Errorf("the free part took %s", free)
				}
				for i := c.spreadFrom + 2; i < len(times); i++ {
					if gap := times[i] - times[i-1]; (gap - c.gap).Abs() > c.gap/10 {
						t.Fatalf("request %d came %s after the one before", i, gap)
					}
				}
			})
		})
	}
}

// TestHalfOfThePagesStaysForOthers: Mastodon counts the pages of a person, whatever
// the app.
func TestHalfOfThePagesStaysForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := mastodonLimits(echo)
		s, _ := newFake(t, Options{}, home)
		s.SetSoftware(fediverse.Software{Name: "mastodon"})
		read := func(pages int) time.Duration {
			if _, err := s.Import(t.Context(), "u"); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			for range pages {
				if _, err := s.Held(t.Context(), fediverse.Account{ID: "1"}, time.Time{}, "99"); err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(start)
		}
		if took := read(145); took > time.Second {
			t.Errorf("the free half took %s", took)
		}
		time.Sleep(5 * time.Minute) // the requests count anew, the pages do not
		if took := read(20); took < 45*time.Second {
			t.Errorf("20 pages of the other half took %s", took)
		}
	})
}
