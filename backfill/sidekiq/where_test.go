package sidekiq

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// fail puts a job where Sidekiq puts failed ones, serialised anew.
func (f *fixture) fail(t testing.TB, set string, j backfill.Job, at time.Time) {
	t.Helper()
	f.must(t, f.client.ZAdd(t.Context(), f.key(set), redis.Z{Score: float64(at.UnixMilli()) / 1000, Member: retried(j)}))
}

func retried(j backfill.Job) string {
	return strings.TrimSuffix(string(j.Payload), "}") + `,"error_message":"x","retry_count":0,"failed_at":1772366400000}`
}

// work marks a job as being worked on.
func (f *fixture) work(t testing.TB, process string, j backfill.Job) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"queue": "pull", "payload": string(j.Payload), "run_at": 1772366400})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	f.must(t, f.client.SAdd(ctx, f.key("processes"), process), f.client.HSet(ctx, f.key(process+":work"), j.JID[:10], text))
}

// take takes a job out of the queue, as a worker does.
func (f *fixture) take(t testing.TB, jobs ...backfill.Job) {
	t.Helper()
	for _, j := range jobs {
		n, err := f.client.LRem(t.Context(), f.key("queue:pull"), -1, j.Payload).Result()
		if err != nil || n != 1 {
			t.Fatalf("taking a job: %d, %v", n, err)
		}
	}
}

