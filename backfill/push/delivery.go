package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// lookPause is the pause between two looks at the jobs; it grows up to
	// lookPauseMost while nothing changes.
	lookPause     = 2 * time.Second
	lookPauseMost = 15 * time.Second
	// stalled is after how long without any change nobody waits any more.
	stalled = 10 * time.Minute
)

// delivery has home's own workers import the posts of one account.
type delivery struct {
	route   *route
	filling backfill.Filling
	// account has no ID until home knows it.
	account fediverse.Account
	// jobs are those whose outcome is not known, by URI.
	jobs map[string]*job
	room room
	// waited is how many jobs were in the queue when it was last looked at.
	waited int
	// changed is when something was last seen to happen.
	changed time.Time
	// ahead counts the jobs that were sent ahead of an unknown author's others,
	// and vain says that a post was tried in vain.
	ahead     int
	vain      bool
	timelines timelines
	processes processes
}

// deliver begins the delivery of an account. It takes up the jobs of an earlier
// process.
func (r *route) deliver(f backfill.Filling) (backfill.Delivery, error) {
	d := &delivery{
		route: r, filling: f, account: f.Account(), jobs: make(map[string]*job),
		room: room{route: r}, changed: r.Clock.Now(),
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
		d.jobs[j.URI] = &job{Job: j.Job, post: j.Post, place: backfill.JobWaiting, since: d.changed, alive: d.processes.met}
	}
	return d, nil
}

// Missing takes out the posts that home has, those that it will never take in
// again, and those whose jobs are under way.
func (d *delivery) Missing(posts []backfill.KnownPost) ([]backfill.KnownPost, error) {
	posts = d.notUnderWay(posts)
	if len(posts) == 0 {
		return nil, nil
	}
	uris := make([]string, len(posts))
	for i, k := range posts {
		uris[i] = k.URI
	}
	held, err := d.heldURIs(uris)
	if err != nil {
		return nil, err
	}
	deleted, err := d.route.database.Tombstones(d.route.ctx, uris)
	if err != nil {
		return nil, fmt.Errorf("reading what was deleted on %s: %w", d.route.Home, err)
	}
	var missing, settled []backfill.KnownPost
	for _, k := range posts {
		switch {
		case held[k.URI]:
			settled = append(settled, k.Arrived(backfill.Held))
		case deleted[k.URI]:
			settled = append(settled, k.RefusedForGood("it was deleted on "+d.route.Home))
		default:
			missing = append(missing, k)
		}
	}
	return missing, d.filling.Settle(settled...)
}

// notUnderWay takes out the posts for which there is a job.
func (d *delivery) notUnderWay(posts []backfill.KnownPost) []backfill.KnownPost {
	var rest []backfill.KnownPost
	for _, k := range posts {
		if j := d.jobs[k.URI]; j != nil {
			j.post = k
		} else {
			rest = append(rest, k)
		}
	}
	return rest
}

func (d *delivery) heldURIs(uris []string) (map[string]bool, error) {
	held, err := d.route.database.HeldURIs(d.route.ctx, uris)
	if err != nil {
		return nil, fmt.Errorf("reading what %s holds of %s: %w", d.route.Home, d.account.Handle, err)
	}
	return held, nil
}

// Finish follows the jobs up until the outcome of each is known.
func (d *delivery) Finish(err error) error {
	defer d.room.set(0)
	if err != nil && (errors.Is(err, context.Canceled) || backfill.EndsRun(err)) {
		return err
	}
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
			d.filling.HandOver()
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

// leftInQueue is what there is to tell of jobs that a later run settles, if err
// has ended the walk.
func leftInQueue(err error) error {
	if err == nil || errors.Is(err, backfill.ErrQueued) {
		return backfill.ErrQueued
	}
	return &backfill.UnfinishedError{Err: err}
}

func (d *delivery) isStalled() bool { return d.route.Clock.Now().Sub(d.changed) > stalled }
