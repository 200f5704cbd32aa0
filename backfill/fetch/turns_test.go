package fetch

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/limit"
)

// turnWorld is an origin that counts, and processes that share its pace.
type turnWorld struct {
	t         *testing.T
	clock     *backfilltest.Clock
	began     time.Time
	paces     backfilltest.Paces
	processes []*backfilltest.PacesProcess
	clients   []*Client

	asked, open, most atomic.Int64
	// pollsInNoTime keeps the clock still while somebody looks whether a turn was given
	// back: else the waits of many would add up to more than a turn may last.
	pollsInNoTime bool
}

// Now and Wait are those of the clock of all processes.
func (w *turnWorld) Now() time.Time { return w.clock.Now() }

func (w *turnWorld) Wait(ctx context.Context, d time.Duration) error {
	if w.pollsInNoTime && d == turnPoll {
		runtime.Gosched()
		return ctx.Err()
	}
	return w.clock.Wait(ctx, d)
}

func newTurnWorld(t *testing.T, clients int) *turnWorld {
	w := &turnWorld{t: t, clock: backfilltest.NewClock()}
	w.began = w.clock.Now()
	o := newTestOrigin(t, func(rw http.ResponseWriter, r *http.Request) {
		w.most.Store(max(w.most.Load(), w.open.Add(1)))
		defer w.open.Add(-1)
		// Five in a row, and one a second.
		if n, most := w.asked.Add(1), 5+int64(w.clock.Now().Sub(w.began)/time.Second); n > most {
			t.Errorf("%d requests, and not %d, within %s", n, most, w.clock.Now().Sub(w.began))
		}
		if r.URL.Path == "/robots.txt" {
			http.NotFound(rw, r)
			return
		}
		answerJSON(rw, "{}")
	})
	for range clients {
		p := w.paces.Process()
		options := o.options()
		options.Clock, options.Paces, options.Pauses = w, p, new(backfilltest.Pauses)
		w.processes = append(w.processes, p)
		w.clients = append(w.clients, newTestClient(t, options))
	}
	return w
}

func (w *turnWorld) get(client int) error {
	_, err := w.clients[client].Get(w.t.Context(), Request{URL: documentURL, Kind: Object})
	return err
}

func TestProcessesShareThePace(t *testing.T) {
	const clients, rounds = 10, 4
	w := newTurnWorld(t, clients)
	for range rounds {
		for i := range clients {
			if err := w.get(i); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Each reads robots.txt, too. Nothing is lost between them.
	requests := clients * (rounds + 1)
	if got, want := w.clock.Waited().Round(time.Second), time.Duration(requests-5)*time.Second; int(w.asked.Load()) != requests || got != want {
		t.Errorf("%d requests in %s, want %d in %s", w.asked.Load(), got, requests, want)
	}
}

func TestProcessesTakeTurns(t *testing.T) {
	const clients, each = 10, 2
	w := newTurnWorld(t, clients)
	w.pollsInNoTime = true
	var all sync.WaitGroup
	for i := range clients {
		for range each {
			all.Go(func() {
				if err := w.get(i); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if w.most.Load() != 1 || w.asked.Load() != clients*(each+1) {
		t.Errorf("%d requests, %d at a time", w.asked.Load(), w.most.Load())
	}
}

func TestTheTurnOfAnotherProcess(t *testing.T) {
	hold := func(w *turnWorld) {
		turns, _, _ := limit.Turns{}.Take(limit.TurnRate{PerSecond: 1, Burst: 5}, 1, "process 1", w.clock.Now(), longestTurn)
		if done, err := w.processes[0].SetPace(t.Context(), "a.example.com", "", turns.String()); err != nil || !done {
			t.Fatal(done, err)
		}
	}
	t.Run("is waited for", func(t *testing.T) {
		w := newTurnWorld(t, 2)
		hold(w)
		if err := w.get(1); err != nil || w.clock.Waited() < longestTurn || w.clock.Waited() > longestTurn+2*turnPoll {
			t.Errorf("waited %s, error %v", w.clock.Waited(), err)
		}
	})
	t.Run("ends with that process", func(t *testing.T) {
		w := newTurnWorld(t, 2)
		hold(w)
		w.processes[0].Kill()
		if err := w.get(1); err != nil || w.clock.Waited() != 0 {
			t.Errorf("waited %s, error %v", w.clock.Waited(), err)
		}
	})
}

// A request that is given up while it waits leaves no turn behind.
func TestATurnThatIsGivenUp(t *testing.T) {
	w := newTurnWorld(t, 2)
	for range 6 {
		if err := w.get(0); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.clients[0].Get(ctx, Request{URL: documentURL, Kind: Object}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	record, err := w.processes[1].Pace(t.Context(), "a.example.com")
	if turns := limit.ParseTurns(record); err != nil || turns.Holder != "" {
		t.Errorf("left: %s, error %v", record, err)
	}
}

func TestPacesThatCannotBeKept(t *testing.T) {
	w := newTurnWorld(t, 1)
	w.paces.Err = errors.New("the ledger is gone")
	if err := w.get(0); !errors.Is(err, w.paces.Err) || w.asked.Load() != 0 {
		t.Errorf("asked %d times: %v", w.asked.Load(), err)
	}
}

// A process that has an origin for itself reads nothing to go on.
func TestStatementsOfATurn(t *testing.T) {
	w := newTurnWorld(t, 1)
	const requests = 50
	for range requests {
		if err := w.get(0); err != nil {
			t.Fatal(err)
		}
	}
	if each := float64(w.paces.Asked) / (requests + 1); each > 3 {
		t.Errorf("%.1f statements a request", each)
	} else {
		t.Logf("%.2f statements a request", each)
	}
}
