package sidekiq

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// oursEnds is how many entries at each end of a queue are searched for our
	// jobs.
	oursEnds = 10_000
	// oldestJobs is how many of a queue's oldest jobs are read for its latency:
	// the very oldest may be garbage, which workers discard.
	oldestJobs = 5
)

// Overview is the state of Sidekiq.
type Overview struct {
	// Queues in the order of their weight in Mastodon, then by name.
	Queues []Queue
	// Version of the oldest process that is alive; empty if none is, or if the
	// process does not give it (Sidekiq 6).
	Version string
	// Processes that are alive.
	Processes int
	// Busy and Workers count threads.
	Busy, Workers int
	// Scheduled, Retry and Dead count jobs.
	Scheduled, Retry, Dead int64
	// Processed and Failed count all jobs so far, the others those since midnight
	// UTC.
	Processed, Failed           int64
	ProcessedToday, FailedToday int64
	// Ours counts tootfill's jobs that wait.
	Ours int
	// OursMore says that there may be more of them: only the newest and the oldest
	// entries of very long queues are read.
	OursMore bool
}

// Queue is the state of a queue.
type Queue struct {
	Name string
	Size int64
	// Latency is how long its oldest job has waited.
	Latency time.Duration
}

// Overview reads the state of Sidekiq. It changes nothing, and its work is bounded,
// however long the queues are.
func (s *Sidekiq) Overview(ctx context.Context) (Overview, error) {
	var o Overview
	alive, err := s.processes(ctx)
	if err != nil {
		return Overview{}, err
	}
	for _, p := range alive {
		o.Busy += p.busy
		o.Workers += p.concurrency
	}
	o.Processes = len(alive)
	if len(alive) > 0 {
		o.Version = slices.MinFunc(alive, func(a, b process) int { return compareVersions(a.version, b.version) }).version
	}
	if o.Queues, err = s.queues(ctx); err != nil {
		return Overview{}, err
	}
	if err := s.counts(ctx, &o); err != nil {
		return Overview{}, err
	}
	ours, all, err := s.ours(ctx)
	if err != nil {
		return Overview{}, err
	}
	o.Ours, o.OursMore = len(ours), !all
	return o, nil
}

// queueOrder is the order of the weights in Mastodon's config/sidekiq.yml.
var queueOrder = [...]string{"default", "push", "ingress", "mailers", "pull", "scheduler", "fasp"}

func compareQueues(a, b Queue) int {
	rank := func(name string) int {
		if i := slices.Index(queueOrder[:], name); i >= 0 {
			return i
		}
		return len(queueOrder)
	}
	return cmp.Or(cmp.Compare(rank(a.Name), rank(b.Name)), cmp.Compare(a.Name, b.Name))
}

func (s *Sidekiq) queues(ctx context.Context) ([]Queue, error) {
	names, err := s.members(ctx, "queues", mostQueues)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	sizes := make([]*redis.IntCmd, len(names))
	oldest := make([]*redis.StringSliceCmd, len(names))
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			sizes[i] = p.LLen(ctx, s.key("queue:"+name))
			oldest[i] = p.LRange(ctx, s.key("queue:"+name), -oldestJobs, -1)
		}
		return nil
	})
	if err != nil {
		return nil, s.failed("reading the queues", err)
	}
	queues := make([]Queue, len(names))
	now := s.clock.Now()
	for i, name := range names {
		queues[i] = Queue{Name: name, Size: sizes[i].Val(), Latency: latency(oldest[i].Val(), now)}
	}
	slices.SortFunc(queues, compareQueues)
	return queues, nil
}

// Latency is how long the oldest job of the queue pull has waited, by Sidekiq's
// rule (lib/sidekiq/api.rb): since enqueued_at, or created_at, of its last
// entry; 0 for an empty queue. Entries without a time are passed over, because
// workers discard them; 0 if none of the oldest few has one.
func (s *Sidekiq) Latency(ctx context.Context) (time.Duration, error) {
	oldest, err := s.redis.LRange(ctx, s.key("queue:"+pullQueue), -oldestJobs, -1).Result()
	if err != nil {
		return 0, s.failed("reading the queue "+pullQueue, err)
	}
	return latency(oldest, s.clock.Now()), nil
}

// latency is the age of the last entry that has a time.
func latency(oldest []string, now time.Time) time.Duration {
	for _, text := range slices.Backward(oldest) {
		j, ok := readJob(text)
		if !ok {
			continue
		}
		if since, _, ok := j.since(); ok {
			return max(0, now.Sub(since))
		}
	}
	return 0
}

// counts reads the sizes of the sets and the totals.
func (s *Sidekiq) counts(ctx context.Context, o *Overview) error {
	today := s.clock.Now().UTC().Format(time.DateOnly)
	sets := map[string]*int64{"schedule": &o.Scheduled, "retry": &o.Retry, "dead": &o.Dead}
	totals := map[string]*int64{
		"stat:processed": &o.Processed, "stat:processed:" + today: &o.ProcessedToday,
		"stat:failed": &o.Failed, "stat:failed:" + today: &o.FailedToday,
	}
	cards, texts := make(map[string]*redis.IntCmd), make(map[string]*redis.StringCmd)
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for name := range sets {
			cards[name] = p.ZCard(ctx, s.key(name))
		}
		for name := range totals {
			texts[name] = p.Get(ctx, s.key(name))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return s.failed("reading the totals of Sidekiq", err)
	}
	for name, n := range sets {
		if *n, err = cards[name].Result(); err != nil {
			return s.failed("reading "+name, err)
		}
	}
	for name, n := range totals {
		text, err := texts[name].Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return s.failed("reading "+name, err)
		}
		// A total that is missing, or is not a number, is 0, as for Sidekiq.
		if *n, err = strconv.ParseInt(text, 10, 64); err != nil {
			*n = 0
		}
	}
	return nil
}
