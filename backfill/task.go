package backfill

import (
	"time"

	"tootfill/backfill/fediverse"
)

// waitingTargets is how many targets are read ahead while their origins are busy.
const waitingTargets = 256

// task is a target on its way through the dispatch.
type task struct {
	Target
	// origins are the names of its origin, as far as they are known.
	origins []string
	// admitted says that the account counts as one of the run's.
	admitted bool
	// found is the account, if it was found before its turn had come.
	found *fediverse.Account
}

// limitedTask is a task whose account has to wait for its limit.
type limitedTask struct {
	task task
	next time.Time
}

// ending is what became of a task: it is over or, if it is to start over, has to
// wait for another account of its origin.
type ending struct {
	task
	again bool
	// followed says that the task has just been handed over and is followed up from
	// now on; handed says that it was handed over before it ended.
	followed, handed bool
}

func newTask(target Target) task {
	t := task{Target: target, origins: []string{target.Handle.Domain}}
	if target.Account != nil {
		t.origins = append(t.origins, target.Account.Origins()...)
	}
	return t
}

// targetQueue picks the next target whose origin is free.
type targetQueue struct {
	next    func() (Target, error, bool)
	origins *originClaims
	waiting []task
	ended   bool
	err     error
}

func (q *targetQueue) startable() (task, bool) {
	for i, t := range q.waiting {
		if q.origins.claim(t.origins) {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return t, true
		}
	}
	for !q.ended && len(q.waiting) < waitingTargets {
		target, err, ok := q.next()
		if !ok || err != nil {
			q.ended, q.err = true, err
			break
		}
		t := newTask(target)
		if q.origins.claim(t.origins) {
			return t, true
		}
		q.waiting = append(q.waiting, t)
	}
	return task{}, false
}

// settle releases what a task has claimed.
func (q *targetQueue) settle(e ending) {
	if e.again {
		q.waiting = append(q.waiting, e.task)
		return
	}
	q.origins.free(e.origins)
}
