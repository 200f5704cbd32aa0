package push

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// Finish follows the jobs up until the outcome of each is known.
func (d *delivery) Finish(err error) error {
	defer d.room.leave()
	if err != nil && (errors.Is(err, context.Canceled) || backfill.EndsRun(err)) {
		return err
	}
	ended := d.followUp(err)
	outOfTime := errors.Is(context.Cause(d.ctx), backfill.ErrOutOfTime)
	if outOfTime && errors.Is(ended, context.Canceled) && len(d.jobs) > 0 {
		return leftInQueue(err)
	}
	return ended
}

// followUp is Finish if the walk was not interrupted.
func (d *delivery) followUp(err error) error {
	for pause := lookPause; len(d.jobs) > 0; pause = min(2*pause, lookPauseMost) {
		before := len(d.jobs)
		if err := d.look(); err != nil {
			return err
		}
		switch {
		case len(d.jobs) == 0:
		case d.route.Options.NoWait, d.isStalled():
			return leftInQueue(err)
		default:
			if len(d.jobs) < before {
				pause = lookPause
			}
			reason := fmt.Sprintf("%d jobs are under way", len(d.jobs))
			if err := d.filling.Wait(d.route.Home, pause, reason); err != nil {
				return err
			}
		}
	}
	if err := d.forgetProcesses(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return d.mergeHome()
}

// leftInQueue is the error to report for jobs that a later run settles, if err has
// ended the walk.
func leftInQueue(err error) error {
	if err == nil || errors.Is(err, backfill.ErrQueued) {
		return backfill.ErrQueued
	}
	return &backfill.UnfinishedError{Err: err}
}
