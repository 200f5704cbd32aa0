package backfill

import (
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
	var lost []*job
	for _, j := range d.jobs {
		if err := d.judge(j, places[j.JID], now); err != nil {
			return err
		}
		if j.unsure && !j.gone.IsZero() && now.Sub(j.gone) >= goneGrace {
			lost = append(lost, j)
		}
	}
	d.recount()
	return d.pushAgain(lost)
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
		if err := d.mergeIsDue(); err != nil {
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
			Hint: "Sidekiq tries it again, three times in all",
		})
	}
	switch {
	case place != JobGone:
		j.gone, j.unsure = time.Time{}, false
	case j.gone.IsZero():
		j.gone = now
	case !j.unsure && now.Sub(j.gone) >= goneGrace:
		return d.settleVain(j, Refused, "its job is done, and "+d.Home+" does not have the post")
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

// pushAgain pushes the jobs of which a crash left unknown whether they had been
// pushed, and which are nowhere.
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
		j.unsure, j.place, j.gone, j.PushedAt = false, JobWaiting, time.Time{}, now
	}
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
