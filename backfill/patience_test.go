package backfill_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
)

// newPatience collects what it reports in the returned slice.
func newPatience(c backfill.Clock) (*backfill.Patience, *[]backfill.Event) {
	var mu sync.Mutex
	told := new([]backfill.Event)
	return &backfill.Patience{Clock: c, Tell: func(e backfill.Event) {
		mu.Lock()
		defer mu.Unlock()
		*told = append(*told, e)
	}}, told
}

// A name that does not exist is a typing error if nothing has been found yet, and an
// outage of the name service later.
func TestNothingWaitsForAServerThatDoesNotExist(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 3)
	none := &backfill.UnavailableError{Server: "home.example", Unsent: true, Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	if err := w.Engine.Patience.Ask(t.Context(), func() error { return none }); err != none || w.Clock.Waited() != 0 {
		t.Errorf("%v after %s", err, w.Clock.Waited())
	}
	pages := &backfill.AnswerError{Server: "home.example", Status: 200, Foreign: true}
	if err := w.Engine.Patience.Ask(t.Context(), func() error { return pages }); err != pages || w.Clock.Waited() != 0 {
		t.Errorf("%v after %s", err, w.Clock.Waited())
	}
	s.AwayFor(w.Clock, time.Minute, "held", 1, none)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 3, Imported: 3})
}

// Redis and PostgreSQL have no pulse: the question itself is repeated, and one of
// those who wait asks for all.
func TestManyWaitForOneServer(t *testing.T) {
	c := backfilltest.NewClock()
	p, told := newPatience(c)
	away := &backfill.UnavailableError{Server: "Redis at 127.0.0.1:6379", Err: errors.New("LOADING Redis is loading the dataset in memory")}
	back := c.Now().Add(time.Hour)
	var asking sync.WaitGroup
	var mu sync.Mutex
	asked := 0
	for range 20 {
		asking.Go(func() {
			err := p.Ask(t.Context(), func() error {
				mu.Lock()
				defer mu.Unlock()
				asked++
				if c.Now().Before(back) {
					return away
				}
				return nil
			})
			var outage *backfill.OutageError
			if !errors.As(err, &outage) || outage.Server != away.Server || !errors.Is(err, away) {
				t.Errorf("error %v", err)
			}
		})
	}
	asking.Wait()
	if len(*told) != 2 { // that it is away, and until when it will be waited for
		t.Errorf("told %+v", *told)
	}
	if asked > 20*3+20 {
		t.Errorf("asked %d times", asked)
	}
	// While it is given up, nobody waits for it.
	waited := c.Waited()
	if err := p.Ask(t.Context(), func() error { return away }); err == nil || c.Waited() != waited {
		t.Errorf("%v after %s", err, c.Waited()-waited)
	}
	c.Step(2 * time.Hour)
	if err := p.Ask(t.Context(), func() error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestTheAnswerOfTheLastTryCounts(t *testing.T) {
	c := backfilltest.NewClock()
	p, _ := newPatience(c)
	n := 0
	err := p.Ask(t.Context(), func() error {
		if n++; n < 6 {
			return &backfill.UnavailableError{Server: "Redis", Err: errors.New("refused")}
		}
		return nil
	})
	if err != nil || n != 6 {
		t.Errorf("%v after %d tries", err, n)
	}
}

// A pause that home asks for and that is too long to sit out is not waited for: home
// is given up until the time it names.
func TestALongPauseIsNotWaitedFor(t *testing.T) {
	c := backfilltest.NewClock()
	tomorrow := c.Now().Add(24 * time.Hour)
	for name, tt := range map[string]struct{ named, want time.Time }{
		"with a time":    {tomorrow, tomorrow},
		"without a time": {time.Time{}, c.Now().Add(time.Hour)},
	} {
		p, told := newPatience(c)
		limit := &backfill.UnavailableError{Server: "home.example", Err: &backfill.NotNowError{Status: 429, RetryAt: tt.named}}
		for range 2 {
			err := p.Ask(t.Context(), func() error { return limit })
			var outage *backfill.OutageError
			if !errors.As(err, &outage) || !errors.Is(err, limit) || !outage.RetryAt.Equal(tt.want) || c.Waited() != 0 || len(*told) != 0 {
				t.Errorf("%s: %v after %s, told %v", name, err, c.Waited(), *told)
			}
		}
	}
}

// A question that has used up all its time is not repeated in vain.
func TestALateAnswerIsNotWaitedForTwice(t *testing.T) {
	c := backfilltest.NewClock()
	p, _ := newPatience(c)
	p.Home, p.Pulse = "home.example", func(context.Context) error { return nil }
	late := &backfill.UnavailableError{Server: "home.example", Late: true, Err: errors.New("no answer within 2m30s")}
	n := 0
	err := p.Ask(t.Context(), func() error { n++; return late })
	if err != late || n != 1 {
		t.Errorf("%v after %d tries", err, n)
	}
}
