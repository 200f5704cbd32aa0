package sidekiq

import (
	"reflect"
	"testing"

	"tootfill/backfill"
)

// TestProcesses reads what Sidekiq 6.5 and 8.1 report about themselves.
func TestProcesses(t *testing.T) {
	for _, namespace := range []string{"", "mastodon"} {
		f := start(t, namespace)
		tell := func(name, info, quiet string) {
			f.must(t, f.client.SAdd(t.Context(), f.key("processes"), name))
			f.must(t, f.client.HSet(t.Context(), f.key(name), "info", info, "quiet", quiet))
		}
		tell("a:1:aa", `{"queues":["default","push","ingress","mailers","pull","scheduler"],"concurrency":5}`, "false")
		tell("b:1:bb", `{"capsules":{"default":{"concurrency":5,"weights":{"default":8,"pull":0}}},"version":"8.1.6"}`, "false")
		tell("c:1:cc", `{"capsules":{"default":{"concurrency":5,"weights":{"push":8}}},"queues":["push"],"version":"8.1.6"}`, "false")
		tell("d:1:dd", `{"queues":["pull"],"version":"7.3.9"}`, "true")
		tell("e:1:ee", `{"version":"8.1.6"}`, "false")
		f.must(t, f.client.SAdd(t.Context(), f.key("processes"), "dead:1:ff"))
		got, err := f.Processes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		imports := make(map[string]bool)
		for _, p := range got {
			imports[p.Identity] = p.Imports
		}
		want := map[string]bool{"a:1:aa": true, "b:1:bb": true, "c:1:cc": false, "d:1:dd": false, "e:1:ee": true}
		if !reflect.DeepEqual(imports, want) {
			t.Errorf("%v, want %v", imports, want)
		}
	}
}

// TestAKilledProcess: its entry outlives it, and the job that it was working on is
// nowhere afterwards. Pushing that job again pushes it once.
func TestAKilledProcess(t *testing.T) {
	f := start(t, "")
	f.process(t, "home:1:aa", "8.1.6", 5, 0)
	jobs := f.batch(t, 2)
	f.push(t, jobs...)
	jobs = pushedAt(jobs, noon)
	f.take(t, jobs[0])
	f.work(t, "home:1:aa", jobs[0])
	f.where(t, jobs, backfill.JobWorking, backfill.JobWaiting)
	f.must(t, f.client.Del(t.Context(), f.key("home:1:aa"), f.key("home:1:aa:work"))) // as if a minute had passed
	if alive, err := f.Processes(t.Context()); err != nil || len(alive) != 0 {
		t.Errorf("%v are alive, %v", alive, err)
	}
	f.where(t, jobs, backfill.JobGone, backfill.JobWaiting)
	f.push(t, jobs...)
	f.where(t, jobs, backfill.JobWaiting, backfill.JobWaiting)
	if n, err := f.Waiting(t.Context()); err != nil || n != 2 {
		t.Errorf("%d jobs wait, %v", n, err)
	}
}
