package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
)

// sidekiq is a Sidekiq and a database in memory. Each time somebody looks, its
// workers take some jobs.
type sidekiq struct {
	mu    sync.Mutex
	clock *backfilltest.Clock
	queue []backfill.Job
	// perLook is how many jobs finish between two looks.
	perLook int
	// does says what becomes of a job; nil imports everything.
	does func(uri string) backfill.JobPlace
	ends map[string]backfill.JobPlace

	held, buried map[string]bool
	pushed       map[string]int
	mostWaiting  int
	latency      []time.Duration
	merged       int
	failPush     error
	failMerge    error
	bodies       int
	// processes are those that are alive. If dying is not nil, it sees each job
	// first, and the job is lost if it returns true.
	processes []backfill.WorkerProcess
	dying     func(uri string) bool
}

func newSidekiq(c *backfilltest.Clock) *sidekiq {
	return &sidekiq{
		clock: c, perLook: 1000, ends: map[string]backfill.JobPlace{},
		held: map[string]bool{}, buried: map[string]bool{}, pushed: map[string]int{},
		processes: []backfill.WorkerProcess{{Identity: "home:1:aa", Imports: true}},
	}
}

func (s *sidekiq) Prepare(_ context.Context, uri string, object []byte) (backfill.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if object != nil {
		s.bodies++
	}
	return backfill.Job{JID: "jid-" + uri, URI: uri, Payload: []byte(uri)}, nil
}

func (s *sidekiq) Push(_ context.Context, jobs []backfill.Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failPush != nil {
		return s.failPush
	}
	for _, j := range jobs {
		s.pushed[j.URI]++
		s.queue = append(s.queue, j)
	}
	s.mostWaiting = max(s.mostWaiting, len(s.queue))
	return nil
}

func (s *sidekiq) Where(_ context.Context, jobs []backfill.Job) (map[string]backfill.JobPlace, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	places := make(map[string]backfill.JobPlace)
	waiting := make(map[string]bool)
	for _, j := range s.queue {
		waiting[j.JID] = true
	}
	for _, j := range jobs {
		if waiting[j.JID] {
			places[j.JID] = backfill.JobWaiting
		} else if p := s.ends[j.URI]; p != backfill.JobGone {
			places[j.JID] = p
		}
	}
	s.work()
	return places, nil
}

func (s *sidekiq) work() {
	n := min(s.perLook, len(s.queue))
	for _, j := range s.queue[:n] {
		if s.dying != nil && s.dying(j.URI) {
			continue
		}
		if s.does == nil {
			s.held[j.URI] = true
		} else if p := s.does(j.URI); p == backfill.JobDead {
			s.ends[j.URI] = p
		}
	}
	s.queue = s.queue[n:]
}

func (s *sidekiq) Latency(context.Context) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.latency) == 0 {
		return 0, nil
	}
	l := s.latency[0]
	s.latency = s.latency[1:]
	return l, nil
}

func (s *sidekiq) Processes(context.Context) ([]backfill.WorkerProcess, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.processes), nil
}

func (s *sidekiq) Waiting(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue), nil
}

func (s *sidekiq) MergeHome(_ context.Context, _ fediverse.Account, followers []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failMerge != nil {
		return s.failMerge
	}
	s.merged += len(followers)
	return nil
}

func (s *sidekiq) HeldURIs(_ context.Context, uris []string) (map[string]bool, error) {
	return s.those(uris, s.held), nil
}

func (s *sidekiq) Tombstones(_ context.Context, uris []string) (map[string]bool, error) {
	return s.those(uris, s.buried), nil
}

func (s *sidekiq) those(uris []string, of map[string]bool) map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make(map[string]bool)
	for _, uri := range uris {
		if of[uri] {
			found[uri] = true
		}
	}
	return found
}

func (s *sidekiq) Followers(context.Context, fediverse.Account) ([]int64, error) {
	return []int64{1, 2, 3}, nil
}

// newSidekiqWorld is a world without a token.
func newSidekiqWorld(t *testing.T, posts int) (*world, *sidekiq) {
	t.Helper()
	w := newWorld(t, posts)
	s := newSidekiq(w.clock)
	w.Requester, w.Resolve = nil, nil
	w.Push = push.Deliverer{Database: s, Workers: s}
	w.Options.MaxWaiting, w.Options.MaxLatency, w.Options.Limit = 200, time.Minute, 0
	return w, s
}

