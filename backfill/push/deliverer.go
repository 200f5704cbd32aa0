package push

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// Deliverer is route sidekiq.
type Deliverer struct {
	Database Database
	Workers  Workers
}

var _ backfill.Deliverer = Deliverer{}

// Start readies the route for one Run of the engine.
func (d Deliverer) Start(ctx context.Context, with backfill.Shared) func(backfill.Filling) (backfill.Delivery, error) {
	r := &route{
		Shared:   with,
		saving:   context.WithoutCancel(ctx),
		database: patientDatabase{d.Database, with.Patience},
		workers:  patientWorkers{d.Workers, with.Patience, ctx},
	}
	return r.deliver
}

// DryRun returns the route with workers that take no jobs.
func (d Deliverer) DryRun() backfill.Deliverer {
	d.Workers = dryWorkers{}
	return d
}

// deliver begins the delivery of an account. It resumes the jobs of an earlier
// process.
func (r *route) deliver(f backfill.Filling) (backfill.Delivery, error) {
	d := &delivery{
		route: r, filling: f, ctx: f.Context(), account: f.Account(), jobs: make(map[string]*job), resumed: make(map[string]bool),
		room: room{route: r, round: f.Round()}, changed: r.Clock.Now(),
		timelines: timelines{fact: f.Fact("home_timelines")}, processes: processes{fact: f.Fact("sidekiq_processes")},
	}
	if err := errors.Join(d.recallMerge(), d.recallProcesses()); err != nil {
		return nil, err
	}
	if err := d.warnOfIdleQueue(); err != nil {
		return nil, err
	}
	jobs, err := f.Jobs()
	if err != nil {
		return nil, fmt.Errorf("reading the jobs for %s: %w", d.account.Handle, err)
	}
	for _, j := range jobs {
		d.resumed[j.URI] = true
		d.jobs[j.URI] = &job{Job: j.Job, post: j.Post, place: backfill.JobWaiting, since: d.changed, alive: d.processes.met}
	}
	return d, nil
}
