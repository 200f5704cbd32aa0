package push_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// The jobs that a dying Sidekiq was working on are no longer anywhere, like those
// that home has finished.
func TestJobsThatADyingSidekiqLostArePushedOnceMore(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 10)
	lost := map[string]bool{enginetest.PostURI(enginetest.Alice, 4): true, enginetest.PostURI(enginetest.Alice, 7): true}
	s.Dying = func(uri string) bool {
		if lost[uri] {
			delete(lost, uri)
			s.Restart("home:2:bb")
			return true
		}
		return false
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
	for i := range 10 {
		want := 1
		if i == 4 || i == 7 {
			want = 2
		}
		if n := s.Pushed[enginetest.PostURI(enginetest.Alice, i)]; n != want {
			t.Errorf("post %d was pushed %d times, want %d", i, n, want)
		}
	}
}

// A post that kills Sidekiq each time is not pushed for ever.
func TestAJobThatIsLostTwiceHasFailed(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 10)
	deaths := 0
	s.Dying = func(uri string) bool {
		if uri != enginetest.PostURI(enginetest.Alice, 4) {
			return false
		}
		deaths++
		s.Restart("home:2:" + strings.Repeat("b", deaths))
		return true
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Partial, Eligible: 10, Imported: 9, Failed: 1})
	if n := s.Pushed[enginetest.PostURI(enginetest.Alice, 4)]; n != 2 {
		t.Errorf("pushed %d times", n)
	}
}

// As long as all processes live, a job that left no trace is one that home has
// finished.
func TestAJobWithoutATraceIsRefusedWhileSidekiqLives(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 10)
	s.Alive = append(s.Alive, backfill.WorkerProcess{Identity: "web:9:cc"})
	s.Does = func(uri string) backfill.JobPlace {
		s.Held[uri] = uri != enginetest.PostURI(enginetest.Alice, 4)
		return backfill.JobGone
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 9, Refused: 1})
	if n := s.Pushed[enginetest.PostURI(enginetest.Alice, 4)]; n != 1 {
		t.Errorf("pushed %d times", n)
	}
}

// The ledger remembers the processes that were alive when an earlier run pushed.
func TestJobsOfAnEarlierRunThatWereLost(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 10)
	w.Engine.Options.NoWait, s.PerLook = true, 0
	if r := w.FillAlice(t); r.Status != backfill.Queued {
		t.Fatalf("%+v", r)
	}
	s.Queue = s.Queue[3:] // lost
	s.Restart("home:2:bb")
	w.Engine.Options.NoWait, s.PerLook = false, 1000
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
	pushes := 0
	for _, n := range s.Pushed {
		pushes += n
	}
	if pushes != 13 {
		t.Errorf("%d pushes, want 13", pushes)
	}
}

func TestNoProcessImports(t *testing.T) {
	for want, processes := range map[string][]backfill.WorkerProcess{
		"no Sidekiq process of home.example is running: jobs will wait":              nil,
		"no Sidekiq process of home.example works on the queue pull: jobs will wait": {{Identity: "home:1:aa"}},
		"": {{Identity: "home:1:aa"}, {Identity: "home:2:bb", Imports: true}},
	} {
		w, s := enginetest.NewSidekiqWorld(t, 10)
		s.Alive = processes
		warned, pushed := "", -1
		w.Listener.OnEvent = func(e backfill.Event) {
			if e, ok := e.(backfill.Warned); ok {
				warned, pushed = e.Text, len(s.Pushed)
			}
		}
		w.FillAlice(t)
		if warned != want || pushed > 0 {
			t.Errorf("%q after %d pushes, want %q", warned, pushed, want)
		}
		if dry := w.Listener.Warnings(); dry > 1 {
			t.Errorf("%d warnings", dry)
		}
	}
}

// An account that only waits for its outcomes leaves both the origin and its place
// among the active accounts to the next one.
func TestWaitingForOutcomesHoldsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := enginetest.NewSidekiqWorld(t, 5)
		w.Engine.Clock = backfill.SystemClock{}
		w.Origin.Top = w.Engine.Clock.Now()
		s.Does = func(uri string) backfill.JobPlace { return backfill.JobGone } // no outcome for a minute
		begun := make(map[fediverse.Handle]time.Duration)
		start := w.Engine.Clock.Now()
		var mu sync.Mutex
		var handles []fediverse.Handle
		for _, user := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			handles = append(handles, fediverse.Handle{User: user, Domain: "photos.example"})
		}
		w.Listener.OnEvent = func(e backfill.Event) {
			if e, ok := e.(backfill.PageListed); ok && e.All {
				mu.Lock()
				defer mu.Unlock()
				begun[e.Account] = w.Engine.Clock.Now().Sub(start)
			}
		}
		results, err := w.Run(t, handles...)
		if err != nil || len(results) != len(handles) {
			t.Fatalf("%d results, error %v", len(results), err)
		}
		for h, after := range begun {
			if after > 10*time.Second {
				t.Errorf("%s was listed only after %v", h, after)
			}
		}
		for _, r := range results {
			enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Partial, Eligible: 5, Refused: 5})
		}
		if took := w.Engine.Clock.Now().Sub(start); took > 3*time.Minute {
			t.Errorf("the run took %v", took)
		}
	})
}

// Only so many accounts are followed up at a time, four for each that is worked on;
// the others still are, later.
func TestFollowUpsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := enginetest.NewSidekiqWorld(t, 2)
		w.Engine.Clock = backfill.SystemClock{}
		w.Origin.Top = w.Engine.Clock.Now()
		s.Does = func(string) backfill.JobPlace { return backfill.JobGone }
		w.Engine.Options.Accounts = 8
		var handles []fediverse.Handle
		for i := range 90 {
			handles = append(handles, fediverse.Handle{User: "u" + strings.Repeat("x", i), Domain: "photos.example"})
		}
		under, most := 0, 0
		w.Listener.OnEvent = func(e backfill.Event) {
			switch e.(type) {
			case backfill.AccountStarted:
				under++
			case backfill.AccountFinished:
				under--
			}
			most = max(most, under)
		}
		results, err := w.Run(t, handles...)
		if err != nil || len(results) != len(handles) || most > 40 || most < 20 {
			t.Errorf("%d results, %d at a time, error %v", len(results), most, err)
		}
	})
}

// An error in one follow-up ends the run, which waits for all of them.
func TestAFollowUpThatFailsEndsTheRun(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 5)
	w.Engine.Options.HomeTimelines = true
	s.FailMerge = errors.New("connection refused")
	bob := fediverse.Handle{User: "bob", Domain: "photos.example"}
	results, err := w.Run(t, enginetest.Alice, bob)
	if !errors.Is(err, s.FailMerge) || len(results) != 2 {
		t.Errorf("%+v, error %v", results, err)
	}
}
