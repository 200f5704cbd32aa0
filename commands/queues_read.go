package commands

import (
	"context"
	"iter"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/sidekiq"
	"tootfill/backfill/sqlite"
)

// workerQueues is home's Sidekiq, as far as it is shown.
type workerQueues interface {
	Overview(ctx context.Context) (sidekiq.Overview, error)
	Jobs(ctx context.Context, limit int) ([]sidekiq.Job, error)
}

// ledgerSurvey is the ledger, as far as it is shown.
type ledgerSurvey interface {
	Standing(ctx context.Context, today time.Time) (sqlite.Standing, error)
	Deferred(ctx context.Context) iter.Seq2[backfill.Deferral, error]
}

// queuesSource is where the state is read.
type queuesSource struct {
	// workers is nil without a Redis at hand.
	workers workerQueues
	ledger  ledgerSurvey
	clock   backfill.Clock
}

// queuesReading is the state at a moment.
type queuesReading struct {
	At time.Time
	// Sidekiq is nil without a Redis at hand.
	Sidekiq *sidekiq.Overview
	// Jobs are the first of those of tootfill that wait; JobsRead says that
	// they were asked for.
	Jobs     []sidekiq.Job
	JobsRead bool
	Ledger   sqlite.Standing
	// Deferred are the first of the deferred accounts.
	Deferred []backfill.Deferral
}

// read reads the state, with at most so many jobs; 0 means all, and noJobs none.
// It takes the machine's day for what was done today; Sidekiq counts by UTC.
func (s queuesSource) read(ctx context.Context, jobs int) (queuesReading, error) {
	now := s.clock.Now()
	r := queuesReading{At: now}
	if s.workers != nil {
		overview, err := s.workers.Overview(ctx)
		if err != nil {
			return r, err
		}
		r.Sidekiq = &overview
		if jobs != noJobs {
			r.JobsRead = true
			if r.Jobs, err = s.workers.Jobs(ctx, jobs); err != nil {
				return r, err
			}
		}
	}
	err := s.readLedger(ctx, &r)
	return r, err
}

func (s queuesSource) readLedger(ctx context.Context, r *queuesReading) (err error) {
	today := time.Date(r.At.Year(), r.At.Month(), r.At.Day(), 0, 0, 0, 0, r.At.Location())
	if r.Ledger, err = s.ledger.Standing(ctx, today); err != nil {
		return err
	}
	for d, err := range s.ledger.Deferred(ctx) {
		if err != nil {
			return err
		}
		if r.Deferred = append(r.Deferred, d); len(r.Deferred) == listedQueueEntries {
			break
		}
	}
	return nil
}
