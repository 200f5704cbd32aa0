package push

import (
	"fmt"
	"slices"
	"time"

	"tootfill/backfill"
)

// waitAndLook waits before the next look at the jobs, and ends the wait for good
// once nothing has happened for a long time.
func (d *delivery) waitAndLook(pause time.Duration, reason string) error {
	if err := d.filling.Wait(d.route.Home, pause, reason); err != nil {
		return err
	}
	if err := d.look(); err != nil {
		return err
	}
	if d.isStalled() {
		return backfill.ErrQueued
	}
	return nil
}

// look finds out what became of the jobs, and settles those that have an outcome.
func (d *delivery) look() error {
	if len(d.jobs) == 0 {
		return nil
	}
	if err := d.settleImported(); err != nil {
		return err
	}
	jobs := make([]backfill.Job, 0, len(d.jobs))
	for _, j := range d.jobs {
		jobs = append(jobs, j.Job)
	}
	places, err := d.route.workers.Where(d.ctx, jobs)
	if err != nil {
		return fmt.Errorf("looking for our jobs at %s: %w", d.route.Home, err)
	}
	now := d.route.Clock.Now()
	var traceless []*job
	for _, j := range d.jobs {
		d.note(j, places[j.JID], now)
		switch {
		case j.place == backfill.JobDead:
			if err := d.settleVain(j, backfill.Failed, "its job has failed for good"); err != nil {
				return err
			}
		case j.isTraceless(now):
			traceless = append(traceless, j)
		}
	}
	return d.settleTraceless(traceless)
}

// settleImported settles the jobs whose posts home now has.
func (d *delivery) settleImported() error {
	uris := make([]string, 0, len(d.jobs))
	for uri := range d.jobs {
		uris = append(uris, uri)
	}
	held, err := d.heldURIs(uris)
	if err != nil {
		return err
	}
	for uri := range held {
		j := d.jobs[uri]
		if j == nil || !held[uri] {
			continue
		}
		if err := d.mergeIsDue(); err != nil {
			return err
		}
		if err := d.filling.Settle(j.post.Arrived(backfill.Imported)); err != nil {
			return err
		}
		d.drop(j)
	}
	return nil
}

// note notes where a job is.
func (d *delivery) note(j *job, place backfill.JobPlace, now time.Time) {
	if place != j.place {
		j.place, j.since, d.changed = place, now, now
	}
	j.seen = j.seen || place != backfill.JobGone
	if place == backfill.JobRetrying && !j.told {
		j.told = true
		d.filling.Tell(backfill.Warned{
			Account: d.account.Handle, Text: "the job for " + j.URI + " has failed",
			Hint: backfill.Say("Sidekiq tries it again, three times in all"),
		})
	}
}

func (d *delivery) settleVain(j *job, o backfill.Outcome, reason string) error {
	if err := d.filling.SettleVain(j.post.AfterVainTry(o, reason, d.route.Clock.Now())); err != nil {
		return err
	}
	d.vain = true
	d.drop(j)
	return nil
}

// drop forgets a job whose post has an outcome.
func (d *delivery) drop(j *job) {
	delete(d.jobs, j.URI)
	d.changed = d.route.Clock.Now()
}

// settleTraceless settles jobs that have been nowhere for a long time. It pushes
// those again that were never pushed, or were lost with the process that worked on
// them; home has finished the others without taking in the post.
func (d *delivery) settleTraceless(jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	alive, err := d.processesNow()
	if err != nil {
		return err
	}
	var lost []*job
	for _, j := range jobs {
		died := ended(j.alive, alive)
		switch {
		case j.isUnpushed(), died && !j.again:
			lost = append(lost, j)
		case died:
			err = d.settleVain(j, backfill.Failed, "its job was lost twice, each time with a Sidekiq process that ended")
		default:
			err = d.settleVain(j, backfill.Refused, "its job is done, and "+d.route.Home+" does not have the post")
		}
		if err != nil {
			return err
		}
	}
	return d.pushAgain(lost)
}

// pushAgain pushes jobs that are nowhere again, as far as there is room for them now.
// The next look pushes the others.
func (d *delivery) pushAgain(lost []*job) error {
	for chunk := range slices.Chunk(lost, d.mostAtOnce()) {
		reason, err := d.crowded(len(chunk))
		if err != nil || reason != "" {
			return err
		}
		if err := d.pushLost(chunk); err != nil {
			return err
		}
	}
	return nil
}

// pushLost pushes jobs again for which there is room.
func (d *delivery) pushLost(lost []*job) error {
	defer d.route.pushIsOver(len(lost))
	jobs := make([]backfill.Job, 0, len(lost))
	for _, j := range lost {
		j.again = j.again || !j.isUnpushed()
		j.State = backfill.JobMaybePushed
		jobs = append(jobs, j.Job)
	}
	pushed, err := d.pushJobs(jobs)
	if err != nil {
		return err
	}
	d.changed = d.route.Clock.Now()
	for i, j := range lost {
		j.Job, j.place, j.since, j.seen, j.alive = pushed[i], backfill.JobWaiting, d.changed, false, d.processes.alive
	}
	return nil
}
