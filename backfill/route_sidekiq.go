package backfill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// pushChunk is how many jobs are pushed at once, at most a quarter of what
	// may wait, so that the queue does not run dry between two chunks.
	pushChunk = 50
	// lookPause is the pause between two looks at the jobs; it grows up to
	// lookPauseMost while nothing changes.
	lookPause     = 2 * time.Second
	lookPauseMost = 15 * time.Second
	// goneGrace is for how long a job has to be in no place before it counts as
	// done: what a worker has just taken shows with its next beat, every 10 s
	// (Sidekiq lib/sidekiq/launcher.rb), and a slow import takes some 30 s.
	goneGrace = 60 * time.Second
	// mostAhead is how many jobs are tried one by one to bring home an author
	// whom it does not know.
	mostAhead = 3
	// stalled is after how long without any change nobody waits any more.
	stalled = 10 * time.Minute
)

// errQueued: all is pushed, and what came of it is for a later run to see.
var errQueued = errors.New("the jobs are in the queue")

// pushing is route sidekiq: home's own workers import the posts.
type pushing struct {
	*filling
	// jobs are those whose outcome is not known, by URI.
	jobs map[string]*job
	// counted is how many of them the session counts as waiting.
	counted int
	// waited is how many jobs were in the queue when it was last looked at.
	waited int
	// changed is when something was last seen to happen.
	changed time.Time
	// ahead counts the jobs that were sent ahead of an unknown author's others.
	ahead int
	// merge is what is remembered of the followers' home timelines.
	merge string
	// alive are the processes that were alive when jobs were pushed last, and
	// met all that have been so since an earlier run began to push.
	alive, met []string
}

// job is a job that was pushed, with the post that it is about.
type job struct {
	PushedJob
	post  KnownPost
	place JobPlace
	// gone is when it was first seen to be in no place; zero if it is in one.
	gone time.Time
	// told says that its trouble has been told.
	told bool
	// unsure says that a crash left open whether it was ever pushed.
	unsure bool
	// alive are the processes that were alive when it was pushed, and again says
	// that it was lost with one of them and was pushed once more.
	alive []string
	again bool
}

// newPushing takes up the jobs of an earlier process.
func newPushing(f *filling) (*pushing, error) {
	d := &pushing{filling: f, jobs: make(map[string]*job), changed: f.Clock.Now()}
	if err := errors.Join(d.recallMerge(), d.recallProcesses()); err != nil {
		return nil, err
	}
	if err := d.warnOfIdleQueue(); err != nil {
		return nil, err
	}
	jobs, err := f.Ledger.Jobs(f.saving, f.run)
	if err != nil {
		return nil, fmt.Errorf("reading the jobs for %s: %w", f.account.Handle, err)
	}
	posts := make([]fediverse.Post, len(jobs))
	for i, j := range jobs {
		posts[i].URI = j.URI
	}
	// The earlier tries of a post count even if the listing does not get there.
	known, err := f.Ledger.Recorded(f.saving, f.run, posts)
	if err != nil {
		return nil, fmt.Errorf("reading the jobs for %s: %w", f.account.Handle, err)
	}
	for i, j := range jobs {
		d.jobs[j.URI] = &job{PushedJob: j, post: known[i], place: JobWaiting, unsure: j.PushedAt.IsZero(), alive: d.met}
	}
	return d, nil
}

// missing takes out the posts that home has, those that it will never take in
// again, and those whose jobs are under way.
func (d *pushing) missing(posts []KnownPost) ([]KnownPost, error) {
	posts = d.notUnderWay(posts)
	if len(posts) == 0 {
		return nil, nil
	}
	uris := make([]string, len(posts))
	for i, k := range posts {
		uris[i] = k.URI
	}
	held, err := d.Database.HeldURIs(d.ctx, uris)
	if err != nil {
		return nil, fmt.Errorf("reading what %s holds of %s: %w", d.Home, d.account.Handle, err)
	}
	buried, err := d.Database.Tombstones(d.ctx, uris)
	if err != nil {
		return nil, fmt.Errorf("reading what was deleted on %s: %w", d.Home, err)
	}
	var missing, holds []KnownPost
	for _, k := range posts {
		switch {
		case held[k.URI]:
			holds = append(holds, k)
		case buried[k.URI]:
			if err := d.bury(k); err != nil {
				return nil, err
			}
		default:
			missing = append(missing, k)
		}
	}
	return missing, d.settleHeld(holds)
}

