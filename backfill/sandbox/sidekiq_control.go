package sandbox

import (
	"fmt"
	"maps"
)

// This file holds what can be set on home's Sidekiq, and what it counts.

// Pause stops the workers from taking jobs; those that have one finish it.
func (q *Sidekiq) Pause() { q.set(func() { q.paused = true }) }

// Resume ends Pause.
func (q *Sidekiq) Resume() { q.set(func() { q.paused = false }) }

// Kill kills its process, as kill -9 does: the jobs in progress are lost, and its
// entry stays in Redis until its last heartbeat is a minute old.
func (q *Sidekiq) Kill() {
	q.set(func() {
		q.dead = true
		q.lives++
		clear(q.working)
	})
}

// Start starts another process after Kill.
func (q *Sidekiq) Start() {
	q.set(func() {
		q.dead, q.started, q.identity = false, q.home.now(), q.newIdentity()
	})
	q.beat()
}

// SetRate sets how many jobs per second the workers do together, 25 by default; 0
// means as fast as they can.
func (q *Sidekiq) SetRate(perSecond float64) { q.set(func() { q.rate = perSecond }) }

// SetTraffic makes home's other jobs come and go; the demo world has them from the
// start.
func (q *Sidekiq) SetTraffic(on bool) { q.set(func() { q.traffic = on }) }

// SetJobFault lets f see every job before its worker does; nil removes it.
func (q *Sidekiq) SetJobFault(f JobFault) { q.set(func() { q.fault = f }) }

func (q *Sidekiq) set(change func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	change()
}

// GoAway ends all connections to Redis and refuses new ones; the data stays. The
// workers rest.
func (q *Sidekiq) GoAway() {
	q.set(func() { q.away = true })
	q.redis.Close()
}

// ComeBack ends GoAway; Redis has the same address as before.
func (q *Sidekiq) ComeBack() error {
	if q.addr != "" {
		if err := q.redis.Restart(); err != nil {
			return fmt.Errorf("starting Redis for the sandbox again: %w", err)
		}
	}
	q.set(func() { q.away = false })
	return nil
}

// Pushed counts all jobs pushed so far, by class. A job that is retried counts once.
func (q *Sidekiq) Pushed() map[string]int {
	q.mu.Lock()
	defer q.mu.Unlock()
	pushed := maps.Clone(q.taken)
	for _, w := range queueWeights {
		for _, text := range q.waiting(w.name) {
			if j, err := readJob(text); err == nil && j.fresh() {
				pushed[j.class()]++
			}
		}
	}
	return pushed
}

// Merges lists the merges made so far, in order.
func (q *Sidekiq) Merges() []Merge {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]Merge(nil), q.merges...)
}
