package push_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

func TestSidekiqImports(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 450)
	s.Held[enginetest.PostURI(enginetest.Alice, 449)] = true
	s.Buried[enginetest.PostURI(enginetest.Alice, 3)] = true
	r := w.FillAlice(t)
	enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 450, Held: 1, Imported: 448, Refused: 1})
	if r.Route != backfill.RouteSidekiq {
		t.Errorf("route %s", r.Route)
	}
	for uri, n := range s.Pushed {
		if n != 1 {
			t.Errorf("%s was pushed %d times", uri, n)
		}
	}
	w.Clock.Step(2 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 450, Held: 449, Refused: 1})
	if s.Merged != 0 {
		t.Error("home timelines were merged although nobody asked for it")
	}
}

func TestSidekiqKeepsToItsShareOfTheQueue(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 300)
	w.Engine.Options.MaxWaiting = 40
	s.PerLook = 7
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 300, Imported: 300})
	if s.MostWaiting > 40 {
		t.Errorf("%d jobs waited at a time", s.MostWaiting)
	}
}

func TestSidekiqPausesWhileTheQueueIsBehind(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 10)
	s.Latencies = []time.Duration{2 * time.Minute, 90 * time.Second, time.Second}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
	why := 0
	for _, e := range w.Listener.Events {
		if wait, ok := e.(backfill.Waiting); ok && wait.Reason == "the queue pull is 2 min behind" || ok && wait.Reason == "the queue pull is 90 s behind" {
			why++
		}
	}
	if why != 2 {
		t.Errorf("%d waits are explained, want 2", why)
	}
}

func TestSidekiqOutcomes(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 10)
	s.Does = func(uri string) backfill.JobPlace {
		switch uri {
		case enginetest.PostURI(enginetest.Alice, 2):
			return backfill.JobDead
		case enginetest.PostURI(enginetest.Alice, 5):
			return backfill.JobGone // finished, but without the post
		}
		s.Held[uri] = true
		return backfill.JobGone
	}
	r := w.FillAlice(t)
	enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Partial, Eligible: 10, Imported: 8, Refused: 1, Failed: 1})
}

func TestSidekiqNoWait(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 30)
	w.Engine.Options.NoWait = true
	s.PerLook = 0
	r := w.FillAlice(t)
	if r.Status != backfill.Queued || r.Imported != 0 || r.RetryAt.IsZero() {
		t.Errorf("%+v", r)
	}
	s.PerLook = 1000
	w.Engine.Options.NoWait = false
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
	for uri, n := range s.Pushed {
		if n != 1 {
			t.Errorf("%s was pushed %d times", uri, n)
		}
	}
}

func TestSidekiqThatDoesNotWorkIsLeft(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 30)
	s.PerLook = 0
	r := w.FillAlice(t)
	if r.Status != backfill.Queued || w.Clock.Waited() > time.Hour {
		t.Errorf("after %v: %+v", w.Clock.Waited(), r)
	}
}

// A crash leaves recorded jobs that may or may not have been pushed.
func TestSidekiqAfterACrash(t *testing.T) {
	for _, pushed := range []bool{true, false} {
		w, s := enginetest.NewSidekiqWorld(t, 10)
		run, err := w.Ledger.Begin(t.Context(), enginetest.Alice)
		if err != nil {
			t.Fatal(err)
		}
		var jobs []backfill.Job
		for i := range 4 {
			j, _ := s.Prepare(t.Context(), enginetest.PostURI(enginetest.Alice, i), nil)
			jobs = append(jobs, j)
		}
		if err := w.Ledger.RecordJobs(t.Context(), run, jobs); err != nil {
			t.Fatal(err)
		}
		if pushed {
			if err := s.Push(t.Context(), jobs); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Ledger.Settle(t.Context(), backfill.Settlement{Account: run.Account, Run: &run, StaysOpen: true}); err != nil {
			t.Fatal(err)
		}
		enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
		for i := range 10 {
			if n := s.Pushed[enginetest.PostURI(enginetest.Alice, i)]; n != 1 {
				t.Errorf("pushed before %v: post %d was pushed %d times", pushed, i, n)
			}
		}
	}
}

func TestSidekiqSendsOneAheadOfAnUnknownAuthor(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 60)
	unknown := &firstUnknown{Accounts: w.Engine.Accounts, workers: s}
	w.Engine.Accounts = unknown
	w.Engine.Options.NotFollowed = true
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 60, Imported: 60})
	if unknown.pushedWhenKnown != 1 {
		t.Errorf("%d jobs were pushed before the account was known", unknown.pushedWhenKnown)
	}
}

