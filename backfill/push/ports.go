package push

import (
	"context"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Database reads the home server's own database. It never writes.
type Database interface {
	// HeldURIs returns the URIs whose posts home has.
	HeldURIs(ctx context.Context, uris []string) (map[string]bool, error)
	// Tombstones returns the URIs whose posts were deleted on home, which never
	// takes them in again.
	Tombstones(ctx context.Context, uris []string) (map[string]bool, error)
	// Followers returns the ids of the local accounts that follow a.
	Followers(ctx context.Context, a fediverse.Account) ([]int64, error)
}

// Workers is the Sidekiq of the home server, whose workers import posts.
type Workers interface {
	// Prepare makes the job that makes home take in the post of a URI. object is
	// the post's ActivityPub object with its own @context, or nil to have home
	// fetch it from its origin.
	Prepare(ctx context.Context, uri string, object []byte) (backfill.Job, error)
	// Push adds jobs to the queue, all or none of them. A job that was or may have
	// been pushed before is not pushed again if it is anywhere in Sidekiq.
	Push(ctx context.Context, jobs []backfill.Job) error
	// Where says what became of jobs, by their JID.
	Where(ctx context.Context, jobs []backfill.Job) (map[string]backfill.JobPlace, error)
	// Processes lists the Sidekiq processes that are alive. One that was killed
	// is listed until its last heartbeat is a minute old.
	Processes(ctx context.Context) ([]backfill.WorkerProcess, error)
	// Latency is how long the oldest job of the queue that imports has waited.
	Latency(ctx context.Context) (time.Duration, error)
	// Waiting is how many of our jobs wait in that queue, including those of other
	// runs and processes.
	Waiting(ctx context.Context) (int, error)
	// MergeHome has the account's posts merged into the home timelines of its
	// local followers, as after a follow.
	MergeHome(ctx context.Context, a fediverse.Account, followers []int64) error
}
