package enginetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
)

// Sidekiq is a Sidekiq and a database in memory. Each time somebody looks, its
// workers take some jobs.
type Sidekiq struct {
	mu   sync.Mutex
	ends map[string]backfill.JobPlace

	// Queue is what waits.
	Queue []backfill.Job
	// PerLook is how many jobs finish between two looks.
	PerLook int
	// Does says what becomes of a job; nil imports everything.
	Does func(uri string) backfill.JobPlace
	// Held and Buried are the URIs of the posts in home's database, and of its
	// tombstones.
	Held, Buried map[string]bool
	// Pushed counts how often the job of each post was pushed.
	Pushed map[string]int
	// MostWaiting is how long the queue was at its longest.
	MostWaiting int
	// Latencies are what the queue's latency is at the first looks; later it is 0.
	Latencies []time.Duration
	// Merged counts the home timelines that were merged.
	Merged int
	// FailPush and FailMerge are what pushing and merging fail with.
	FailPush, FailMerge error
	// Alive are the processes that are alive. If Dying is not nil, it sees each job
	// first, and the job is lost if it returns true.
	Alive []backfill.WorkerProcess
	Dying func(uri string) bool
}

// NewSidekiq returns a Sidekiq with one process, whose workers take jobs quickly.
func NewSidekiq() *Sidekiq {
	return &Sidekiq{
		PerLook: 1000, ends: map[string]backfill.JobPlace{},
		Held: map[string]bool{}, Buried: map[string]bool{}, Pushed: map[string]int{},
		Alive: []backfill.WorkerProcess{{Identity: "home:1:aa", Imports: true}},
	}
}

// Prepare makes the job of a post.
func (s *Sidekiq) Prepare(_ context.Context, uri string, _ []byte) (backfill.Job, error) {
	return backfill.Job{JID: "jid-" + uri, URI: uri, Payload: []byte(uri)}, nil
}

// Push puts jobs into the queue, or fails with FailPush.
func (s *Sidekiq) Push(_ context.Context, jobs []backfill.Job) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.FailPush != nil {
		return s.FailPush
	}
	for _, j := range jobs {
		s.Pushed[j.URI]++
		s.Queue = append(s.Queue, j)
	}
	s.MostWaiting = max(s.MostWaiting, len(s.Queue))
	return nil
}

// Where says where jobs are, and then lets the workers take some.
func (s *Sidekiq) Where(_ context.Context, jobs []backfill.Job) (map[string]backfill.JobPlace, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	places := make(map[string]backfill.JobPlace)
	waiting := make(map[string]bool)
	for _, j := range s.Queue {
		waiting[j.JID] = true
	}
	for _, j := range jobs {
		if waiting[j.JID] {
			places[j.JID] = backfill.JobWaiting
		} else if p := s.ends[j.URI]; p != backfill.JobGone {
			places[j.JID] = p
		}
	}
	s.work()
	return places, nil
}

func (s *Sidekiq) work() {
	n := min(s.PerLook, len(s.Queue))
	for _, j := range s.Queue[:n] {
		if s.Dying != nil && s.Dying(j.URI) {
			continue
		}
		if s.Does == nil {
			s.Held[j.URI] = true
		} else if p := s.Does(j.URI); p == backfill.JobDead {
			s.ends[j.URI] = p
		}
	}
	s.Queue = s.Queue[n:]
}

// Latency is the next of Latencies.
func (s *Sidekiq) Latency(context.Context) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Latencies) == 0 {
		return 0, nil
	}
	l := s.Latencies[0]
	s.Latencies = s.Latencies[1:]
	return l, nil
}

// Processes are those that are Alive.
func (s *Sidekiq) Processes(context.Context) ([]backfill.WorkerProcess, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Alive), nil
}

// Waiting is the length of the queue.
func (s *Sidekiq) Waiting(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.Queue), nil
}

// MergeHome counts the followers, or fails with FailMerge.
func (s *Sidekiq) MergeHome(_ context.Context, _ fediverse.Account, followers []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.FailMerge != nil {
		return s.FailMerge
	}
	s.Merged += len(followers)
	return nil
}

// HeldURIs says which posts are Held.
func (s *Sidekiq) HeldURIs(_ context.Context, uris []string) (map[string]bool, error) {
	return s.those(uris, s.Held), nil
}

// Tombstones says which posts are Buried.
func (s *Sidekiq) Tombstones(_ context.Context, uris []string) (map[string]bool, error) {
	return s.those(uris, s.Buried), nil
}

func (s *Sidekiq) those(uris []string, of map[string]bool) map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := make(map[string]bool)
	for _, uri := range uris {
		if of[uri] {
			found[uri] = true
		}
	}
	return found
}

// Followers are three for every account.
func (s *Sidekiq) Followers(context.Context, fediverse.Account) ([]int64, error) {
	return []int64{1, 2, 3}, nil
}

// NewSidekiqWorld is a world without a token: home is filled through Sidekiq.
func NewSidekiqWorld(t *testing.T, posts int) (*World, *Sidekiq) {
	t.Helper()
	w := NewWorld(t, posts)
	s := NewSidekiq()
	w.Engine.Requester, w.Engine.Resolve = nil, nil
	w.Engine.Push = push.Deliverer{Database: s, Workers: s}
	w.Engine.Options.MaxWaiting, w.Engine.Options.MaxLatency, w.Engine.Options.Limit = 200, time.Minute, 0
	return w, s
}

// Restart replaces the process that has died with another. The old entry is gone, as
// it is 60 s later.
func (s *Sidekiq) Restart(identity string) {
	s.Alive = []backfill.WorkerProcess{{Identity: identity, Imports: true}}
}