// notUnderWay takes out the posts for which there is a job.
func (d *pushing) notUnderWay(posts []KnownPost) []KnownPost {
	var rest []KnownPost
	for _, k := range posts {
		if j := d.jobs[k.URI]; j != nil {
			j.post = k
		} else {
			rest = append(rest, k)
		}
	}
	return rest
}

// bury settles a post that was deleted on home: it cannot come back.
func (d *pushing) bury(k KnownPost) error {
	k.Outcome, k.Reason, k.Attempts = Refused, "it was deleted on "+d.Home, maxAttempts
	if err := d.recordOutcomes(k); err != nil {
		return err
	}
	d.count(k, Refused, k.Reason)
	return nil
}

// send pushes jobs, a chunk at a time, as there is room for them. Of an author
// whom home does not know yet, one is sent ahead: many jobs at once would race
// to create the account (Mastodon fetch_remote_status_service.rb).
func (d *pushing) send(posts []KnownPost) error {
	for len(posts) > 0 {
		n := min(pushChunk, len(posts), max(d.Options.MaxWaiting/4, 1))
		if d.account.ID == "" {
			n = 1
		}
		if err := d.room(n); err != nil {
			return err
		}
		if err := d.push(posts[:n]); err != nil {
			return err
		}
		posts = posts[n:]
		if d.account.ID == "" {
			if err := d.meetAuthor(); err != nil {
				return err
			}
			if d.ahead++; d.account.ID == "" && d.vain && d.ahead >= mostAhead {
				return errHopeless
			}
		}
	}
	return nil
}

// push records the jobs, pushes them, and records that they are pushed.
func (d *pushing) push(posts []KnownPost) error {
	jobs := make([]PushedJob, 0, len(posts))
	for _, k := range posts {
		j, err := d.Workers.Prepare(d.ctx, k.URI, k.Object)
		if err != nil {
			return fmt.Errorf("preparing the job for %s: %w", k.URI, err)
		}
		jobs = append(jobs, j)
	}
	if err := d.pushJobs(jobs); err != nil {
		if errors.Is(err, errWouldImport) {
			d.recount() // nothing waits
			for _, k := range posts {
				d.count(k, WouldImport, "")
			}
			return nil
		}
		return err
	}
	now := d.Clock.Now()
	for i, j := range jobs {
		j.PushedAt = now
		posts[i].Object = nil
		d.jobs[j.URI] = &job{PushedJob: j, post: posts[i], place: JobWaiting, alive: d.alive}
	}
	d.changed = now
	d.recount()
	return nil
}

// pushJobs pushes jobs so that a crash at any point neither loses nor doubles
// one: what is recorded without a time may or may not have been pushed.
func (d *pushing) pushJobs(jobs []PushedJob) error {
	if err := d.seeProcesses(); err != nil {
		return err
	}
	if err := d.Ledger.RecordJobs(d.saving, d.run, jobs); err != nil {
		return fmt.Errorf("recording jobs for %s: %w", d.account.Handle, err)
	}
	if err := d.Workers.Push(d.saving, jobs); err != nil {
		return fmt.Errorf("pushing jobs to %s: %w", d.Home, err)
	}
	pushed := make([]PushedJob, len(jobs))
	for i, j := range jobs {
		j.PushedAt = d.Clock.Now()
		pushed[i] = j
	}
	if err := d.Ledger.RecordJobs(d.saving, d.run, pushed); err != nil {
		return fmt.Errorf("recording jobs for %s: %w", d.account.Handle, err)
	}
	return nil
}

