package sidekiq

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestOverview(t *testing.T) {
	for _, tt := range []struct {
		name, namespace, version, created string
		want                              string
	}{
		{"6.5", "mastodon", "", "1772366370.5", ""},
		{"7.3", "", "7.3.9", "1772366370.5", "7.3.9"},
		{"8.0", "", "8.0.9", "1772366370500", "8.0.9"},
		{"8.1", "", "8.1.6", "1772366370500", "8.1.6"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := start(t, tt.namespace)
			ctx := t.Context()
			f.process(t, "web:1:aa", tt.version, 25, 3)
			f.process(t, "web:2:bb", tt.version, 5, 1)
			c := f.client
			f.must(t,
				// A process that was killed: its hash has expired.
				c.SAdd(ctx, f.key("processes"), "web:9:zz"), c.HSet(ctx, f.key("web:9:zz:work"), "t", "{}"),
				c.SAdd(ctx, f.key("queues"), "mailers", "push", "zebra", "apple"),
				c.LPush(ctx, f.key("queue:pull"), mastodonJob("a", tt.created), mastodonJob("b", "1")),
				c.ZAdd(ctx, f.key("schedule"), redis.Z{Score: 1, Member: "x"}, redis.Z{Score: 2, Member: "y"}),
				c.ZAdd(ctx, f.key("retry"), redis.Z{Score: 1, Member: "x"}),
				c.Set(ctx, f.key("stat:processed"), "1000", 0), c.Set(ctx, f.key("stat:failed"), "garbage", 0),
				c.Set(ctx, f.key("stat:processed:2026-03-01"), "10", 0), c.Set(ctx, f.key("stat:failed:2026-03-01"), "2", 0),
				c.Set(ctx, f.key("stat:processed:2026-02-28"), "77", 0),
			)
			got, err := f.Overview(ctx)
			if err != nil {
				t.Fatal(err)
			}
			want := Overview{
				Queues: []Queue{
					{Name: "default"}, {Name: "push"}, {Name: "mailers"},
					{Name: "pull", Size: 2, Latency: 29500 * time.Millisecond},
					{Name: "apple"}, {Name: "zebra"},
				},
				Version: tt.want, Processes: 2, Busy: 4, Workers: 30,
				Scheduled: 2, Retry: 1, Processed: 1000, ProcessedToday: 10, FailedToday: 2,
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestOverviewOnlyReads uses a login that may do nothing but read.
func TestOverviewOnlyReads(t *testing.T) {
	f := start(t, "")
	ctx := t.Context()
	f.must(t, f.client.Do(ctx, "ACL", "SETUSER", "reader", "on", ">hunter2", "~*", "+@read", "+ping", "+select"))
	f.process(t, "web:1:aa", "8.1.6", 5, 0)
	f.fill(t, "pull", 3)
	if _, err := f.Prepare(ctx, "https://a.example/1", nil); err != nil {
		t.Fatal(err)
	}
	at := f.at
	at.User, at.Password = "reader", "hunter2"
	reader := f.open(t, Options{Redis: at})
	if o, err := reader.Overview(ctx); err != nil || o.Queues[1].Size != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := reader.Jobs(ctx, 10); err != nil {
		t.Error(err)
	}
	job, err := reader.Prepare(ctx, "https://a.example/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Push(ctx, prepared(job)); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("a reader pushes: %v", err)
	}
}

func TestLatency(t *testing.T) {
	f := start(t, "")
	ctx := t.Context()
	for _, tt := range []struct {
		name   string
		oldest []string
		want   time.Duration
	}{
		{"empty", nil, 0},
		{"seconds", []string{mastodonJob("a", "1772366340.0")}, time.Minute},
		{"milliseconds", []string{mastodonJob("a", "1772366340000")}, time.Minute},
		{"created_at alone", []string{`{"created_at":1772366340000}`}, time.Minute},
		{"enqueued_at first", []string{`{"created_at":1772360000000,"enqueued_at":1772366340000}`}, time.Minute},
		{"in the future", []string{mastodonJob("a", "1772366999.0")}, 0},
		{"no time", []string{`{"class":"x"}`}, 0},
		{"a time of another type", []string{`{"enqueued_at":"now"}`}, 0},
		{"garbage before it", []string{"\x00garbage", "[]", "12", mastodonJob("a", "1772366340.0")}, time.Minute},
		{"garbage alone", []string{"\xff", "{", "null", `"x"`, "[1]", "{}"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.must(t, f.client.Del(ctx, "queue:pull"))
			for _, text := range tt.oldest {
				f.must(t, f.client.LPush(ctx, "queue:pull", text))
			}
			if got, err := f.Latency(ctx); err != nil || got != tt.want {
				t.Errorf("%v, %v, want %v", got, err, tt.want)
			}
			if _, err := f.Overview(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	f.must(t, f.client.Del(ctx, "queue:pull"), f.client.Set(ctx, "queue:pull", "not a list", 0))
	if _, err := f.Latency(ctx); err == nil {
		t.Error("a string is read as a queue")
	}
}

func TestJobs(t *testing.T) {
	f := start(t, "")
	ctx := t.Context()
	f.process(t, "web:1:aa", "8.1.6", 5, 0)
	f.fill(t, "pull", 10)
	// A foreign job that merely mentions us.
	f.must(t, f.client.LPush(ctx, "queue:pull", `{"class":"FetchReplyWorker","args":["https://a.example/x",{"prefetched_body":"{\"tootfill\":1}"}],"jid":"x"}`))
	first := f.prepare(t, "https://a.example/1", `{"id":"https://a.example/1"}`)
	f.push(t, first)
	f.clock.Step(time.Minute)
	f.push(t, f.prepare(t, "https://a.example/2", ""))
	if err := f.MergeHome(ctx, account("12"), []int64{7}); err != nil {
		t.Fatal(err)
	}
	f.fill(t, "pull", 10)
	jobs, err := f.Jobs(ctx, 0)
	if err != nil || len(jobs) != 3 {
		t.Fatalf("%+v, %v", jobs, err)
	}
	want := Job{JID: first.JID, Class: "FetchReplyWorker", Queue: "pull", URI: "https://a.example/1", Prefetched: true, Waited: time.Minute}
	if jobs[0] != want {
		t.Errorf("%+v, want %+v", jobs[0], want)
	}
	if j := jobs[2]; j.Class != "MergeWorker" || j.Queue != "default" || j.Account != 12 || j.Follower != 7 {
		t.Errorf("%+v", j)
	}
	if jobs, err := f.Jobs(ctx, 1); err != nil || len(jobs) != 1 || jobs[0].JID != first.JID {
		t.Errorf("the first of them: %+v, %v", jobs, err)
	}
	o, err := f.Overview(ctx)
	if err != nil || o.Ours != 3 || o.OursMore {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestCompareVersions(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"7.3.9", "8.0.9", -1}, {"8.1.6", "8.1.6", 0}, {"8.10", "8.9.1", 1}, {"", "7", -1}, {"8.1", "8.1.0", 0}, {"x", "", 0}} {
		if got := compareVersions(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %d", tt.a, tt.b, got)
		}
	}
}

// All of our jobs in the queue pull count, whoever pushed them, and no others.
func TestWaiting(t *testing.T) {
	for _, namespace := range []string{"", "masto"} {
		f := start(t, namespace)
		if n, err := f.Waiting(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		f.push(t, f.batch(t, 3)...)
		if err := f.MergeHome(t.Context(), account("7"), []int64{1, 2}); err != nil {
			t.Fatal(err)
		}
		f.client.LPush(t.Context(), f.key("queue:pull"), `{"class":"FetchReplyWorker","args":["https://a.example/1",{}],"jid":"m"}`)
		if n, err := f.Waiting(t.Context()); n != 3 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
}
