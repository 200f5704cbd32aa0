package backfill

import "iter"

// waitingJobs is how many jobs are read ahead while their origins are busy.
const waitingJobs = 256

// dispatch runs the jobs, a few accounts at a time and no two of one origin.
// Those that are waiting already come first.
func (s *session) dispatch(jobs iter.Seq2[Job, error], waiting ...task) error {
	next, stop := iter.Pull2(jobs)
	defer stop()
	q := jobQueue{next: next, origins: s.origins, waiting: waiting}
	finished := make(chan verdict, accountsAtOnce)
	running := 0
	for s.ctx.Err() == nil {
		if running < accountsAtOnce {
			if t, ok := q.startable(); ok {
				running++
				go func() { finished <- s.runJob(t) }()
				continue
			}
		}
		if running == 0 {
			break
		}
		select {
		case v := <-finished:
			running--
			q.settle(v)
		case <-s.ctx.Done():
		}
	}
	for range running {
		q.settle(<-finished)
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

// task is a job on its way through the dispatch.
type task struct {
	Job
	// origins are the names of its origin, as far as they are known.
	origins []string
	// admitted says that the account counts as one of the run's.
	admitted bool
	// found is the account, where it was found before its turn had come.
	found *Account
}

// verdict is what has become of a task: it is over, or has to wait for another
// account of its origin.
type verdict struct {
	task
	again bool
}

func newTask(job Job) task {
	t := task{Job: job, origins: []string{job.Handle.Domain}}
	if job.Account != nil {
		t.origins = append(t.origins, job.Account.origins()...)
	}
	return t
}

// jobQueue picks the next job whose origin is free.
type jobQueue struct {
	next    func() (Job, error, bool)
	origins *originClaims
	waiting []task
	ended   bool
	err     error
}

func (q *jobQueue) startable() (task, bool) {
	for i, t := range q.waiting {
		if q.origins.take(t.origins) {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return t, true
		}
	}
	for !q.ended && len(q.waiting) < waitingJobs {
		job, err, ok := q.next()
		if !ok || err != nil {
			q.ended, q.err = true, err
			break
		}
		t := newTask(job)
		if q.origins.take(t.origins) {
			return t, true
		}
		q.waiting = append(q.waiting, t)
	}
	return task{}, false
}

// settle gives back what a task has claimed.
func (q *jobQueue) settle(v verdict) {
	if v.again {
		q.waiting = append(q.waiting, v.task)
		return
	}
	q.origins.free(v.origins)
}
