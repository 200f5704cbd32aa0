package push

import (
	"context"
	"sync"

	"tootfill/backfill"
)

// route is route sidekiq during one Run of the engine: what all accounts share.
type route struct {
	backfill.Shared
	// saving never ends: what has happened must be recorded.
	saving   context.Context
	database Database
	workers  Workers

	mu sync.Mutex
	// reserved counts the jobs for which there was room in home's queue, and pushed
	// those of them whose push is over.
	reserved, pushed int
	// line are the accounts that want room, the first of them first.
	line []*room

	// onceIdle is for the one warning that no process imports.
	onceIdle sync.Once
}
