package sidekiq

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
)

// unitMemory is how long the unit of times is remembered: Sidekiq may be upgraded
// while we run.
const unitMemory = time.Minute

// jobUnit is the unit in which the running Sidekiq writes times. If no process is
// alive, the jobs in Redis show it; if there are none, it is seconds, which every
// version understands.
func (s *Sidekiq) jobUnit(ctx context.Context) (unit, error) {
	now := s.clock.Now()
	s.mu.Lock()
	u, till := s.unit, s.unitTill
	s.mu.Unlock()
	if left := till.Sub(now); u != unitUnknown && left > 0 && left <= unitMemory {
		return u, nil
	}
	u, err := s.findUnit(ctx)
	if err != nil {
		return unitUnknown, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unit, s.unitTill = u, now.Add(unitMemory)
	return u, nil
}

func (s *Sidekiq) findUnit(ctx context.Context) (unit, error) {
	alive, err := s.processes(ctx)
	if err != nil {
		return unitUnknown, err
	}
	if len(alive) > 0 {
		return unitOf(alive), nil
	}
	queues, err := s.members(ctx, "queues", mostQueues)
	if err != nil {
		return unitUnknown, err
	}
	u, err := s.unitOfJobs(ctx, queues)
	if err != nil || u != unitUnknown {
		return u, err
	}
	if len(queues) == 0 {
		return unitUnknown, s.noSidekiq()
	}
	return seconds, nil
}

// noSidekiq: jobs pushed here would wait forever.
func (s *Sidekiq) noSidekiq() error {
	hint := "check that this is the Redis, the database number and the REDIS_NAMESPACE that Mastodon's Sidekiq uses"
	return &backfill.Hinted{Err: errors.New("no Sidekiq has ever used " + s.name()), Hint: backfill.Say(hint)}
}

// unitOf goes by the oldest version: a newer one understands its unit.
func unitOf(alive []process) unit {
	for _, p := range alive {
		if major(p.version) < 8 {
			return seconds
		}
	}
	return milliseconds
}

// major is 0 for Sidekiq 6, which gives no version.
func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(first)
	if err != nil {
		return 0
	}
	return n
}

// unitOfJobs looks at one job in each place.
func (s *Sidekiq) unitOfJobs(ctx context.Context, queues []string) (unit, error) {
	var answers []redis.Cmder
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, name := range queues {
			answers = append(answers, p.LRange(ctx, s.key("queue:"+name), 0, 0))
		}
		for _, set := range []string{"retry", "schedule", "dead"} {
			answers = append(answers, p.ZRevRange(ctx, s.key(set), 0, 0))
		}
		return nil
	})
	if err != nil {
		return unitUnknown, s.failed("reading jobs", err)
	}
	for _, answer := range answers {
		list, ok := answer.(*redis.StringSliceCmd)
		if !ok {
			continue
		}
		for _, text := range list.Val() {
			if j, ok := readJob(text); ok && len(j.Ours) == 0 {
				if _, u, ok := j.since(); ok {
					return u, nil
				}
			}
		}
	}
	return unitUnknown, nil
}

// compareVersions compares versions such as 7.3.9 and 8.0.9 by their numbers.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var left, right string
		left, a, _ = strings.Cut(a, ".")
		right, b, _ = strings.Cut(b, ".")
		if c := cmp.Compare(count(left), count(right)); c != 0 {
			return c
		}
	}
	return 0
}
