package sidekiq

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
)

const million = 1_000_000

// TestMillionJobs: the work is bounded, however long the queue is.
func TestMillionJobs(t *testing.T) {
	if testing.Short() {
		t.Skip("it fills a queue with a million jobs")
	}
	f := start(t, "")
	f.process(t, "web:1:aa", "8.1.6", 5, 0)
	f.fill(t, "pull", million/2)
	jobs := f.batch(t, 200)
	f.push(t, jobs...)
	f.fill(t, "pull", million/2)
	last := f.batch(t, 1)
	f.push(t, last...)
	f.take(t, jobs[:20]...)

	before := f.sent(t)
	o, err := f.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := f.sent(t) - before; n > 8<<20 {
		t.Errorf("Redis sent %d bytes for the overview", n)
	}
	if q := o.Queues[1]; q.Size != million+181 || q.Latency < time.Minute || o.Ours != 1 || !o.OursMore {
		t.Errorf("%+v", o)
	}

	before = f.sent(t)
	found, err := f.Where(t.Context(), pushedAt(jobs, noon))
	if err != nil {
		t.Fatal(err)
	}
	if n := f.sent(t) - before; n > 8<<20 {
		t.Errorf("Redis sent %d bytes for 200 jobs", n)
	}
	for i, j := range jobs {
		if waits := found[j.JID] == backfill.JobWaiting; waits != (i >= 20) {
			t.Errorf("job %d: %v", i, found[j.JID])
		}
	}
}

// sent returns how many bytes Redis has sent so far. That shows how much of a queue
// was read, whatever else the machine is doing.
func (f *fixture) sent(t *testing.T) int64 {
	t.Helper()
	info, err := f.client.Info(t.Context(), "stats").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(info, "total_net_output_bytes:")
	n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func BenchmarkOverviewMillion(b *testing.B) {
	f := start(b, "")
	f.process(b, "web:1:aa", "8.1.6", 5, 0)
	f.fill(b, "pull", million)
	for b.Loop() {
		if _, err := f.Overview(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPush(b *testing.B) {
	object := make([]byte, 2000)
	for i := range object {
		object[i] = 'x'
	}
	for name, body := range map[string][]byte{"bare": nil, "object": object} {
		b.Run(name, func(b *testing.B) {
			f := start(b, "")
			f.process(b, "web:1:aa", "8.1.6", 5, 0)
			const batch = 100
			for b.Loop() {
				jobs := make([]backfill.Job, batch)
				for i := range jobs {
					var err error
					if jobs[i], err = f.Prepare(b.Context(), "https://a.example/users/alice/statuses/1", body); err != nil {
						b.Fatal(err)
					}
				}
				if err := f.Push(b.Context(), jobs); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

func BenchmarkWhere(b *testing.B) {
	f := start(b, "")
	f.process(b, "web:1:aa", "8.1.6", 5, 0)
	f.fill(b, "pull", 1000)
	jobs := f.batch(b, 200)
	f.push(b, jobs...)
	jobs = pushedAt(jobs, noon)
	for b.Loop() {
		if _, err := f.Where(b.Context(), jobs); err != nil {
			b.Fatal(err)
		}
	}
}