func TestSidekiqImports(t *testing.T) {
	w, s := newSidekiqWorld(t, 450)
	s.held[postURI(alice, 449)] = true
	s.buried[postURI(alice, 3)] = true
	r := w.one(t)
	wantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 450, Held: 1, Imported: 448, Refused: 1})
	if r.Route != backfill.RouteSidekiq {
		t.Errorf("route %s", r.Route)
	}
	for uri, n := range s.pushed {
		if n != 1 {
			t.Errorf("%s was pushed %d times", uri, n)
		}
	}
	w.clock.Step(2 * time.Hour)
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 450, Held: 449, Refused: 1})
	if s.merged != 0 {
		t.Error("home timelines were merged although nobody asked for it")
	}
}

func TestSidekiqKeepsToItsShareOfTheQueue(t *testing.T) {
	w, s := newSidekiqWorld(t, 300)
	w.Options.MaxWaiting = 40
	s.perLook = 7
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 300, Imported: 300})
	if s.mostWaiting > 40 {
		t.Errorf("%d jobs waited at a time", s.mostWaiting)
	}
}

func TestSidekiqPausesWhileTheQueueIsBehind(t *testing.T) {
	w, s := newSidekiqWorld(t, 10)
	s.latency = []time.Duration{2 * time.Minute, 90 * time.Second, time.Second}
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
	why := 0
	for _, e := range w.listener.events {
		if wait, ok := e.(backfill.Waiting); ok && wait.Reason == "the queue pull is 2 min behind" || ok && wait.Reason == "the queue pull is 90 s behind" {
			why++
		}
	}
	if why != 2 {
		t.Errorf("%d waits are explained, want 2", why)
	}
}

func TestSidekiqOutcomes(t *testing.T) {
	w, s := newSidekiqWorld(t, 10)
	s.does = func(uri string) backfill.JobPlace {
		switch uri {
		case postURI(alice, 2):
			return backfill.JobDead
		case postURI(alice, 5):
			return backfill.JobGone // finished, but without the post
		}
		s.held[uri] = true
		return backfill.JobGone
	}
	r := w.one(t)
	wantCounts(t, r, backfill.Result{Status: backfill.Partial, Eligible: 10, Imported: 8, Refused: 1, Failed: 1})
}

func TestSidekiqNoWait(t *testing.T) {
	w, s := newSidekiqWorld(t, 30)
	w.Options.NoWait = true
	s.perLook = 0
	r := w.one(t)
	if r.Status != backfill.Queued || r.Imported != 0 || r.RetryAt.IsZero() {
		t.Errorf("%+v", r)
	}
	s.perLook = 1000
	w.Options.NoWait = false
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
	for uri, n := range s.pushed {
		if n != 1 {
			t.Errorf("%s was pushed %d times", uri, n)
		}
	}
}

func TestSidekiqThatDoesNotWorkIsLeft(t *testing.T) {
	w, s := newSidekiqWorld(t, 30)
	s.perLook = 0
	r := w.one(t)
	if r.Status != backfill.Queued || w.clock.Waited() > time.Hour {
		t.Errorf("after %v: %+v", w.clock.Waited(), r)
	}
}

// A crash leaves recorded jobs that may or may not have been pushed.
func TestSidekiqAfterACrash(t *testing.T) {
	for _, pushed := range []bool{true, false} {
		w, s := newSidekiqWorld(t, 10)
		run, err := w.ledger.Begin(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		var jobs []backfill.Job
		for i := range 4 {
			j, _ := s.Prepare(t.Context(), postURI(alice, i), nil)
			jobs = append(jobs, j)
		}
		if err := w.ledger.RecordJobs(t.Context(), run, jobs); err != nil {
			t.Fatal(err)
		}
		if pushed {
			if err := s.Push(t.Context(), jobs); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.ledger.Finish(t.Context(), run, backfill.Result{}, true); err != nil {
			t.Fatal(err)
		}
		wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
		for i := range 10 {
			if n := s.pushed[postURI(alice, i)]; n != 1 {
				t.Errorf("pushed before %v: post %d was pushed %d times", pushed, i, n)
			}
		}
	}
}

func TestSidekiqSendsOneAheadOfAnUnknownAuthor(t *testing.T) {
	w, s := newSidekiqWorld(t, 60)
	unknown := &firstUnknown{Accounts: w.Accounts, workers: s}
	w.Accounts = unknown
	w.Options.NotFollowed = true
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 60, Imported: 60})
	if unknown.pushedWhenKnown != 1 {
		t.Errorf("%d jobs were pushed before the account was known", unknown.pushedWhenKnown)
	}
}

