package sidekiq

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
)

const (
	// nearEnds is how many entries of each end of a queue are always read.
	nearEnds = 1000
	// farEnds is how many are read to find a job that is nowhere else.
	farEnds = 10_000
	// mostFailed is how many entries of retry and of dead are read.
	mostFailed = 10_000
	// clockSkew is how far the clocks of other machines may be off.
	clockSkew = time.Hour
	// longestRetry is more than the 335 s within which FetchReplyWorker is
	// tried again (Mastodon app/workers/concerns/exponential_backoff.rb with
	// 3 tries).
	longestRetry = 10 * time.Minute
)

// Where returns where Redis has each job, by JID.
//
// A job that a worker has just taken from the queue is nowhere to be seen until
// the worker's next heartbeat, 5 s (Sidekiq 6.5) or 10 s later (lib/sidekiq/
// launcher.rb, BEAT_PAUSE), and is JobGone until then.
//
// Of a queue with more than 2,000 entries, only the ends are read. Jobs between
// them that were pushed are assumed to leave in the order in which they were
// pushed; those that may not have been pushed are asked for one by one. A job that
// Sidekiq tries again is written anew: it is found among the newest and the oldest
// 10,000 entries.
func (s *Sidekiq) Where(ctx context.Context, jobs []backfill.Job) (map[string]backfill.JobPlace, error) {
	found, err := s.find(ctx, jobs, s.findBetween)
	if err != nil {
		return nil, err
	}
	for _, j := range missing(jobs, found) {
		found[j.JID] = backfill.JobGone
	}
	return found, nil
}

// search looks for jobs in the part of a long queue that is otherwise not read.
type search func(ctx context.Context, jobs []backfill.Job, found map[string]backfill.JobPlace) error

// find looks for jobs in every place, in the order in which a job passes through
// them. Jobs that it does not find are left out.
func (s *Sidekiq) find(ctx context.Context, jobs []backfill.Job, between search) (map[string]backfill.JobPlace, error) {
	found := make(map[string]backfill.JobPlace, len(jobs))
	if len(jobs) == 0 {
		return found, nil
	}
	all, err := s.findNear(ctx, jobs, nearEnds, found)
	if err == nil && !all {
		err = between(ctx, missing(jobs, found), found)
	}
	if unknownCommand(err) {
		err = nil
	}
	if err == nil {
		err = s.findTaken(ctx, jobs, found)
	}
	if err == nil && !all && len(found) < len(jobs) {
		_, err = s.findNear(ctx, missing(jobs, found), farEnds, found)
	}
	return found, err
}

// findTaken looks for jobs that have left the queue.
func (s *Sidekiq) findTaken(ctx context.Context, jobs []backfill.Job, found map[string]backfill.JobPlace) error {
	if len(found) == len(jobs) {
		return nil
	}
	working, err := s.working(ctx)
	if err != nil {
		return err
	}
	for _, j := range missing(jobs, found) {
		if working[j.JID] {
			found[j.JID] = backfill.JobWorking
		}
	}
	if err := s.findFailed(ctx, "retry", backfill.JobRetrying, missing(jobs, found), found); err != nil {
		return err
	}
	return s.findFailed(ctx, "dead", backfill.JobDead, missing(jobs, found), found)
}

func missing(jobs []backfill.Job, found map[string]backfill.JobPlace) []backfill.Job {
	var rest []backfill.Job
	for _, j := range jobs {
		if _, ok := found[j.JID]; !ok {
			rest = append(rest, j)
		}
	}
	return rest
}

func wantedJobs(jobs []backfill.Job) map[string]bool {
	wanted := make(map[string]bool, len(jobs))
	for _, j := range jobs {
		wanted[j.JID] = true
	}
	return wanted
}

// findNear looks for jobs near the ends of the queue.
func (s *Sidekiq) findNear(ctx context.Context, jobs []backfill.Job, each int64, found map[string]backfill.JobPlace) (all bool, err error) {
	wanted := wantedJobs(jobs)
	return s.ends(ctx, pullQueue, each, func(text string) {
		if j, ok := readOurs(text); ok && wanted[j.JID] {
			found[j.JID] = backfill.JobWaiting
		}
	})
}

