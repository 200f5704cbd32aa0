package backfill

import (
	"errors"
	"fmt"
	"time"
)

// look sees what has become of the jobs, and settles those that have an outcome.
func (d *pushing) look() error {
	if len(d.jobs) == 0 {
		return nil
	}
	if err := d.settleImported(); err != nil {
		return err
	}
	jobs := make([]PushedJob, 0, len(d.jobs))
	for _, j := range d.jobs {
		jobs = append(jobs, j.PushedJob)
	}
	places, err := d.Workers.Where(d.ctx, jobs)
	if err != nil {
		return fmt.Errorf("looking for our jobs at %s: %w", d.Home, err)
	}
	now := d.Clock.Now()
	var traceless []*job
	for _, j := range d.jobs {
		if err := d.judge(j, places[j.JID], now); err != nil {
			return err
		}
		if d.jobs[j.URI] == j && !j.gone.IsZero() && now.Sub(j.gone) >= goneGrace {
			traceless = append(traceless, j)
		}
	}
	d.recount()
	return d.settleTraceless(traceless)
}

// settleImported settles the jobs whose posts home has now.
func (d *pushing) settleImported() error {
	uris := make([]string, 0, len(d.jobs))
	for uri := range d.jobs {
		uris = append(uris, uri)
	}
	held, err := d.Database.HeldURIs(d.ctx, uris)
	if err != nil {
		return fmt.Errorf("reading what %s holds of %s: %w", d.Home, d.account.Handle, err)
	}
	for uri := range held {
		j := d.jobs[uri]
		if j == nil || !held[uri] {
			continue
		}
		if err := errors.Join(d.mergeIsDue(), d.countRises()); err != nil {
			return err
		}
		k := j.post
		k.Outcome, k.Reason, k.NextTry = Imported, "", time.Time{}
		if err := d.settleJob(j, k); err != nil {
			return err
		}
		d.count(k, Imported, "")
	}
	return nil
}

// judge notes where a job is, and settles it if it has ended in vain.
func (d *pushing) judge(j *job, place JobPlace, now time.Time) error {
	if place != j.place {
		d.changed = now
	}
	j.place = place
	switch {
	case place == JobDead:
		return d.settleVain(j, Failed, "its job has failed for good")
	case place == JobRetrying && !j.told:
		j.told = true
		d.tell(Warned{
			Account: d.account.Handle, Text: "the job for " + j.URI + " has failed",
			Hint: Say("Sidekiq tries it again, three times in all"),
		})
	}
	switch {
	case place != JobGone:
		j.gone, j.unsure = time.Time{}, false
	case j.gone.IsZero():
		j.gone = now
	}
	return nil
}

func (d *pushing) settleVain(j *job, o Outcome, reason string) error {
	k := afterVainTry(j.post, o, reason, d.Clock.Now())
	if err := d.settleJob(j, k); err != nil {
		return err
	}
	d.vainTry(k)
	return nil
}

// settleJob records the outcome of a job's post and drops the job.
func (d *pushing) settleJob(j *job, k KnownPost) error {
	if err := d.recordOutcomes(k); err != nil {
		return err
	}
	d.settleEarly(j.URI)
	delete(d.jobs, j.URI)
	d.changed = d.Clock.Now()
	return nil
}

// settleTraceless sees to jobs that have long been in no place. Those that were
// never pushed, or were lost with the process that worked on them, are pushed
// again; with the others home was done, and took nothing.
func (d *pushing) settleTraceless(jobs []*job) error {
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
		case j.unsure, died && !j.again:
			lost = append(lost, j)
			j.again = j.again || !j.unsure
		case died:
			err = d.settleVain(j, Failed, "its job was lost twice, each time with a Sidekiq process that ended")
		default:
			err = d.settleVain(j, Refused, "its job is done, and "+d.Home+" does not have the post")
		}
		if err != nil {
			return err
		}
	}
	d.recount()
	return d.pushAgain(lost)
}

// pushAgain pushes jobs that are nowhere once more.
func (d *pushing) pushAgain(lost []*job) error {
	if len(lost) == 0 {
		return nil
	}
	jobs := make([]PushedJob, 0, len(lost))
	for _, j := range lost {
		jobs = append(jobs, j.PushedJob)
	}
	if err := d.pushJobs(jobs); err != nil {
		return err
	}
	now := d.Clock.Now()
	for _, j := range lost {
		j.unsure, j.place, j.gone, j.PushedAt, j.alive = false, JobWaiting, time.Time{}, now, d.alive
	}
	d.changed = now
	d.recount()
	return nil
}

// recount tells the session how many of the account's jobs wait.
func (d *pushing) recount() {
	n := 0
	for _, j := range d.jobs {
		if j.place == JobWaiting {
			n++
		}
	}
	d.setCounted(n)
}
