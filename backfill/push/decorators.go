package push

import (
	"context"
	"errors"
	"slices"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// errWouldImport is the answer of a dry run.
var errWouldImport = errors.New("would import")

// dryWorkers take no jobs.
type dryWorkers struct{}

func (dryWorkers) Prepare(_ context.Context, uri string, _ []byte) (backfill.Job, error) {
	return backfill.Job{URI: uri}, nil
}

func (dryWorkers) Push(context.Context, []backfill.Job) error { return errWouldImport }

func (dryWorkers) Where(context.Context, []backfill.Job) (map[string]backfill.JobPlace, error) {
	return nil, nil
}

// Processes is one that imports: no job of a dry run waits for it.
func (dryWorkers) Processes(context.Context) ([]backfill.WorkerProcess, error) {
	return []backfill.WorkerProcess{{Imports: true}}, nil
}

func (dryWorkers) Latency(context.Context) (time.Duration, error) { return 0, nil }

func (dryWorkers) Waiting(context.Context) (int, error) { return 0, nil }

func (dryWorkers) MergeHome(context.Context, fediverse.Account, []int64) error { return nil }

// patientDatabase waits out short outages of home's PostgreSQL.
type patientDatabase struct {
	Database
	p *backfill.Patience
}

func (d patientDatabase) HeldURIs(ctx context.Context, uris []string) (map[string]bool, error) {
	return backfill.Asked(ctx, d.p, func() (map[string]bool, error) { return d.Database.HeldURIs(ctx, uris) })
}

func (d patientDatabase) Tombstones(ctx context.Context, uris []string) (map[string]bool, error) {
	return backfill.Asked(ctx, d.p, func() (map[string]bool, error) { return d.Database.Tombstones(ctx, uris) })
}

func (d patientDatabase) Followers(ctx context.Context, a fediverse.Account) ([]int64, error) {
	return backfill.Asked(ctx, d.p, func() ([]int64, error) { return d.Database.Followers(ctx, a) })
}

// patientWorkers waits for Redis. A push must not be cut short, but the end of
// waiting may cut short the pause between two tries.
type patientWorkers struct {
	Workers
	p       *backfill.Patience
	waiting context.Context
}

func (w patientWorkers) Prepare(ctx context.Context, uri string, object []byte) (backfill.Job, error) {
	return backfill.Asked(ctx, w.p, func() (backfill.Job, error) { return w.Workers.Prepare(ctx, uri, object) })
}

// Push pushes again after a failed push, with jobs marked as possibly in the queue.
func (w patientWorkers) Push(ctx context.Context, jobs []backfill.Job) error {
	return w.p.Ask(w.waiting, func() error {
		began := w.p.Clock.Now()
		err := w.Workers.Push(ctx, jobs)
		if backfill.Unwell(err) {
			jobs = slices.Clone(jobs)
			for i := range jobs {
				jobs[i].State, jobs[i].PushedAt = backfill.JobMaybePushed, began
			}
		}
		return err
	})
}

func (w patientWorkers) Where(ctx context.Context, jobs []backfill.Job) (map[string]backfill.JobPlace, error) {
	return backfill.Asked(ctx, w.p, func() (map[string]backfill.JobPlace, error) { return w.Workers.Where(ctx, jobs) })
}

func (w patientWorkers) Latency(ctx context.Context) (time.Duration, error) {
	return backfill.Asked(ctx, w.p, func() (time.Duration, error) { return w.Workers.Latency(ctx) })
}

func (w patientWorkers) Waiting(ctx context.Context) (int, error) {
	return backfill.Asked(ctx, w.p, func() (int, error) { return w.Workers.Waiting(ctx) })
}

func (w patientWorkers) MergeHome(ctx context.Context, a fediverse.Account, followers []int64) error {
	return w.p.Ask(w.waiting, func() error { return w.Workers.MergeHome(ctx, a, followers) })
}