// findEach asks for each of the jobs.
func (s *Sidekiq) findEach(ctx context.Context, jobs []backfill.Job, found map[string]backfill.JobPlace) error {
	for _, j := range jobs {
		waits, err := s.waits(ctx, j)
		if err != nil {
			return err
		}
		if waits {
			found[j.JID] = backfill.JobWaiting
		}
	}
	return nil
}

// findBetween goes by the order in which jobs leave, that in which they were
// pushed: a few questions tell which is the oldest that is still there, and all
// after it are too. Jobs of which it is not known whether they were ever pushed
// have no place in that order.
func (s *Sidekiq) findBetween(ctx context.Context, jobs []backfill.Job, found map[string]backfill.JobPlace) error {
	isPushed := func(j backfill.Job) bool { return j.State == backfill.JobPushed }
	unsure := slices.DeleteFunc(slices.Clone(jobs), isPushed)
	if err := s.findEach(ctx, unsure, found); err != nil {
		return err
	}
	jobs = slices.DeleteFunc(jobs, func(j backfill.Job) bool { return !isPushed(j) })
	slices.SortFunc(jobs, func(a, b backfill.Job) int {
		return cmp.Or(a.PushedAt.Compare(b.PushedAt), cmp.Compare(a.JID, b.JID))
	})
	var failure error
	oldest := sort.Search(len(jobs), func(i int) bool {
		if failure != nil {
			return true
		}
		var waits bool
		waits, failure = s.waits(ctx, jobs[i])
		return waits
	})
	if failure != nil {
		return failure
	}
	for _, j := range jobs[oldest:] {
		found[j.JID] = backfill.JobWaiting
	}
	return nil
}

// waits asks whether exactly this job is in the queue, from its oldest entry on.
func (s *Sidekiq) waits(ctx context.Context, j backfill.Job) (bool, error) {
	err := s.redis.LPos(ctx, s.key("queue:"+pullQueue), string(j.Payload), redis.LPosArgs{Rank: -1}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, s.failed("looking for a job", err)
	}
	return true, nil
}

// unknownCommand: LPOS is there since Redis 6.0.6.
func unknownCommand(err error) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), "unknown command")
}

// findFailed looks for jobs in retry, whose score is when they are tried again,
// or in dead, whose score is when they died. Both were after the push.
func (s *Sidekiq) findFailed(ctx context.Context, set string, place backfill.JobPlace, jobs []backfill.Job, found map[string]backfill.JobPlace) error {
	if len(jobs) == 0 {
		return nil
	}
	wanted := wantedJobs(jobs)
	by := &redis.ZRangeBy{
		Min: "-inf", Count: chunk,
		Max: strconv.FormatInt(s.clock.Now().Add(longestRetry+clockSkew).Unix(), 10),
	}
	// That of one whose push is in doubt may not be known: it is zero.
	first := slices.MinFunc(jobs, func(a, b backfill.Job) int { return a.PushedAt.Compare(b.PushedAt) }).PushedAt
	if !first.IsZero() {
		by.Min = strconv.FormatInt(first.Add(-clockSkew).Unix(), 10)
	}
	for left := mostBytes; by.Offset < mostFailed && left > 0; by.Offset += chunk {
		//lint:ignore SA1019 ZRANGE with BYSCORE needs Redis 6.2; Mastodon 4.3 runs on older ones
		page, err := s.redis.ZRevRangeByScore(ctx, s.key(set), by).Result()
		if err != nil {
			return s.failed("reading the jobs in "+set, err)
		}
		for _, text := range page {
			left -= len(text)
			if j, ok := readOurs(text); ok && wanted[j.JID] {
				found[j.JID] = place
			}
		}
		if len(page) < chunk {
			return nil
		}
	}
	return nil
}