// firstUnknown knows the account only after a job has run.
type firstUnknown struct {
	backfill.Accounts
	workers         *enginetest.Sidekiq
	pushedWhenKnown int
}

func (u *firstUnknown) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	a, err := u.Accounts.Account(ctx, h)
	if len(u.workers.Held) == 0 {
		a.ID = ""
	} else if u.pushedWhenKnown == 0 {
		u.pushedWhenKnown = len(u.workers.Pushed)
	}
	return a, err
}

func TestSidekiqMergesHomeTimelines(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 5)
	w.Engine.Options.HomeTimelines = true
	w.FillAlice(t)
	if s.Merged != 3 {
		t.Errorf("%d home timelines were merged, want 3", s.Merged)
	}
}

func TestRedisGoesAwayDuringAPush(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 30)
	s.FailPush = errors.New("connection refused")
	results, err := w.Run(t, enginetest.Alice)
	if !errors.Is(err, s.FailPush) || len(results) != 1 || results[0].Status != backfill.FailedAccount {
		t.Fatalf("%+v, error %v", results, err)
	}
	s.FailPush = nil
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
	for uri, n := range s.Pushed {
		if n != 1 {
			t.Errorf("%s was pushed %d times", uri, n)
		}
	}
}

func TestSidekiqDryRun(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 30)
	s.Held[enginetest.PostURI(enginetest.Alice, 0)] = true
	w.Engine = w.Engine.DryRun()
	r := w.FillAlice(t)
	if r.Status != backfill.Done || r.Held != 1 || len(s.Pushed) != 0 {
		t.Errorf("%+v, %d pushed", r, len(s.Pushed))
	}
}

// A dry run has no queue in which jobs could pile up.
func TestSidekiqDryRunOfManyPosts(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 450)
	w.Engine = w.Engine.DryRun()
	r := w.FillAlice(t)
	if r.Status != backfill.Done || r.Eligible != 450 || len(s.Pushed) != 0 || w.Clock.Waited() != 0 {
		t.Errorf("%+v, %d pushed, waited %v", r, len(s.Pushed), w.Clock.Waited())
	}
}

// A dry run does not wait for the jobs of another run.
func TestSidekiqDryRunAfterNoWait(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 30)
	w.Engine.Options.NoWait, s.PerLook = true, 0
	w.FillAlice(t)
	w.Engine.Options.NoWait = false
	waited := w.Clock.Waited()
	dry := w.Engine.DryRun()
	w.Engine, dry = dry, w.Engine
	if r := w.FillAlice(t); r.Status != backfill.Done || r.Refused != 0 || w.Clock.Waited() != waited {
		t.Errorf("%+v, waited %v", r, w.Clock.Waited()-waited)
	}
	w.Engine, s.PerLook = dry, 1000
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
}

// All accounts, runs and processes together get one share of the queue.
func TestSidekiqNoWaitKeepsToItsShareOfTheQueue(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 60)
	w.Engine.Options.NoWait, w.Engine.Options.MaxWaiting, s.PerLook = true, 80, 0
	r, err := w.Run(t, enginetest.Alice)
	if err != nil || r[0].Status != backfill.Queued || len(s.Queue) != 60 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err = w.Run(t, fediverse.Handle{User: "bob", Domain: "notes.example"}); err != nil || r[0].Status != backfill.Queued {
		t.Fatalf("%+v, %v", r, err)
	}
	if s.MostWaiting > 80 {
		t.Errorf("%d jobs waited at a time", s.MostWaiting)
	}
}