// firstUnknown knows the account only after a job has run.
type firstUnknown struct {
	backfill.Accounts
	workers         *sidekiq
	pushedWhenKnown int
}

func (u *firstUnknown) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	a, err := u.Accounts.Account(ctx, h)
	if len(u.workers.held) == 0 {
		a.ID = ""
	} else if u.pushedWhenKnown == 0 {
		u.pushedWhenKnown = len(u.workers.pushed)
	}
	return a, err
}

func TestSidekiqMergesHomeTimelines(t *testing.T) {
	w, s := newSidekiqWorld(t, 5)
	w.Options.HomeTimelines = true
	w.one(t)
	if s.merged != 3 {
		t.Errorf("%d home timelines were merged, want 3", s.merged)
	}
}

func TestRedisGoesAwayDuringAPush(t *testing.T) {
	w, s := newSidekiqWorld(t, 30)
	s.failPush = errors.New("connection refused")
	results, err := w.run(t, alice)
	if !errors.Is(err, s.failPush) || len(results) != 1 || results[0].Status != backfill.FailedAccount {
		t.Fatalf("%+v, error %v", results, err)
	}
	s.failPush = nil
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
	for uri, n := range s.pushed {
		if n != 1 {
			t.Errorf("%s was pushed %d times", uri, n)
		}
	}
}

func TestSidekiqDryRun(t *testing.T) {
	w, s := newSidekiqWorld(t, 30)
	s.held[postURI(alice, 0)] = true
	w.Engine = w.DryRun()
	r := w.one(t)
	if r.Status != backfill.Done || r.Held != 1 || len(s.pushed) != 0 {
		t.Errorf("%+v, %d pushed", r, len(s.pushed))
	}
}

// A dry run has no queue in which jobs could pile up.
func TestSidekiqDryRunOfManyPosts(t *testing.T) {
	w, s := newSidekiqWorld(t, 450)
	w.Engine = w.DryRun()
	r := w.one(t)
	if r.Status != backfill.Done || r.Eligible != 450 || len(s.pushed) != 0 || w.clock.Waited() != 0 {
		t.Errorf("%+v, %d pushed, waited %v", r, len(s.pushed), w.clock.Waited())
	}
}

// A dry run does not wait for the jobs of another run.
func TestSidekiqDryRunAfterNoWait(t *testing.T) {
	w, s := newSidekiqWorld(t, 30)
	w.Options.NoWait, s.perLook = true, 0
	w.one(t)
	w.Options.NoWait = false
	waited := w.clock.Waited()
	dry := w.DryRun()
	w.Engine, dry = dry, w.Engine
	if r := w.one(t); r.Status != backfill.Done || r.Refused != 0 || w.clock.Waited() != waited {
		t.Errorf("%+v, waited %v", r, w.clock.Waited()-waited)
	}
	w.Engine, s.perLook = dry, 1000
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
}

// All accounts, runs and processes together get one share of the queue.
func TestSidekiqNoWaitKeepsToItsShareOfTheQueue(t *testing.T) {
	w, s := newSidekiqWorld(t, 60)
	w.Options.NoWait, w.Options.MaxWaiting, s.perLook = true, 80, 0
	r, err := w.run(t, alice)
	if err != nil || r[0].Status != backfill.Queued || len(s.queue) != 60 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err = w.run(t, fediverse.Handle{User: "bob", Domain: "notes.example"}); err != nil || r[0].Status != backfill.Queued {
		t.Fatalf("%+v, %v", r, err)
	}
	if s.mostWaiting > 80 {
		t.Errorf("%d jobs waited at a time", s.mostWaiting)
	}
}