func (f *fixture) where(t testing.TB, jobs []backfill.Job, want ...backfill.JobPlace) {
	t.Helper()
	found, err := f.Where(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	var got []backfill.JobPlace
	for _, j := range jobs {
		got = append(got, found[j.JID])
	}
	if len(found) != len(jobs) || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWhere(t *testing.T) {
	for _, tt := range []struct {
		name, namespace string
		others          int
	}{{"a short queue", "", 50}, {"a long queue", "", 3000}, {"a namespace", "mastodon", 50}} {
		t.Run(tt.name, func(t *testing.T) {
			f := start(t, tt.namespace)
			f.fill(t, "pull", tt.others)
			jobs := f.batch(t, 7)
			f.push(t, jobs...)
			jobs = pushedAt(jobs, noon)
			f.fill(t, "pull", tt.others)
			f.take(t, jobs[:5]...)
			f.work(t, "web:1:aa", jobs[1])
			f.fail(t, "retry", jobs[2], noon.Add(30*time.Second))
			f.fail(t, "dead", jobs[3], noon.Add(time.Second))
			// One comes back from the retry set: at the head, serialised anew.
			f.must(t, f.client.LPush(t.Context(), f.key("queue:pull"), retried(jobs[4])))
			const (
				gone     = backfill.JobGone
				waiting  = backfill.JobWaiting
				working  = backfill.JobWorking
				retrying = backfill.JobRetrying
				dead     = backfill.JobDead
			)
			f.where(t, jobs, gone, working, retrying, dead, waiting, waiting, waiting)
			// A restart of Sidekiq puts the interrupted job back at the tail.
			f.must(t, f.client.Del(t.Context(), f.key("web:1:aa:work")), f.client.RPush(t.Context(), f.key("queue:pull"), jobs[1].Payload))
			f.where(t, jobs, gone, waiting, retrying, dead, waiting, waiting, waiting)
		})
	}
}

// TestWhereOrder: jobs are asked for in any order, jobs of another tootfill stand
// between them, and some may or may not have been pushed.
func TestWhereOrder(t *testing.T) {
	f := start(t, "")
	other := f.open(t, Options{Redis: f.at})
	f.fill(t, "pull", 2000)
	var jobs []backfill.Job
	for range 5 {
		batch := f.batch(t, 40)
		f.push(t, batch...)
		jobs = append(jobs, pushedAt(batch, f.clock.Now())...)
		theirs, err := other.Prepare(t.Context(), "https://b.example/1", nil)
		if err != nil {
			t.Fatal(err)
		}
		f.push(t, theirs)
		f.fill(t, "pull", 700)
		f.clock.Step(time.Second)
	}
	taken := 57
	f.take(t, jobs[:taken]...)
	unsure := f.batch(t, 4)
	f.push(t, unsure[1], unsure[3])
	f.fill(t, "pull", 2000)
	want := make(map[string]backfill.JobPlace)
	for i, j := range append(jobs, unsure...) {
		if want[j.JID] = backfill.JobWaiting; i < taken || j.JID == unsure[0].JID || j.JID == unsure[2].JID {
			want[j.JID] = backfill.JobGone
		}
	}
	mixed := make([]backfill.Job, len(jobs))
	for i, j := range jobs {
		mixed[i*7%len(jobs)] = j
	}
	found, err := f.Where(t.Context(), append(mixed, unsure...))
	if err != nil || !maps.Equal(found, want) {
		t.Errorf("got  %v, %v\nwant %v", found, err, want)
	}
}

// TestWhereDeep: a retried job stands deep in a long queue, and its text is not the
// one that was pushed.
func TestWhereDeep(t *testing.T) {
	f := start(t, "")
	job := f.batch(t, 1)
	f.fill(t, "pull", 3000)
	f.where(t, job, backfill.JobGone)
	f.must(t, f.client.LPush(t.Context(), "queue:pull", retried(job[0])))
	f.fill(t, "pull", 3000)
	f.where(t, job, backfill.JobWaiting)
	f.where(t, pushedAt(job, noon), backfill.JobWaiting)
	f.where(t, nil)
}

// TestWhereManyFailures: many failed jobs of Mastodon stand beside ours.
func TestWhereManyFailures(t *testing.T) {
	f := start(t, "")
	jobs := pushedAt(f.batch(t, 2), noon)
	for i := range 3 * chunk {
		at := noon.Add(time.Duration(i-chunk) * time.Second)
		f.must(t, f.client.ZAdd(t.Context(), "retry", redis.Z{Score: float64(at.Unix()), Member: mastodonJob(fmt.Sprint(i), "1772366000.5")}))
	}
	f.fail(t, "retry", jobs[0], noon.Add(20*time.Second))
	f.fail(t, "dead", jobs[1], noon.Add(-20*time.Second))
	f.where(t, jobs, backfill.JobRetrying, backfill.JobDead)
}

func TestMiniredis(t *testing.T) {
	f := startMini(t, nil)
	f.fill(t, "pull", 1500)
	jobs := f.batch(t, 4)
	f.push(t, jobs...)
	f.fill(t, "pull", 1500)
	f.take(t, jobs[0])
	f.fail(t, "retry", jobs[0], noon)
	f.where(t, pushedAt(jobs, noon), backfill.JobRetrying, backfill.JobWaiting, backfill.JobWaiting, backfill.JobWaiting)
	o, err := f.Overview(t.Context())
	if err != nil || o.Ours != 3 || o.Version != "8.1.6" || o.Workers != 5 {
		t.Errorf("%+v, %v", o, err)
	}
	if err := f.MergeHome(t.Context(), account("1"), []int64{2}); err != nil {
		t.Error(err)
	}
}

// TestWithoutLPOS: Redis before 6.0.6 has no LPOS.
func TestWithoutLPOS(t *testing.T) {
	f := startMini(t, func(peer *server.Peer, cmd string, _ ...string) bool {
		if cmd != "LPOS" {
			return false
		}
		peer.WriteError("ERR unknown command `LPOS`, with args beginning with: `queue:pull`")
		return true
	})
	f.fill(t, "pull", 3000)
	jobs := f.batch(t, 2)
	f.push(t, jobs...)
	f.fill(t, "pull", 3000)
	f.where(t, jobs, backfill.JobWaiting, backfill.JobWaiting)
}

// startMini starts what the sandbox uses in place of Redis.
func startMini(t *testing.T, hook server.Hook) *fixture {
	t.Helper()
	mini := miniredis.RunT(t)
	if hook != nil {
		mini.Server().SetPreHook(hook)
	}
	f := &fixture{clock: backfilltest.NewClock(), client: redis.NewClient(&redis.Options{Addr: mini.Addr(), DisableIdentity: true})}
	t.Cleanup(func() { f.client.Close() })
	f.Sidekiq = f.open(t, Options{Redis: Redis{Network: "tcp", Address: mini.Addr()}})
	f.process(t, "sandbox:1:aa", "8.1.6", 5, 0)
	return f
}
