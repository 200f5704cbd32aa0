package sandbox

import (
	"encoding/json"
	"maps"
	"strconv"
	"time"
)

const (
	// sidekiqVersion is that of Mastodon 4.5 (its Gemfile.lock).
	sidekiqVersion = "8.0.9"
	processID      = 4711
	// beatPause and beatLife: lib/sidekiq/launcher.rb.
	beatPause = 10 * time.Second
	beatLife  = time.Minute
	// pollPause is Sidekiq's average_scheduled_poll_interval.
	pollPause = 5 * time.Second
)

// beat tells Redis about the process: what it is, what its threads are working on,
// and what it has done since the last beat (lib/sidekiq/launcher.rb).
func (q *Sidekiq) beat() {
	q.mu.Lock()
	now := q.home.now()
	working, quiet := maps.Clone(q.working), q.paused
	processed, failed, elapsed := q.processed, q.failed, now.Sub(q.beaten)
	q.processed, q.failed, q.beaten = 0, 0, now
	dead, identity, info := q.dead, q.identity, q.info()
	q.mu.Unlock()
	q.redis.FastForward(max(0, elapsed))
	if dead {
		return
	}

	q.write(q.redis.SAdd("processes", identity))
	q.redis.HSet(identity,
		"info", info, "busy", strconv.Itoa(len(working)), "beat", strconv.FormatFloat(score(now), 'f', -1, 64),
		"rtt_us", "180", "quiet", strconv.FormatBool(quiet), "rss", "412380")
	q.redis.SetTTL(identity, beatLife)
	q.showWork(identity, working)
	q.addTotals(now, processed, failed)
}

// info is what the process says about itself (launcher.rb, to_data). With mu held.
func (q *Sidekiq) info() string {
	weights := make(map[string]int, len(queueWeights))
	for _, w := range queueWeights {
		weights[w.name] = w.weight
	}
	text, err := json.Marshal(map[string]any{
		"hostname": HomeDomain, "started_at": score(q.started), "pid": processID + q.lives, "tag": "mastodon",
		"concurrency": threads, "capsules": map[string]any{
			"default": map[string]any{"concurrency": threads, "mode": "weighted", "weights": weights}},
		"labels": []string{}, "identity": q.identity, "version": sidekiqVersion, "embedded": false,
	})
	if err != nil {
		return "{}"
	}
	return string(text)
}

// showWork writes what the threads are working on. It removes the old entries last,
// so that a job in progress never drops out of sight.
func (q *Sidekiq) showWork(identity string, working map[string]work) {
	key := identity + ":work"
	if len(working) == 0 {
		q.redis.Del(key) // miniredis keeps a hash without fields; Redis does not
		return
	}
	for thread, w := range working {
		text, err := json.Marshal(map[string]any{"queue": w.queue, "payload": w.text, "run_at": w.since.Unix()})
		if err == nil {
			q.redis.HSet(key, thread, string(text))
		}
	}
	old, err := q.redis.HKeys(key)
	if err != nil {
		return // a client has put something of another type there
	}
	for _, thread := range old {
		if _, busy := working[thread]; !busy {
			q.redis.HDel(key, thread)
		}
	}
	q.redis.SetTTL(key, beatLife)
}

func (q *Sidekiq) addTotals(now time.Time, processed, failed int) {
	day := now.UTC().Format(time.DateOnly)
	for name, n := range map[string]int{"stat:processed": processed, "stat:failed": failed} {
		q.write(q.redis.Incr(name, n))
		q.write(q.redis.Incr(name+":"+day, n))
	}
}

// poll pushes the jobs whose time has come (lib/sidekiq/scheduled.rb).
func (q *Sidekiq) poll() {
	q.mu.Lock()
	resting := q.paused || q.away || q.dead
	q.mu.Unlock()
	if resting {
		return
	}
	now := score(q.home.now())
	for _, set := range [...]string{"retry", "schedule"} {
		for _, e := range q.entries(set) {
			if e.score <= now {
				q.enqueue(set, e.text)
			}
		}
	}
}

// entry is a job in a set, with its time in seconds.
type entry struct {
	text  string
	score float64
}

// entries lists the jobs of a set, the earliest first. It asks for each job by name,
// because the map that miniredis hands out is its own and others write to it.
func (q *Sidekiq) entries(set string) []entry {
	members, err := q.redis.ZMembers(set)
	if err != nil {
		return nil // an empty set does not exist
	}
	var list []entry
	for _, text := range members {
		if at, err := q.redis.ZScore(set, text); err == nil {
			list = append(list, entry{text: text, score: at})
		}
	}
	return list
}

// enqueue moves a job from a set to its queue.
func (q *Sidekiq) enqueue(set, text string) {
	j, err := readJob(text)
	if removed, zerr := q.redis.ZRem(set, text); zerr != nil || !removed || err != nil {
		return // somebody else has taken it, or it is not a job
	}
	q.push(j)
}