// The attempts for a post also count if its job is settled before the listing gets
// to it.
func TestSidekiqCountsTriesOfJobsOfAnEarlierRun(t *testing.T) {
	w, s := newSidekiqWorld(t, 3)
	s.does = func(string) backfill.JobPlace { return backfill.JobGone }
	w.one(t)
	w.Options.NoWait, s.perLook = true, 0
	w.clock.Step(2 * time.Hour)
	if r := w.one(t); r.Status != backfill.Queued {
		t.Fatalf("%+v", r)
	}
	s.perLook = 1000
	// The listing breaks off before its first page, and the jobs are settled.
	w.Options.NoWait = false
	w.origin.fail = func(string) error {
		return &backfill.OriginError{Host: "photos.example", Cause: backfill.Malformed, Err: errors.New("no list")}
	}
	if r := w.one(t); r.Status != backfill.FailedAccount || r.Refused != 3 {
		t.Fatalf("%+v", r)
	}
	known, err := w.ledger.Recorded(t.Context(), backfill.Run{Account: alice}, []string{postURI(alice, 0)})
	if err != nil || known[0].Attempts != 2 {
		t.Errorf("%+v, %v", known, err)
	}
}

// A run other than the one that imported also updates home timelines.
func TestSidekiqMergesHomeTimelinesAfterACrash(t *testing.T) {
	w, s := newSidekiqWorld(t, 60)
	w.Options.HomeTimelines, w.Options.NoWait, s.perLook = true, true, 0
	w.one(t)
	w.Options.HomeTimelines, w.Options.NoWait, s.perLook = false, false, 1000
	s.failMerge = errors.New("connection refused")
	if _, err := w.run(t, alice); !errors.Is(err, s.failMerge) {
		t.Fatal(err)
	}
	s.failMerge = nil
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 60, Held: 60})
	if s.merged != 3 {
		t.Errorf("%d home timelines were merged, want 3", s.merged)
	}
	w.clock.Step(2 * time.Hour)
	w.one(t)
	if s.merged != 3 {
		t.Errorf("%d home timelines were merged in the end, want 3", s.merged)
	}
}

// An author that home cannot get to know is not tried post by post for hours.
func TestSidekiqGivesUpOnAnUnknownAuthor(t *testing.T) {
	w, s := newSidekiqWorld(t, 60)
	s.does = func(string) backfill.JobPlace { return backfill.JobGone }
	w.Accounts, w.Options.NotFollowed = &firstUnknown{Accounts: w.Accounts, workers: s}, true
	if r := w.one(t); r.Status != backfill.Partial || len(s.pushed) != 3 || r.RetryAt.IsZero() {
		t.Errorf("%d jobs: %+v", len(s.pushed), r)
	}
}

func TestSidekiqRefusal(t *testing.T) {
	w, s := newSidekiqWorld(t, 30)
	w.home.standing = backfill.Standing{Following: true, Refusal: "home.example has suspended photos.example"}
	if r := w.one(t); r.Status != backfill.Skipped || r.Reason != w.home.standing.Refusal || len(s.pushed) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSidekiqManyAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newSidekiqWorld(t, 30)
		// Several accounts wait at once, which the jumping clock cannot do.
		w.Clock = backfill.SystemClock{}
		w.Options.MaxWaiting, s.perLook = 50, 20
		w.origin.top = w.Clock.Now()
		var handles []fediverse.Handle
		for i := range 12 {
			handles = append(handles, fediverse.Handle{User: "u", Domain: fmt.Sprintf("o%d.example", i)})
		}
		results, err := w.run(t, handles...)
		if err != nil || len(results) != len(handles) {
			t.Fatalf("%d results, error %v", len(results), err)
		}
		for _, r := range results {
			wantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
		}
		if s.mostWaiting > 50 {
			t.Errorf("%d jobs waited at a time", s.mostWaiting)
		}
	})
}

func TestRoutesThatAreNotThere(t *testing.T) {
	w := newWorld(t, 3)
	w.Options.Via = backfill.ViaSidekiq
	if r := w.one(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || len(w.home.asked) != 0 {
		t.Errorf("without workers: %+v", r)
	}
	w, s := newSidekiqWorld(t, 3)
	w.Options.Via = backfill.ViaResolve
	if r := w.one(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || len(s.pushed) != 0 {
		t.Errorf("without a token: %+v", r)
	}
	w.Engine = w.DryRun()
	if r := w.one(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) {
		t.Errorf("without a token, in a dry run: %+v", r)
	}
}
