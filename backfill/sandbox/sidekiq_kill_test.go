package sandbox

import (
	"testing"
	"time"

	"tootfill/backfill"
)

// A Sidekiq that is killed loses its current job, and its entry stays in Redis for
// up to a minute.
func TestSidekiqIsKilled(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
		w.Home().Know(a)
		at := time.Date(1999, 1, 1, 8, 0, 0, 0, time.UTC)
		q, c := w.startSidekiq()
		q.SetRate(0.25) // a job takes 10 to 30 s
		lost := w.push(c, a.AddPost(Note{Published: at}).URI(), nil)
		time.Sleep(time.Second)
		first, err := c.Processes(t.Context())
		if err != nil || len(first) != 1 || !first[0].Imports {
			t.Fatalf("%+v, %v", first, err)
		}
		q.Kill()
		waits := w.push(c, a.AddPost(Note{Published: at.Add(time.Hour)}).URI(), nil)
		time.Sleep(30 * time.Second)
		if alive, err := c.Processes(t.Context()); err != nil || len(alive) != 1 {
			t.Errorf("30 s later: %+v, %v", alive, err)
		}
		time.Sleep(45 * time.Second)
		if alive, err := c.Processes(t.Context()); err != nil || len(alive) != 0 {
			t.Errorf("75 s later: %+v, %v", alive, err)
		}
		if l, s := w.place(c, lost), w.place(c, waits); l != backfill.JobGone || s != backfill.JobWaiting {
			t.Errorf("places %v and %v", l, s)
		}
		q.Start()
		time.Sleep(2 * time.Minute)
		alive, err := c.Processes(t.Context())
		if err != nil || len(alive) != 1 || alive[0].Identity == first[0].Identity {
			t.Errorf("after the start: %+v, %v", alive, err)
		}
		if w.Home().holds(lost.URI) || !w.Home().holds(waits.URI) {
			t.Error("the lost job was done, or the other one was not")
		}
	})
}
