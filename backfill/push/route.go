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
	// line are the accounts that want room in it, the first of them first.
	line []*room

	// onceIdle is for the one warning that no process imports.
	onceIdle sync.Once
}
