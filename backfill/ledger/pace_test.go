package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
)

func wantPace(t *testing.T, l *ledger.Ledger, name, want string) {
	t.Helper()
	if record, err := l.Pace(t.Context(), name); err != nil || record != want {
		t.Errorf("the pace of %s is %q, %v, want %q", name, record, err, want)
	}
}

func setPace(t *testing.T, l *ledger.Ledger, name, old, record string) bool {
	t.Helper()
	done, err := l.SetPace(t.Context(), name, old, record)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func testPaces(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	o := options(t.TempDir(), c)
	l := in.open(t, o)
	o.Home = "other.example"
	other := in.open(t, o)
	wantPace(t, l, "photos.example", "")
	for i, step := range []struct {
		by          *ledger.Ledger
		old, record string
		done        bool
	}{
		{l, "1", "2", false}, {l, "", "1", true}, {other, "", "3", false}, {other, "1", "2", true}, {l, "1", "3", false}, {l, "2", "1", true},
	} {
		if done := setPace(t, step.by, "photos.example", step.old, step.record); done != step.done {
			t.Errorf("step %d: done %t", i, done)
		}
	}
	wantPace(t, other, "photos.example", "1")
	wantPace(t, other, "words.example", "")

	// What nobody has changed for long is forgotten.
	c.Step(25 * time.Hour)
	if !setPace(t, other, "words.example", "", "1") {
		t.Error("a pace could not be noted")
	}
	wantPace(t, l, "photos.example", "")
	wantPace(t, l, "words.example", "1")

	self, err := l.Holder(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{self: true, "nobody": false} {
		if holds, err := other.Holds(t.Context(), id); err != nil || holds != want {
			t.Errorf("%q holds: %t, %v", id, holds, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if holds, err := other.Holds(t.Context(), self); err != nil || holds {
		t.Errorf("one that is closed holds: %t, %v", holds, err)
	}
}

// Of all changes that processes make at the same time, none is lost.
func testPacesOfManyProcesses(t *testing.T, in kind) {
	const processes, each = 6, 15
	o := options(t.TempDir(), backfilltest.NewClock())
	var all sync.WaitGroup
	for range processes {
		l := in.open(t, o)
		all.Go(func() {
			for n := 0; n < each; {
				record, err := l.Pace(t.Context(), "photos.example")
				if err != nil {
					t.Error(err)
					return
				}
				count, _ := strconv.Atoi(record) // 0 at first
				done, err := l.SetPace(t.Context(), "photos.example", record, strconv.Itoa(count+1))
				if err != nil {
					t.Error(err)
					return
				}
				if done {
					n++
				}
			}
		})
	}
	all.Wait()
	wantPace(t, in.open(t, o), "photos.example", fmt.Sprint(processes*each))
}

// bucket is the model: the turns at a server, counted in the simplest way.
type bucket struct {
	turns  float64
	at     time.Time
	holder int // -1 is nobody
	until  time.Time
}

func (b *bucket) pass(now time.Time, r limit.TurnRate) {
	if now.After(b.at) {
		b.turns = min(b.turns+r.PerSecond*now.Sub(b.at).Seconds(), float64(r.Burst))
	}
	b.at = now
}

// testTurnsModel: processes take turns at random, give some of them back, hold them for
// too long, and the clock steps on.
func testTurnsModel(t *testing.T, in kind) {
	const processes, steps, most = 3, 200, 20 * time.Second
	c := backfilltest.NewClock()
	o := options(t.TempDir(), c)
	var ledgers []*ledger.Ledger
	for range processes {
		ledgers = append(ledgers, in.open(t, o))
	}
	for seed := range uint64(2) {
		name, random := fmt.Sprint("host", seed, ".example"), rand.New(rand.NewPCG(seed, 1))
		rate := limit.TurnRate{PerSecond: []float64{1, 4}[seed], Burst: 5}
		model := bucket{turns: float64(rate.Burst), at: c.Now(), holder: -1}
		for step := range steps {
			i := random.IntN(processes)
			l, self, now := ledgers[i], fmt.Sprint("process ", i), c.Now()
			model.pass(now, rate)
			record, err := l.Pace(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			turns := limit.ParseTurns(record)
			switch random.IntN(4) {
			case 0:
				c.Step(time.Duration(random.Int64N(int64(3 * time.Second))))
			case 1:
				if model.holder != i {
					continue
				}
				unused := random.IntN(2)
				if !setPace(t, l, name, record, turns.Leave(rate, unused).String()) {
					t.Fatal("nobody else has changed it")
				}
				model.turns, model.holder = min(model.turns+float64(unused), float64(rate.Burst)), -1
			default:
				held := model.holder >= 0 && model.holder != i && now.Before(model.until)
				if got := turns.IsHeld(self, now, most); got != held {
					t.Fatalf("step %d: held %t, want %t", step, got, held)
				}
				if held {
					continue
				}
				n := 1 + random.IntN(3)
				after, taken, wait := turns.Take(rate, n, self, now, most)
				// A time has whole nanoseconds, and the model's numbers are not exact either.
				const little = 1e-6
				want := min(int(model.turns+little), n)
				if taken != want || (taken == 0) != (wait > 0) {
					t.Fatalf("step %d: %d were taken (wait %s), want %d of %f", step, taken, wait, want, model.turns)
				}
				if taken == 0 {
					if lack := (1 - model.turns) / rate.PerSecond; wait.Seconds() < lack-little || wait.Seconds() > lack+little {
						t.Fatalf("step %d: it is to wait %s, want %f s", step, wait, lack)
					}
					continue
				}
				if !setPace(t, l, name, record, after.String()) {
					t.Fatal("nobody else has changed it")
				}
				model.turns -= float64(taken)
				model.holder, model.until = i, now.Add(most)
			}
		}
	}
}
