package report

import (
	"context"
	"iter"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Sidekiq is the state of home's Sidekiq.
type Sidekiq struct {
	// Queues in the order in which they are shown.
	Queues []Queue
	// Version of Sidekiq; empty if no process reports it.
	Version string
	// Processes that are alive. Busy and Workers count their threads.
	Processes, Busy, Workers int
	// Scheduled, Retry and Dead count jobs now, Processed and Failed since ever,
	// ProcessedToday and FailedToday since midnight UTC.
	Scheduled, Retry, Dead                         int64
	Processed, Failed, ProcessedToday, FailedToday int64
	// Ours counts the waiting jobs of tootfill; OursMore says that there may be
	// more.
	Ours     int
	OursMore bool
}

// Queue is the state of a queue.
type Queue struct {
	Name string
	Size int64
	// Latency is how long its oldest job has waited.
	Latency time.Duration
}

// Job is a waiting job of tootfill.
type Job struct {
	JID, Class, Queue string
	// URI is the post's, for a FetchReplyWorker; Prefetched says that the post's
	// object goes along.
	URI        string
	Prefetched bool
	// Account and Follower are ids on home, for a MergeWorker; otherwise 0.
	Account, Follower int64
	// Waited is how long it has waited.
	Waited time.Duration
}

// LedgerState is the state of the ledger.
type LedgerState struct {
	// Running are the accounts that a process is working on, the oldest first.
	Running []RunningAccount
	// Unfinished counts the runs that were interrupted and can be resumed,
	// Deferred the accounts that have to wait.
	Unfinished, Deferred int
	// DoneToday counts the accounts whose backfill succeeded today, ImportedToday
	// the posts imported today.
	DoneToday, ImportedToday int
}

// RunningAccount is an account that a process is working on.
type RunningAccount struct {
	Account fediverse.Handle
	// Since is when the run began.
	Since time.Time
}

// QueuesSource is where the state comes from.
type QueuesSource struct {
	// Workers is nil without a Redis.
	Workers Workers
	Ledger  Ledger
	Clock   backfill.Clock
}

// Workers is home's Sidekiq.
type Workers interface {
	Overview(ctx context.Context) (Sidekiq, error)
	// Jobs returns at most limit jobs of tootfill, the longest-waiting first; 0
	// means all.
	Jobs(ctx context.Context, limit int) ([]Job, error)
}

// Ledger is the ledger.
type Ledger interface {
	// Standing returns the state, with what was done since today began.
	Standing(ctx context.Context, today time.Time) (LedgerState, error)
	Deferred(ctx context.Context) iter.Seq2[backfill.Deferral, error]
}

// queuesReading is the state at a moment.
type queuesReading struct {
	At time.Time
	// Sidekiq is nil without a Redis.
	Sidekiq *Sidekiq
	// Jobs are the first waiting jobs of tootfill; JobsRead says that they were
	// asked for.
	Jobs     []Job
	JobsRead bool
	Ledger   LedgerState
	// Deferred are the first of the deferred accounts.
	Deferred []backfill.Deferral
}

// noJobs asks for no jobs; 0 for all of them.
const noJobs = -1

// read reads the state, with at most jobs jobs; 0 means all, noJobs none. In the
// ledger, today is the machine's day; Sidekiq counts by UTC.
func (s QueuesSource) read(ctx context.Context, jobs int) (queuesReading, error) {
	now := s.Clock.Now()
	r := queuesReading{At: now}
	if s.Workers != nil {
		overview, err := s.Workers.Overview(ctx)
		if err != nil {
			return r, err
		}
		r.Sidekiq = &overview
		if jobs != noJobs {
			r.JobsRead = true
			if r.Jobs, err = s.Workers.Jobs(ctx, jobs); err != nil {
				return r, err
			}
		}
	}
	err := s.readLedger(ctx, &r)
	return r, err
}

func (s QueuesSource) readLedger(ctx context.Context, r *queuesReading) (err error) {
	today := time.Date(r.At.Year(), r.At.Month(), r.At.Day(), 0, 0, 0, 0, r.At.Location())
	if r.Ledger, err = s.Ledger.Standing(ctx, today); err != nil {
		return err
	}
	for d, err := range s.Ledger.Deferred(ctx) {
		if err != nil {
			return err
		}
		if r.Deferred = append(r.Deferred, d); len(r.Deferred) == listedQueueEntries {
			break
		}
	}
	return nil
}
