package commands

import (
	"context"
	"time"

	"tootfill/backfill/sidekiq"
	"tootfill/backfill/sqlite"
)

// queues is where the state of home's Sidekiq and of the ledger is read.
func (s *system) queues() queuesSource {
	source := queuesSource{
		Ledger: ledgerSurvey{sqlite.Survey{Dir: s.settings.StateDir, Home: s.homeName, Clock: s.clock}},
		Clock:  s.clock,
	}
	if s.workers != nil {
		source.Workers = workerQueues{s.workers}
	}
	return source
}

// workerQueues shows home's Sidekiq.
type workerQueues struct{ *sidekiq.Sidekiq }

func (w workerQueues) Overview(ctx context.Context) (sidekiqState, error) {
	o, err := w.Sidekiq.Overview(ctx)
	if err != nil {
		return sidekiqState{}, err
	}
	state := sidekiqState{
		Version: o.Version, Processes: o.Processes, Busy: o.Busy, Workers: o.Workers,
		Scheduled: o.Scheduled, Retry: o.Retry, Dead: o.Dead,
		Processed: o.Processed, Failed: o.Failed, ProcessedToday: o.ProcessedToday, FailedToday: o.FailedToday,
		Ours: o.Ours, OursMore: o.OursMore,
	}
	for _, q := range o.Queues {
		state.Queues = append(state.Queues, queue(q))
	}
	return state, nil
}

func (w workerQueues) Jobs(ctx context.Context, limit int) ([]job, error) {
	found, err := w.Sidekiq.Jobs(ctx, limit)
	jobs := make([]job, len(found))
	for i, j := range found {
		jobs[i] = job(j)
	}
	return jobs, err
}

// ledgerSurvey shows the ledger.
type ledgerSurvey struct{ sqlite.Survey }

func (l ledgerSurvey) Standing(ctx context.Context, today time.Time) (ledgerState, error) {
	standing, err := l.Survey.Standing(ctx, today)
	state := ledgerState{
		Unfinished: standing.Unfinished, Deferred: standing.Deferred,
		DoneToday: standing.DoneToday, ImportedToday: standing.ImportedToday,
	}
	for _, r := range standing.Running {
		state.Running = append(state.Running, runningAccount{Account: r.Account, Since: r.Since})
	}
	return state, err
}
