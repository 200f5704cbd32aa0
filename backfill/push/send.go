package push

import (
	"errors"
	"fmt"
	"time"

	"tootfill/backfill"
)

const (
	// pushChunk is how many jobs are pushed at once, at most a quarter of what
	// may wait, so that the queue does not run dry between two chunks.
	pushChunk = 50
	// mostAhead is how many jobs are tried one by one to make an unknown author
	// known to home.
	mostAhead = 3
)

// Send pushes jobs, a chunk at a time, as there is room for them. If home does not
// know the author yet, it sends one job ahead: many jobs at once would race to
// create the account (Mastodon fetch_remote_status_service.rb).
func (d *delivery) Send(posts []backfill.KnownPost) error {
	for len(posts) > 0 {
		n := min(len(posts), d.mostAtOnce())
		if d.account.ID == "" {
			n = 1
		}
		if err := d.inRoom(n, func() error { return d.push(posts[:n]) }); err != nil {
			return err
		}
		posts = posts[n:]
		if d.account.ID == "" {
			if err := d.meetAuthor(); err != nil {
				return err
			}
			if d.ahead++; d.account.ID == "" && d.vain && d.ahead >= mostAhead {
				return backfill.ErrHopeless
			}
		}
	}
	return nil
}

// push pushes the jobs for posts, and keeps them in mind until they have an outcome.
func (d *delivery) push(posts []backfill.KnownPost) error {
	jobs := make([]backfill.Job, 0, len(posts))
	for _, k := range posts {
		j, err := d.route.workers.Prepare(d.ctx, k.URI, k.Object)
		if err != nil {
			return fmt.Errorf("preparing the job for %s: %w", k.URI, err)
		}
		jobs = append(jobs, j)
	}
	pushed, err := d.pushJobs(jobs)
	if errors.Is(err, errWouldImport) {
		for _, k := range posts {
			err = d.filling.Settle(k.Arrived(backfill.WouldImport))
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return err
	}
	d.changed = d.route.Clock.Now()
	for i, j := range pushed {
		posts[i].Object = nil
		d.jobs[j.URI] = &job{Job: j, post: posts[i], place: backfill.JobWaiting, since: d.changed, alive: d.processes.alive}
	}
	return nil
}

// PushOne pushes a job that nobody follows up, as soon as there is room for it.
func (d *delivery) PushOne(push func() error) error { return d.inRoom(1, push) }

// mostAtOnce is how many jobs are pushed at once.
func (d *delivery) mostAtOnce() int { return min(pushChunk, max(d.route.Options.MaxWaiting/4, 1)) }

// inRoom waits until n more jobs may be pushed, and has them pushed.
func (d *delivery) inRoom(n int, push func() error) error {
	if err := d.awaitRoom(n); err != nil {
		return err
	}
	defer d.route.pushIsOver(n)
	return push()
}

// awaitRoom waits until n more jobs may be pushed. It looks often: while it sleeps,
// the room that it is next to get stays empty.
func (d *delivery) awaitRoom(n int) error {
	for pause := lookPause; ; pause = min(2*pause, roomPauseMost) {
		reason, err := d.crowded(n)
		if err != nil || reason == "" {
			return err
		}
		if err := d.waitAndLook(pause, reason); err != nil {
			return err
		}
	}
}

// crowded says why no more jobs may be pushed at the moment, or "" once it has reserved
// room for n of them.
func (d *delivery) crowded(n int) (string, error) {
	latency, err := d.route.workers.Latency(d.ctx)
	if err != nil {
		return "", fmt.Errorf("reading the queues of %s: %w", d.route.Home, err)
	}
	if most := d.route.Options.MaxLatency; most > 0 && latency > most {
		// A queue that is behind is no sign that ours has stalled.
		d.changed = d.route.Clock.Now()
		return "the queue pull is " + roughly(latency) + " behind", nil
	}
	pushed := d.route.pushedSoFar()
	waiting, err := d.route.workers.Waiting(d.ctx)
	if err != nil {
		return "", fmt.Errorf("reading the queues of %s: %w", d.route.Home, err)
	}
	if now := (queueState{waiting: waiting, pushed: pushed}); now != d.queue {
		d.queue, d.changed = now, d.route.Clock.Now()
	}
	if !d.room.reserve(n, waiting, pushed) {
		return fmt.Sprintf("%d of our jobs are waiting", d.route.Options.MaxWaiting), nil
	}
	return "", nil
}

// roughly is a duration as people say it: 90 s, 2 min.
func roughly(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}

// meetAuthor waits until the first job has made home know the author.
func (d *delivery) meetAuthor() error {
	for len(d.jobs) > 0 {
		if err := d.waitAndLook(lookPause, "it is getting to know the account"); err != nil {
			return err
		}
	}
	return d.knowAuthor()
}
