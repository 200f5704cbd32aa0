package push_test

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// leaveJobs makes a first run push the jobs of the newest posts, which no worker
// takes, and then adds newer posts.
func leaveJobs(t *testing.T, posts, limit, newer int) (*enginetest.World, *enginetest.Sidekiq) {
	t.Helper()
	w, s := enginetest.NewSidekiqWorld(t, posts)
	w.Engine.Options.NoWait, w.Engine.Options.Limit = true, limit
	s.PerLook = 0
	w.FillAlice(t)
	w.Origin.Posts += newer
	s.PerLook = 1000
	w.Engine.Options.NoWait = false
	w.Clock.Step(2 * time.Hour)
	return w, s
}

// wantSums checks that each eligible post was counted once.
func wantSums(t *testing.T, r backfill.Result) {
	t.Helper()
	if sum := r.Held + r.Imported + r.Refused + r.Failed; sum != r.Eligible {
		t.Errorf("%d eligible posts, but %d outcomes: %+v", r.Eligible, sum, r)
	}
}

// Jobs of an earlier process that settle while the walk waits for room neither use
// up the limit nor push the run beyond it.
func TestJobsOfAnEarlierRunDoNotCountTowardTheLimit(t *testing.T) {
	w, s := leaveJobs(t, 400, 200, 20)
	w.Engine.Options.Limit = 100
	r := w.FillAlice(t)
	if len(s.Pushed) != 220 {
		t.Errorf("pushed %d posts in all, want the 200 of the first run and the 20 newer ones", len(s.Pushed))
	}
	for i := 400; i < 420; i++ {
		if s.Pushed[enginetest.PostURI(enginetest.Alice, i)] != 1 {
			t.Errorf("post %d was pushed %d times, want once", i, s.Pushed[enginetest.PostURI(enginetest.Alice, i)])
		}
	}
	if r.Imported != 220 || r.Status != backfill.Done {
		t.Errorf("got %+v, want all 220 imported", r)
	}
	wantSums(t, r)
}

// The same limit in both runs, with varying numbers of newer posts.
func TestTheLimitHoldsWhereverJobsSettle(t *testing.T) {
	for _, newer := range []int{0, 1, 10, 11, 40, 59} {
		w, s := leaveJobs(t, 400, 190, newer)
		r := w.FillAlice(t)
		if want := 190 + newer; len(s.Pushed) != want || r.Imported != want {
			t.Fatalf("%d newer posts: pushed %d, imported %d, want %d", newer, len(s.Pushed), r.Imported, want)
		}
		wantSums(t, r)
	}
}

// A post that the walk meets after its job has settled is one of the newest, and
// takes its place among them.
func TestSettledJobsKeepTheirPlaceAmongTheNewest(t *testing.T) {
	w, s := leaveJobs(t, 400, 150, 60)
	w.Engine.Options.Limit = 210
	r := w.FillAlice(t)
	if len(s.Pushed) != 210 || r.Eligible != 210 {
		t.Errorf("pushed %d, eligible %d, want 210: the newest are 60 new posts and 150 settled ones", len(s.Pushed), r.Eligible)
	}
	wantSums(t, r)
}

// Jobs that fail during the walk are also counted once.
func TestVainJobsOfAnEarlierRunAreCountedOnce(t *testing.T) {
	w, s := leaveJobs(t, 300, 150, 60)
	s.Does = func(uri string) backfill.JobPlace {
		if uri < enginetest.PostURI(enginetest.Alice, 200) {
			return backfill.JobDead
		}
		return backfill.JobGone
	}
	w.Engine.Options.Limit = 100
	r := w.FillAlice(t)
	if len(s.Pushed) != 210 {
		t.Errorf("pushed %d posts, want 210", len(s.Pushed))
	}
	wantSums(t, r)
}
