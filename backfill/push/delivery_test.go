package push_test

import (
	"context"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
)

const uri = "https://photos.example/1"

// oneAccount is the backfill of one account, as far as a delivery sees it.
type oneAccount struct {
	clock    *backfilltest.Clock
	jobs     []backfill.RecordedJob
	recorded []backfill.Job
	settled  []backfill.KnownPost
	vain     []backfill.KnownPost
}

func (a *oneAccount) Context() context.Context { return context.Background() }

func (a *oneAccount) OfOthers() bool { return false }

func (*oneAccount) Round() int { return 0 }

func (a *oneAccount) Account() fediverse.Account {
	return fediverse.Account{ID: "1", Handle: fediverse.Handle{User: "alice", Domain: "photos.example"}}
}

func (a *oneAccount) Full() bool { return false }

func (a *oneAccount) Settle(posts ...backfill.KnownPost) error {
	a.settled = append(a.settled, posts...)
	return nil
}

func (a *oneAccount) SettleVain(k backfill.KnownPost) error {
	a.vain = append(a.vain, k)
	return nil
}

func (a *oneAccount) Jobs() ([]backfill.RecordedJob, error) { return a.jobs, nil }

func (a *oneAccount) RecordJobs(jobs []backfill.Job) error {
	a.recorded = append(a.recorded, jobs...)
	return nil
}

func (a *oneAccount) Fact(name string) backfill.Fact {
	return backfill.NewFact(forgetful{}, "home.example", name, a.Account().Handle)
}

func (a *oneAccount) Tell(backfill.Event) {}

func (a *oneAccount) Wait(_ string, d time.Duration, _ string) error {
	a.clock.Step(d)
	return nil
}

func (a *oneAccount) HandOver() {}

func (a *oneAccount) Standstills() (int, error) { return 0, nil }

// forgetful remembers nothing.
type forgetful struct{}

func (forgetful) Recall(context.Context, string, string) (string, error) { return "", nil }

func (forgetful) Remember(context.Context, string, string, string, time.Time) error { return nil }

// home is a Sidekiq and a database. Whatever is pushed is imported.
type home struct {
	place  backfill.JobPlace
	pushed []backfill.Job
}

func (h *home) HeldURIs(context.Context, []string) (map[string]bool, error) {
	return map[string]bool{uri: len(h.pushed) > 0}, nil
}

func (h *home) Tombstones(context.Context, []string) (map[string]bool, error) { return nil, nil }

func (h *home) Followers(context.Context, fediverse.Account) ([]int64, error) { return nil, nil }

func (h *home) Prepare(_ context.Context, uri string, _ []byte) (backfill.Job, error) {
	return backfill.Job{JID: "1", URI: uri}, nil
}

func (h *home) Push(_ context.Context, jobs []backfill.Job) error {
	h.pushed = append(h.pushed, jobs...)
	return nil
}

func (h *home) Where(context.Context, []backfill.Job) (map[string]backfill.JobPlace, error) {
	return map[string]backfill.JobPlace{"1": h.place}, nil
}

func (h *home) Processes(context.Context) ([]backfill.WorkerProcess, error) {
	return []backfill.WorkerProcess{{Identity: "home:1:aa", Imports: true}}, nil
}

func (h *home) Latency(context.Context) (time.Duration, error) { return 0, nil }

func (h *home) Waiting(context.Context) (int, error) { return 0, nil }

func (h *home) MergeHome(context.Context, fediverse.Account, []int64) error { return nil }

// deliver starts a delivery that finds jobs of an earlier process.
func deliver(t *testing.T, h *home, jobs ...backfill.RecordedJob) (*oneAccount, backfill.Delivery) {
	t.Helper()
	a := &oneAccount{clock: backfilltest.NewClock(), jobs: jobs}
	begin := push.Deliverer{Database: h, Workers: h}.Start(t.Context(), backfill.Shared{
		Home: "home.example", Clock: a.clock, Options: backfill.Options{MaxWaiting: 200},
		Patience: &backfill.Patience{Clock: a.clock, Home: "home.example", Tell: a.Tell},
	})
	d, err := begin(a)
	if err != nil {
		t.Fatal(err)
	}
	return a, d
}

// A new job is recorded as such before it is pushed, and as pushed afterwards.
func TestAPushIsRecordedBeforeAndAfter(t *testing.T) {
	h := &home{}
	a, d := deliver(t, h)
	if err := d.Send([]backfill.KnownPost{{URI: uri}}); err != nil {
		t.Fatal(err)
	}
	if len(h.pushed) != 1 || h.pushed[0].State != backfill.JobPrepared {
		t.Errorf("pushed %+v", h.pushed)
	}
	if len(a.recorded) != 2 || a.recorded[0].State != backfill.JobPrepared || a.recorded[1].State != backfill.JobPushed {
		t.Errorf("recorded %+v", a.recorded)
	}
	if err := d.Finish(nil); err != nil || len(a.settled) != 1 || a.settled[0].Outcome != backfill.Imported {
		t.Errorf("settled %+v, error %v", a.settled, err)
	}
}

// A job that may have been pushed before a crash is pushed again once it has been
// nowhere for a long time. It is marked as possibly there, so that Sidekiq looks
// first.
func TestAJobInDoubtIsPushedAsSuch(t *testing.T) {
	h := &home{}
	job := backfill.Job{JID: "1", URI: uri, State: backfill.JobMaybePushed}
	a, d := deliver(t, h, backfill.RecordedJob{Job: job, Post: backfill.KnownPost{URI: uri}})
	if err := d.Finish(nil); err != nil {
		t.Fatal(err)
	}
	if len(h.pushed) != 1 || h.pushed[0].State != backfill.JobMaybePushed {
		t.Errorf("pushed %+v", h.pushed)
	}
	if len(a.settled) != 1 || a.settled[0].Outcome != backfill.Imported || len(a.vain) != 0 {
		t.Errorf("settled %+v, in vain %+v", a.settled, a.vain)
	}
}

// A dead job has failed, and its earlier attempts count.
func TestADeadJobWasTriedInVain(t *testing.T) {
	h := &home{place: backfill.JobDead}
	a, d := deliver(t, h, backfill.RecordedJob{
		Job: backfill.Job{JID: "1", URI: uri}.Pushed(time.Unix(0, 0)), Post: backfill.KnownPost{URI: uri, Attempts: 2},
	})
	if err := d.Finish(nil); err != nil {
		t.Fatal(err)
	}
	if len(h.pushed) != 0 || len(a.vain) != 1 || a.vain[0].Outcome != backfill.Failed || a.vain[0].Attempts != 3 {
		t.Errorf("pushed %+v, in vain %+v", h.pushed, a.vain)
	}
}
