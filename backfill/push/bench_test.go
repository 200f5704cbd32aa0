package push_test

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
)

// swift is a home whose workers import at once. It keeps one bit per post.
type swift struct {
	done  []bool
	looks int
	peak  uint64
}

func number(uri string) int {
	n, _ := strconv.Atoi(uri[strings.LastIndex(uri, "/")+1:])
	return n
}

func (s *swift) Prepare(_ context.Context, uri string, _ []byte) (backfill.Job, error) {
	return backfill.Job{JID: uri, URI: uri, Payload: []byte(uri)}, nil
}

func (s *swift) Push(_ context.Context, jobs []backfill.Job) error {
	for _, j := range jobs {
		s.done[number(j.URI)] = true
	}
	return nil
}

func (s *swift) Where(context.Context, []backfill.Job) (map[string]backfill.JobPlace, error) {
	return nil, nil
}

// Latency also samples the memory now and then.
func (s *swift) Latency(context.Context) (time.Duration, error) {
	if s.looks++; s.looks%100 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		s.peak = max(s.peak, m.HeapAlloc)
	}
	return 0, nil
}

func (s *swift) Processes(context.Context) ([]backfill.WorkerProcess, error) {
	return []backfill.WorkerProcess{{Identity: "home:1:aa", Imports: true}}, nil
}

func (s *swift) Waiting(context.Context) (int, error) { return 0, nil }

func (s *swift) MergeHome(context.Context, fediverse.Account, []int64) error { return nil }

func (s *swift) HeldURIs(_ context.Context, uris []string) (map[string]bool, error) {
	held := make(map[string]bool)
	for _, uri := range uris {
		if s.done[number(uri)] {
			held[uri] = true
		}
	}
	return held, nil
}

func (s *swift) Tombstones(context.Context, []string) (map[string]bool, error) { return nil, nil }

func (s *swift) Followers(context.Context, fediverse.Account) ([]int64, error) { return nil, nil }

// deaf hears nothing.
type deaf struct{ result backfill.Result }

func (d *deaf) Event(e backfill.Event) {
	if f, ok := e.(backfill.AccountFinished); ok {
		d.result = f.Result
	}
}

// BenchmarkManyPosts imports the posts of one account by route sidekiq, with the
// real ledger, and reports the largest heap.
func BenchmarkManyPosts(b *testing.B) {
	const posts = 100_000
	for b.Loop() {
		w := enginetest.NewWorld(b, posts)
		s, d := &swift{done: make([]bool, posts)}, &deaf{}
		w.Engine.Push, w.Engine.Requester, w.Engine.Listener = push.Deliverer{Database: s, Workers: s}, nil, d
		w.Engine.Options.MaxWaiting, w.Engine.Options.Limit = 200, 0
		if _, err := w.RunIn(b.Context(), enginetest.Alice); err != nil || d.result.Imported != posts {
			b.Fatalf("%+v, error %v", d.result, err)
		}
		b.ReportMetric(float64(s.peak)/(1<<20), "peak-heap-MiB")
		b.ReportMetric(float64(w.Origin.PagesRead)/posts, "origin-req/post")
	}
}
