package sandbox

import (
	"context"
	"sync"
)

// queue does home's background work, one job after the other: its Sidekiq.
type queue struct {
	mu      sync.Mutex
	jobs    []func(context.Context)
	wake    chan struct{}
	pending int
	idle    chan struct{} // closed while there is nothing to do
	// hold holds the clock while there is something to do, and letGo releases it.
	hold  func() func()
	letGo func()
}

func newQueue(hold func() (letGo func())) *queue {
	idle := make(chan struct{})
	close(idle)
	return &queue{wake: make(chan struct{}, 1), idle: idle, hold: hold}
}

func (q *queue) push(job func(context.Context)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, job)
	if q.pending == 0 {
		q.idle, q.letGo = make(chan struct{}), q.hold()
	}
	q.pending++
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run works until ctx ends.
func (q *queue) run(ctx context.Context, done func()) {
	defer done()
	defer q.abandon()
	for {
		if job := q.next(); job != nil {
			job(ctx)
			q.finish(1)
		} else {
			select {
			case <-q.wake:
			case <-ctx.Done():
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
}

func (q *queue) next() func(context.Context) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return nil
	}
	job := q.jobs[0]
	q.jobs = q.jobs[1:]
	return job
}

func (q *queue) finish(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n == 0 {
		return
	}
	q.pending -= n
	if q.pending == 0 {
		close(q.idle)
		q.letGo()
	}
}

// abandon drops what is left when the sandbox closes.
func (q *queue) abandon() {
	q.mu.Lock()
	n := len(q.jobs)
	q.jobs = nil
	q.mu.Unlock()
	q.finish(n)
}

func (q *queue) settle() {
	q.mu.Lock()
	idle := q.idle
	q.mu.Unlock()
	<-idle
}

// Settle waits until home has no background work left: threads that it follows, and
// backfills that it was asked for.
func (h *Home) Settle() { h.queue.settle() }