// room waits until n more jobs may be pushed.
func (d *pushing) room(n int) error {
	for pause := lookPause; ; pause = min(2*pause, lookPauseMost) {
		reason, err := d.crowded(n)
		if err != nil || reason == "" {
			return err
		}
		if err := d.wait(d.account.Handle, d.Home, pause, reason); err != nil {
			return err
		}
		if err := d.look(); err != nil {
			return err
		}
		if d.isStalled() {
			return errQueued
		}
	}
}

// crowded says why no job may be pushed at the moment, or "".
func (d *pushing) crowded(n int) (string, error) {
	latency, err := d.Workers.Latency(d.ctx)
	if err != nil {
		return "", fmt.Errorf("reading the queues of %s: %w", d.Home, err)
	}
	if d.Options.MaxLatency > 0 && latency > d.Options.MaxLatency {
		// A queue that is behind is no sign that ours has stalled.
		d.changed = d.Clock.Now()
		return "the queue pull is " + roughly(latency) + " behind", nil
	}
	waiting, err := d.Workers.Waiting(d.ctx)
	if err != nil {
		return "", fmt.Errorf("reading the queues of %s: %w", d.Home, err)
	}
	if waiting != d.waited {
		d.waited, d.changed = waiting, d.Clock.Now()
	}
	if !d.reserve(n, waiting) {
		return fmt.Sprintf("%d of our jobs wait", d.Options.MaxWaiting), nil
	}
	return "", nil
}

// roughly is a time in people's words: 90 s, 2 min.
func roughly(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}

// reserve takes room for n jobs, which all accounts of the session share, and
// with the jobs of other runs and processes that are in the queue already.
func (d *pushing) reserve(n, inQueue int) bool {
	d.session.mu.Lock()
	defer d.session.mu.Unlock()
	if max(d.waiting, inQueue)+n > max(d.Options.MaxWaiting, n) {
		return false
	}
	d.waiting += n
	d.counted += n
	return true
}

// meetAuthor waits until the first job has made home know the author.
func (d *pushing) meetAuthor() error {
	for len(d.jobs) > 0 {
		if err := d.wait(d.account.Handle, d.Home, lookPause, "it gets to know the account"); err != nil {
			return err
		}
		if err := d.look(); err != nil {
			return err
		}
		if d.isStalled() {
			return errQueued
		}
	}
	return d.knowAuthor()
}

// knowAuthor asks whether home knows the author by now.
func (d *pushing) knowAuthor() error {
	a, err := d.Accounts.Account(d.ctx, d.account.Handle)
	switch {
	case err == nil && a.ID != "":
		d.account.ID = a.ID
	case err != nil && !errors.Is(err, ErrNoAccount):
		return err
	}
	return nil
}

func (d *pushing) isStalled() bool { return d.Clock.Now().Sub(d.changed) > stalled }

// finish follows the jobs up until the outcome of each is known.
func (d *pushing) finish(err error) error {
	defer d.leaveQueue()
	if err != nil && (errors.Is(err, context.Canceled) || endsRun(err)) {
		return err
	}
	for pause := lookPause; len(d.jobs) > 0; pause = min(2*pause, lookPauseMost) {
		before := len(d.jobs)
		if err := d.look(); err != nil {
			return err
		}
		switch {
		case len(d.jobs) == 0:
		case d.Options.NoWait, d.isStalled():
			if err != nil && !errors.Is(err, errQueued) {
				d.open = true // a later run settles the jobs, too
				return err
			}
			return errQueued
		default:
			if len(d.jobs) < before {
				pause = lookPause
			}
			d.handOver()
			reason := fmt.Sprintf("%d jobs are under way", len(d.jobs))
			if err := d.wait(d.account.Handle, d.Home, pause, reason); err != nil {
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

// leaveQueue takes the account's jobs out of the session's count.
func (d *pushing) leaveQueue() { d.setCounted(0) }

func (d *pushing) setCounted(n int) {
	d.session.mu.Lock()
	defer d.session.mu.Unlock()
	d.waiting += n - d.counted
	d.counted = n
}