// The attempts for a post also count if its job is settled before the listing gets
// to it.
func TestSidekiqCountsTriesOfJobsOfAnEarlierRun(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 3)
	s.Does = func(string) backfill.JobPlace { return backfill.JobGone }
	w.FillAlice(t)
	w.Engine.Options.NoWait, s.PerLook = true, 0
	w.Clock.Step(2 * time.Hour)
	if r := w.FillAlice(t); r.Status != backfill.Queued {
		t.Fatalf("%+v", r)
	}
	s.PerLook = 1000
	// The listing breaks off before its first page, and the jobs are settled.
	w.Engine.Options.NoWait = false
	w.Origin.OnPage = func(string) error {
		return &backfill.OriginError{Host: "photos.example", Cause: backfill.Malformed, Err: errors.New("no list")}
	}
	if r := w.FillAlice(t); r.Status != backfill.FailedAccount || r.Refused != 3 {
		t.Fatalf("%+v", r)
	}
	known, err := w.Ledger.Recorded(t.Context(), backfill.Run{Account: enginetest.Alice}, []string{enginetest.PostURI(enginetest.Alice, 0)})
	if err != nil || known[0].Attempts != 2 {
		t.Errorf("%+v, %v", known, err)
	}
}

// A run other than the one that imported also updates home timelines.
func TestSidekiqMergesHomeTimelinesAfterACrash(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 60)
	w.Engine.Options.HomeTimelines, w.Engine.Options.NoWait, s.PerLook = true, true, 0
	w.FillAlice(t)
	w.Engine.Options.HomeTimelines, w.Engine.Options.NoWait, s.PerLook = false, false, 1000
	s.FailMerge = errors.New("connection refused")
	if _, err := w.Run(t, enginetest.Alice); !errors.Is(err, s.FailMerge) {
		t.Fatal(err)
	}
	s.FailMerge = nil // the result of the run that failed has told of the imports
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 60, Held: 60})
	if s.Merged != 3 {
		t.Errorf("%d home timelines were merged, want 3", s.Merged)
	}
	w.Clock.Step(2 * time.Hour)
	w.FillAlice(t)
	if s.Merged != 3 {
		t.Errorf("%d home timelines were merged in the end, want 3", s.Merged)
	}
}

// An author that home cannot get to know is not tried post by post for hours.
func TestSidekiqGivesUpOnAnUnknownAuthor(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 60)
	s.Does = func(string) backfill.JobPlace { return backfill.JobGone }
	w.Engine.Accounts, w.Engine.Options.NotFollowed = &firstUnknown{Accounts: w.Engine.Accounts, workers: s}, true
	if r := w.FillAlice(t); r.Status != backfill.Partial || len(s.Pushed) != 3 || r.RetryAt.IsZero() {
		t.Errorf("%d jobs: %+v", len(s.Pushed), r)
	}
}

func TestSidekiqRefusal(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 30)
	w.Home.AccountStanding = backfill.Standing{Following: true, Refusal: "home.example has suspended photos.example"}
	if r := w.FillAlice(t); r.Status != backfill.Skipped || r.Reason != w.Home.AccountStanding.Refusal || len(s.Pushed) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSidekiqManyAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := enginetest.NewSidekiqWorld(t, 30)
		// Several accounts wait at once, which the jumping clock cannot do.
		w.Engine.Clock = backfill.SystemClock{}
		w.Engine.Options.MaxWaiting, s.PerLook = 50, 20
		w.Origin.Top = w.Engine.Clock.Now()
		var handles []fediverse.Handle
		for i := range 12 {
			handles = append(handles, fediverse.Handle{User: "u", Domain: fmt.Sprintf("o%d.example", i)})
		}
		results, err := w.Run(t, handles...)
		if err != nil || len(results) != len(handles) {
			t.Fatalf("%d results, error %v", len(results), err)
		}
		for _, r := range results {
			enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
		}
		if s.MostWaiting > 50 {
			t.Errorf("%d jobs waited at a time", s.MostWaiting)
		}
	})
}
