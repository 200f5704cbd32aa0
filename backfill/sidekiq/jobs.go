package sidekiq

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Job is a job of tootfill that waits in a queue.
type Job struct {
	JID   string
	Class string
	Queue string
	// URI is the post's, for a FetchReplyWorker.
	URI string
	// Prefetched says that the post's object goes along.
	Prefetched bool
	// Account and Follower are ids on home, for a MergeWorker; otherwise 0.
	Account, Follower int64
	// Waited is how long it has waited.
	Waited time.Duration
}

// Jobs returns tootfill's jobs that wait, the one that has waited longest first,
// at most limit of them; 0 means all. Like Overview, it reads only the ends of very
// long queues.
func (s *Sidekiq) Jobs(ctx context.Context, limit int) ([]Job, error) {
	found, _, err := s.ours(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b Job) int {
		return cmp.Or(cmp.Compare(b.Waited, a.Waited), cmp.Compare(a.JID, b.JID))
	})
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found, nil
}

// ours finds tootfill's jobs that wait. all reports whether the whole queues were
// read.
func (s *Sidekiq) ours(ctx context.Context) (found []Job, all bool, err error) {
	all = true
	now := s.clock.Now()
	for _, queue := range []string{pullQueue, defaultQueue} {
		seen := make(map[string]bool)
		read, err := s.ends(ctx, queue, oursEnds, func(text string) {
			if j, ok := readOurs(text); ok && !seen[j.JID] {
				seen[j.JID] = true
				found = append(found, describe(j, queue, now))
			}
		})
		if err != nil {
			return nil, false, err
		}
		all = all && read
	}
	return found, all, nil
}

// Waiting counts tootfill's jobs that wait in the queue pull, whichever process
// pushed them. It reads only the ends of a very long queue.
func (s *Sidekiq) Waiting(ctx context.Context) (int, error) {
	ours := make(map[string]bool)
	_, err := s.ends(ctx, pullQueue, oursEnds, func(text string) {
		if j, ok := readOurs(text); ok {
			ours[j.JID] = true
		}
	})
	return len(ours), err
}

func describe(j storedJob, queue string, now time.Time) Job {
	d := Job{JID: j.JID, Class: j.Class, Queue: queue}
	if since, _, ok := j.since(); ok {
		d.Waited = max(0, now.Sub(since))
	}
	if len(j.Args) < 2 {
		return d
	}
	// An argument of another type is left empty: the job is shown all the same.
	switch j.Class {
	case fetchClass:
		var options map[string]json.RawMessage
		if json.Unmarshal(j.Args[0], &d.URI) == nil && json.Unmarshal(j.Args[1], &options) == nil {
			_, d.Prefetched = options["prefetched_body"]
		}
	case mergeClass:
		if json.Unmarshal(j.Args[0], &d.Account) != nil || json.Unmarshal(j.Args[1], &d.Follower) != nil {
			d.Account, d.Follower = 0, 0
		}
	}
	return d
}
