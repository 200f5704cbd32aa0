package push

import (
	"context"
	"sync"

	"tootfill/backfill"
)

// route is route sidekiq during one Run of the engine: what all accounts share.
type route struct {
	backfill.Shared
	// ctx ends when nothing new may be started; saving never ends: what has
	// happened must be recorded.
	ctx, saving context.Context
	database    Database
	workers     Workers

	mu sync.Mutex
	// waiting counts the jobs that wait in home's queue.
	waiting int

	// onceIdle is for the one warning that no process imports.
	onceIdle sync.Once
}

// room is an account's share of the jobs that may wait.
type room struct {
	route *route
	taken int
}

// reserve takes room for n more jobs, if other accounts, runs and processes, whose
// jobs are already in the queue, leave as much.
func (r *room) reserve(n, inQueue int) bool {
	r.route.mu.Lock()
	defer r.route.mu.Unlock()
	if max(r.route.waiting, inQueue)+n > max(r.route.Options.MaxWaiting, n) {
		return false
	}
	r.route.waiting += n
	r.taken += n
	return true
}

// set says how many jobs of the account wait.
func (r *room) set(n int) {
	r.route.mu.Lock()
	defer r.route.mu.Unlock()
	r.route.waiting += n - r.taken
	r.taken = n
}
