package report

import (
	"context"
	"iter"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Sidekiq is how home's Sidekiq stands.
type Sidekiq struct {
	// Queues in the order in which they are shown.
	Queues []Queue
	// Version of Sidekiq; empty if no process tells it.
	Version string
	// Processes that are alive. Busy and Workers count their threads.
	Processes, Busy, Workers int
	// Scheduled, Retry and Dead count jobs. Processed and Failed count jobs ever,
	// ProcessedToday and FailedToday since midnight UTC.
	Scheduled, Retry, Dead                         int64
	Processed, Failed, ProcessedToday, FailedToday int64
	// Ours counts the jobs of tootfill that wait; OursMore says that there may
	// be more of them.
	Ours     int
	OursMore bool
}

// Queue is how a queue stands.
type Queue struct {
	Name string
	Size int64
	// Latency is how long its oldest job has waited.
	Latency time.Duration
}

// Job is one of tootfill's that waits.
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

// LedgerState is how the ledger stands.
type LedgerState struct {
	// Running are the accounts that a process works on, the oldest first.
	Running []RunningAccount
	// Unfinished counts the runs that were interrupted and can be resumed,
	// Deferred the accounts that have to wait.
	Unfinished, Deferred int
	// DoneToday counts the accounts whose backfill has ended well today,
	// ImportedToday the posts.
	DoneToday, ImportedToday int
}

// RunningAccount is an account that a process works on.
type RunningAccount struct {
	Account fediverse.Handle
	// Since is when the run began.
	Since time.Time
}

// QueuesSource is where the state is read.
type QueuesSource struct {
	// Workers is nil without a Redis at hand.
	Workers Workers
	Ledger  Ledger
	Clock   backfill.Clock
}

// Workers is home's Sidekiq.
type Workers interface {
	Overview(ctx context.Context) (Sidekiq, error)
	// Jobs returns at most limit jobs of tootfill, the longest waiting first; 0
	// means all.
	Jobs(ctx context.Context, limit int) ([]Job, error)
}

// Ledger is the ledger.
type Ledger interface {
	// Standing tells what was done since today began.
	Standing(ctx context.Context, today time.Time) (LedgerState, error)
	Deferred(ctx context.Context) iter.Seq2[backfill.Deferral, error]
}

// queuesReading is the state at a moment.
type queuesReading struct {
	At time.Time
	// Sidekiq is nil without a Redis at hand.
	Sidekiq *Sidekiq
	// Jobs are the first of those of tootfill that wait; JobsRead says that
	// they were asked for.
	Jobs     []Job
	JobsRead bool
	Ledger   LedgerState
	// Deferred are the first of the deferred accounts.
	Deferred []backfill.Deferral
}

// noJobs asks for no jobs; 0 for all of them.
const noJobs = -1

// read reads the state, with at most that many jobs; 0 means all, noJobs none.
// It takes the machine's day for what was done today; Sidekiq counts by UTC.
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
