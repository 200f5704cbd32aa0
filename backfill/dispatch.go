package backfill

import "iter"

// waitingJobs is how many jobs are read ahead while their origins are busy.
const waitingJobs = 256

// dispatch runs the jobs, a few accounts at a time and no two of one origin.
func (s *session) dispatch(jobs iter.Seq2[Job, error]) error {
	next, stop := iter.Pull2(jobs)
	defer stop()
	q := jobQueue{next: next, busy: make(map[string]bool)}
	finished := make(chan string, accountsAtOnce)
	for s.ctx.Err() == nil {
		if len(q.busy) < accountsAtOnce {
			if job, ok := q.startable(); ok {
				q.busy[job.Handle.Domain] = true
				go func() {
					s.runJob(job)
					finished <- job.Handle.Domain
				}()
				continue
			}
		}
		if len(q.busy) == 0 {
			break
		}
		select {
		case host := <-finished:
			delete(q.busy, host)
		case <-s.ctx.Done():
		}
	}
	for range len(q.busy) {
		<-finished
	}
	return q.err
}

// jobQueue picks the next job whose origin is free.
type jobQueue struct {
	next    func() (Job, error, bool)
	busy    map[string]bool
	waiting []Job
	ended   bool
	err     error
}

func (q *jobQueue) startable() (Job, bool) {
	for i, job := range q.waiting {
		if !q.busy[job.Handle.Domain] {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return job, true
		}
	}
	for !q.ended && len(q.waiting) < waitingJobs {
		job, err, ok := q.next()
		if !ok || err != nil {
			q.ended, q.err = true, err
			break
		}
		if !q.busy[job.Handle.Domain] {
			return job, true
		}
		q.waiting = append(q.waiting, job)
	}
	return Job{}, false
}
