package backfill

import (
	"context"
	"time"

	"tootfill/backfill/fediverse"
)

// Database reads the home server's own database. It never writes.
type Database interface {
	// HeldURIs returns those of the URIs whose posts home has.
	HeldURIs(ctx context.Context, uris []string) (map[string]bool, error)
	// Tombstones returns those of the URIs whose posts were deleted on home,
	// which never takes them in again.
	Tombstones(ctx context.Context, uris []string) (map[string]bool, error)
	// Followers returns the ids of the local accounts that follow a.
	Followers(ctx context.Context, a fediverse.Account) ([]int64, error)
}

// Workers is the Sidekiq of the home server, whose workers import posts.
type Workers interface {
	// Prepare makes the job that has home take in the post of a URI. object is
	// the post's ActivityPub object with its own @context, or nil to have home
	// fetch it from its origin.
	Prepare(ctx context.Context, uri string, object []byte) (PushedJob, error)
	// Push adds jobs to the queue, all or none of them. A job that may have
	// been pushed before a crash is not pushed again if it is still waiting.
	Push(ctx context.Context, jobs []PushedJob) error
	// Where says what has become of jobs, by their JID.
	Where(ctx context.Context, jobs []PushedJob) (map[string]JobPlace, error)
	// Processes lists the Sidekiq processes that are alive. One that was killed
	// is listed until its last heartbeat is a minute old.
	Processes(ctx context.Context) ([]WorkerProcess, error)
	// Latency is how long the oldest job of the queue that imports has waited.
	Latency(ctx context.Context) (time.Duration, error)
	// Waiting is how many jobs of ours wait in that queue, those of other runs
	// and processes among them.
	Waiting(ctx context.Context) (int, error)
	// MergeHome has the account's posts merged into the home timelines of its
	// local followers, as after a follow.
	MergeHome(ctx context.Context, a fediverse.Account, followers []int64) error
}

// WorkerProcess is a process of Sidekiq.
type WorkerProcess struct {
	// Identity is its own: a process that is started anew has another one.
	Identity string
	// Imports says that it works on the queue into which our jobs go.
	Imports bool
}

// PushedJob is a job that was pushed, or is about to be.
type PushedJob struct {
	JID string
	URI string
	// Payload is the job exactly as it stands in the queue.
	Payload  []byte
	PushedAt time.Time
}

// JobPlace is where a job is.
type JobPlace int

// The places of a job.
const (
	// JobGone: it is in no place; it has been done, or was lost.
	JobGone JobPlace = iota
	JobWaiting
	JobWorking
	// JobRetrying: it has failed and is tried again later.
	JobRetrying
	// JobDead: it has failed for good.
	JobDead
)
