package push

import (
	"fmt"

	"tootfill/backfill"
)

// pushJobs pushes jobs so that a crash at any point neither loses nor doubles one:
// it records them before the push, as possibly pushed, and again after it.
func (d *delivery) pushJobs(jobs []backfill.Job) ([]backfill.Job, error) {
	if err := d.seeProcesses(); err != nil {
		return nil, err
	}
	if err := d.record(jobs); err != nil {
		return nil, err
	}
	ctx, stop := backfill.WhileOurs(d.ctx)
	defer stop()
	if err := d.route.workers.Push(ctx, jobs); err != nil {
		return nil, fmt.Errorf("pushing jobs to %s: %w", d.route.Home, err)
	}
	pushed := make([]backfill.Job, len(jobs))
	for i, j := range jobs {
		pushed[i] = j.Pushed(d.route.Clock.Now())
	}
	return pushed, d.record(pushed)
}

func (d *delivery) record(jobs []backfill.Job) error {
	if err := d.filling.RecordJobs(jobs); err != nil {
		return fmt.Errorf("recording jobs for %s: %w", d.account.Handle, err)
	}
	return nil
}
