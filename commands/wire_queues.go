package commands

import (
	"context"
	"time"

	"tootfill/backfill/ledger"
	"tootfill/backfill/sidekiq"
	"tootfill/commands/report"
)

// queues is the source of the state of home's Sidekiq and of the ledger.
func (s *system) queues() report.QueuesSource {
	source := report.QueuesSource{
		Ledger: ledgerSurvey{surveyOf(s.settings.Ledger, s.homeName, s.clock)},
		Clock:  s.clock,
	}
	if s.workers != nil {
		source.Workers = workerQueues{s.workers}
	}
	return source
}

// workerQueues shows home's Sidekiq.
type workerQueues struct{ *sidekiq.Sidekiq }

func (w workerQueues) Overview(ctx context.Context) (report.Sidekiq, error) {
	o, err := w.Sidekiq.Overview(ctx)
	if err != nil {
		return report.Sidekiq{}, err
	}
	state := report.Sidekiq{
		Version: o.Version, Processes: o.Processes, Busy: o.Busy, Workers: o.Workers,
		Scheduled: o.Scheduled, Retry: o.Retry, Dead: o.Dead,
		Processed: o.Processed, Failed: o.Failed, ProcessedToday: o.ProcessedToday, FailedToday: o.FailedToday,
		Ours: o.Ours, OursMore: o.OursMore,
	}
	for _, q := range o.Queues {
		state.Queues = append(state.Queues, report.Queue(q))
	}
	return state, nil
}

func (w workerQueues) Jobs(ctx context.Context, limit int) ([]report.Job, error) {
	found, err := w.Sidekiq.Jobs(ctx, limit)
	jobs := make([]report.Job, len(found))
	for i, j := range found {
		jobs[i] = report.Job(j)
	}
	return jobs, err
}

// ledgerSurvey shows the ledger.
type ledgerSurvey struct{ ledger.Survey }

func (l ledgerSurvey) Standing(ctx context.Context, today time.Time) (report.LedgerState, error) {
	standing, err := l.Survey.Standing(ctx, today)
	state := report.LedgerState{
		Unfinished: standing.Unfinished, Deferred: standing.Deferred,
		DoneToday: standing.DoneToday, ImportedToday: standing.ImportedToday,
	}
	for _, r := range standing.Running {
		state.Running = append(state.Running, report.RunningAccount{Account: r.Account, Since: r.Since})
	}
	return state, err
}

// silenceAdapters keeps the adapters' libraries from writing to standard error.
func silenceAdapters() { sidekiq.SilenceClient() }
