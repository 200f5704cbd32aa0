package sandbox

import (
	"context"
	"time"
)

// queueWeights are those of Mastodon's config/sidekiq.yml.
var queueWeights = [...]struct {
	name   string
	weight int
}{
	{"default", 8}, {"push", 6}, {"ingress", 4}, {"mailers", 2}, {"pull", 1}, {"scheduler", 1}, {"fasp", 1},
}

// work is what a thread is working on.
type work struct {
	queue string
	text  string
	since time.Time
	// life is the number of the process that does the work, as counted by lives.
	life int
}

// thread takes jobs and does them until ctx ends.
func (q *Sidekiq) thread(ctx context.Context, name string) {
	clock := q.home.sandbox.clock
	for ctx.Err() == nil {
		w, toil, ok := q.take(name)
		if !ok {
			// The loop condition sees the end of ctx.
			_ = clock.Wait(ctx, idlePause)
			continue
		}
		if clock.Wait(ctx, toil) != nil {
			q.giveBack(name, w)
			return
		}
		if q.lost(w) {
			continue
		}
		err := q.process(ctx, w)
		if err == nil && ctx.Err() != nil {
			q.giveBack(name, w) // it may have been cut short; doing it again does no harm
			return
		}
		q.finish(name, w, err)
	}
}

// lost reports whether the process that had the work was killed.
func (q *Sidekiq) lost(w work) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return w.life != q.lives
}

// take takes the oldest job of a queue, trying the queues in an order drawn by their
// weights (lib/sidekiq/fetch.rb, queues_cmd), and returns how long the job takes.
func (q *Sidekiq) take(thread string) (w work, toil time.Duration, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.paused || q.away || q.dead {
		return work{}, 0, false
	}
	for _, queue := range q.drawOrder() {
		text, err := q.redis.RPop("queue:" + queue)
		if err != nil {
			continue // it is empty
		}
		w = work{queue: queue, text: text, since: q.home.now(), life: q.lives}
		q.working[thread] = w
		if j, err := readJob(text); err == nil && j.fresh() {
			q.taken[j.class()]++
		}
		return w, q.toil(), true
	}
	return work{}, 0, false
}

// drawOrder: with mu held.
func (q *Sidekiq) drawOrder() []string {
	var tickets []string
	for _, w := range queueWeights {
		for range w.weight {
			tickets = append(tickets, w.name)
		}
	}
	q.random.Shuffle(len(tickets), func(i, j int) { tickets[i], tickets[j] = tickets[j], tickets[i] })
	seen := make(map[string]bool, len(queueWeights))
	order := make([]string, 0, len(queueWeights))
	for _, name := range tickets {
		if !seen[name] {
			seen[name] = true
			order = append(order, name)
		}
	}
	return order
}

// toil draws how long a job takes, so that all threads together keep the rate.
// With mu held.
func (q *Sidekiq) toil() time.Duration {
	if q.rate <= 0 {
		return 0
	}
	return time.Duration((0.5 + q.random.Float64()) * threads / q.rate * float64(time.Second))
}

// giveBack puts a job back where it was taken from, as Sidekiq does with unfinished
// jobs when it ends (lib/sidekiq/fetch.rb, bulk_requeue).
func (q *Sidekiq) giveBack(thread string, w work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.life != q.lives {
		return // nobody is left to give it back
	}
	delete(q.working, thread)
	if j, err := readJob(w.text); err == nil && j.fresh() {
		q.taken[j.class()]--
	}
	if _, err := q.redis.RPush("queue:"+w.queue, w.text); err != nil {
		q.failed++
	}
}

func (q *Sidekiq) finish(thread string, w work, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.life != q.lives {
		return
	}
	delete(q.working, thread)
	q.processed++
	if err != nil {
		q.failed++
	}
}

// process does a job. One that fails goes to retry, and after its last try to dead;
// one that is not JSON goes to dead at once (lib/sidekiq/processor.rb).
func (q *Sidekiq) process(ctx context.Context, w work) error {
	j, err := readJob(w.text)
	if err != nil {
		q.later("dead", w.text, q.home.now())
		return err
	}
	if err = q.perform(ctx, j); err == nil {
		return nil
	}
	tries, kept := j.tries()
	if !kept {
		return err
	}
	now := q.home.now()
	count := j.failure(asJobError(err), now)
	if count < tries {
		q.later("retry", j.text(), now.Add(q.backoff(j.class(), count)))
	} else {
		q.later("dead", j.text(), now)
	}
	return err
}
