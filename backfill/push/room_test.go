package push

import (
	"math/rand/v2"
	"testing"

	"tootfill/backfill"
)

// pushing is an account of the model: it counts the jobs in the queue, reserves room
// and pushes, and any other may do something between two of these steps.
type pushing struct {
	room            *room
	wants           int
	pushed, inQueue int
	step            int
}

// In any order of the steps of several accounts and of other processes' jobs leaving the
// queue, no more jobs wait than may, and everybody gets room in the end.
func TestNoMoreJobsWaitThanMay(t *testing.T) {
	const most = 8
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test needs no secrets
		r := &route{Shared: backfill.Shared{Options: backfill.Options{MaxWaiting: most}}}
		queue := random.IntN(most + 1)
		var open []*pushing
		for i := range 6 {
			open = append(open, &pushing{room: &room{route: r, round: i % 3}, wants: 1 + random.IntN(3)})
		}
		for steps := 0; len(open) > 0; steps++ {
			if steps > 10000 {
				t.Fatalf("seed %d: %d accounts get no room", seed, len(open))
			}
			if random.IntN(4) == 0 {
				queue = max(0, queue-random.IntN(3)) // workers take some
			}
			i := random.IntN(len(open))
			p := open[i]
			switch p.step {
			case 0:
				p.pushed = r.pushedSoFar()
			case 1:
				p.inQueue = queue
			case 2:
				if !p.room.reserve(p.wants, p.inQueue, p.pushed) {
					p.step = -1 // from the beginning
				}
			case 3:
				if queue += p.wants; queue > most {
					t.Fatalf("seed %d: %d jobs wait, at most %d may", seed, queue, most)
				}
			case 4:
				r.pushIsOver(p.wants)
				p.room.leave()
				open = append(open[:i], open[i+1:]...)
			}
			p.step++
		}
		if r.reserved != r.pushed || len(r.line) != 0 {
			t.Errorf("seed %d: %d reserved, %d pushed, %d in the line", seed, r.reserved, r.pushed, len(r.line))
		}
	}
}

// Lower rounds go first, however late they come; in one round, whoever comes back for
// more has to let those go first that have waited.
func TestLowerRoundsGetRoomFirst(t *testing.T) {
	r := &route{Shared: backfill.Shared{Options: backfill.Options{MaxWaiting: 2}}}
	later, first, second := &room{route: r, round: 1}, &room{route: r}, &room{route: r}
	queue := 2
	reserve := func(by *room) bool {
		got := by.reserve(1, queue, r.pushedSoFar())
		if got {
			queue++
			r.pushIsOver(1)
		}
		return got
	}
	for _, by := range []*room{later, first, second} {
		if reserve(by) {
			t.Fatal("a full queue has room")
		}
	}
	want := []struct {
		by  *room
		got bool
	}{{later, false}, {second, false}, {first, true}, {first, false}, {later, false}}
	queue = 1
	for i, w := range want {
		if got := reserve(w.by); got != w.got {
			t.Errorf("step %d: %t", i, got)
		}
	}
	queue = 1
	for i, w := range []struct {
		by  *room
		got bool
	}{{first, false}, {second, true}, {later, false}} {
		if got := reserve(w.by); got != w.got {
			t.Errorf("later step %d: %t", i, got)
		}
	}
	first.leave()
	queue = 1
	if !reserve(later) {
		t.Error("nobody else waits, and there is no room for the later round")
	}
}
