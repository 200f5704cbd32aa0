package backfill

import (
	"iter"

	"tootfill/backfill/fediverse"
)

// waitingTargets is how many targets are read ahead while their origins are busy.
const waitingTargets = 256

// mostFollowUps is of how many accounts the outcomes are waited for beside those
// that are worked on.
const mostFollowUps = 32

// dispatch runs the targets, a few accounts at a time and no two of one origin.
// Those that are waiting already come first. An account that is handed over
// makes room for the next one.
func (s *session) dispatch(targets iter.Seq2[Target, error], waiting ...task) error {
	next, stop := iter.Pull2(targets)
	defer stop()
	q := targetQueue{next: next, origins: s.origins, waiting: waiting}
	news := make(chan verdict, accountsAtOnce)
	followUps := make(chan struct{}, mostFollowUps)
	running, following := 0, 0
	settle := func(v verdict) {
		if v.handed {
			following--
			return
		}
		running--
		if v.goesOn {
			following++
		}
		q.settle(v)
	}
	for s.ctx.Err() == nil {
		if running < accountsAtOnce {
			if t, ok := q.startable(); ok {
				running++
				go func() { news <- s.follow(t, followUps, news) }()
				continue
			}
		}
		if running+following == 0 {
			break
		}
		select {
		case v := <-news:
			settle(v)
		case <-s.ctx.Done():
		}
	}
	for running+following > 0 {
		settle(<-news)
	}
	for _, t := range q.waiting {
		if t.found != nil {
			s.tell(AccountFinished{Result: Result{
				Account: t.found.Handle, Status: Interrupted, Reason: "interrupted while another account of its server was worked on",
			}})
		}
	}
	return q.err
}

// follow runs a task, and tells news of it if it is handed over before its end:
// from then on it takes a place among those that are followed up, if there is one.
func (s *session) follow(t task, places chan struct{}, news chan<- verdict) verdict {
	handed := false
	v := s.runTarget(t, func(t task) {
		select {
		case places <- struct{}{}:
			handed = true
			news <- verdict{task: t, goesOn: true}
		default: // there are enough of them; it keeps its place
		}
	})
	if handed {
		<-places
	}
	v.handed = handed
	return v
}

// task is a target on its way through the dispatch.
type task struct {
	Target
	// origins are the names of its origin, as far as they are known.
	origins []string
	// admitted says that the account counts as one of the run's.
	admitted bool
	// found is the account, where it was found before its turn had come.
	found *fediverse.Account
}

// verdict is what has become of a task: it is over, or has to wait for another
// account of its origin.
type verdict struct {
	task
	again bool
	// goesOn says that the task is handed over, and handed that it was before.
	goesOn, handed bool
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
		if q.origins.take(t.origins) {
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
		if q.origins.take(t.origins) {
			return t, true
		}
		q.waiting = append(q.waiting, t)
	}
	return task{}, false
}

// settle gives back what a task has claimed.
func (q *targetQueue) settle(v verdict) {
	if v.again {
		q.waiting = append(q.waiting, v.task)
		return
	}
	q.origins.free(v.origins)
}
