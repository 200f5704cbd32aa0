package sidekiq

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
	"tootfill/backfill/recorded"
)

// load writes keys as they were recorded.
func (f *fixture) load(t *testing.T, keys []recorded.Key) {
	t.Helper()
	ctx := t.Context()
	for _, k := range keys {
		values := make([]any, len(k.Values))
		for i, v := range k.Values {
			values[i] = v
		}
		switch k.Type {
		case "set":
			f.must(t, f.client.SAdd(ctx, k.Name, values...))
		case "hash":
			f.must(t, f.client.HSet(ctx, k.Name, values...))
		case "list":
			f.must(t, f.client.RPush(ctx, k.Name, values...))
		case "string":
			f.must(t, f.client.Set(ctx, k.Name, values[0], 0))
		case "zset":
			for i := 0; i+1 < len(k.Values); i += 2 {
				score, err := strconv.ParseFloat(k.Values[i+1], 64)
				if err != nil {
					t.Fatal(err)
				}
				f.must(t, f.client.ZAdd(ctx, k.Name, redis.Z{Score: score, Member: k.Values[i]}))
			}
		default:
			t.Fatalf("%s is a %s", k.Name, k.Type)
		}
	}
}

// TestRecordedRedis reads what real Sidekiqs had in Redis, and pushes a job like
// theirs. The Redis of 6.5 also holds the keys of another Mastodon, outside the
// namespace.
func TestRecordedRedis(t *testing.T) {
	for _, tt := range []struct {
		version, namespace string
		unit               unit
		want               Overview
	}{
		{recorded.Mastodon46, "", milliseconds, Overview{
			Version: "8.1.6", Processes: 1, Workers: 5, Scheduled: 1, Retry: 1,
			Processed: 7686, Failed: 16, ProcessedToday: 7686, FailedToday: 16,
		}},
		{recorded.Mastodon43, "masto", seconds, Overview{
			Processes: 1, Workers: 5, Scheduled: 1, Retry: 1,
			Processed: 1769, Failed: 38, ProcessedToday: 1769, FailedToday: 38,
		}},
	} {
		t.Run(tt.version, func(t *testing.T) {
			running, stopped := recorded.Redis(t, tt.version)
			f := start(t, tt.namespace)
			f.clock.Set(time.Date(2026, 11, 27, 10, 47, 40, 0, time.UTC))
			f.must(t, f.client.FlushDB(t.Context()))
			f.load(t, running)
			want := tt.want
			for _, name := range []string{"default", "push", "ingress", "mailers", "pull", "scheduler"} {
				want.Queues = append(want.Queues, Queue{Name: name})
			}
			if got, err := f.Overview(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("running: %+v, %v\nwant %+v", got, err, want)
			}
			if u, err := f.findUnit(t.Context()); err != nil || u != tt.unit {
				t.Errorf("unit %d, %v, want %d", u, err, tt.unit)
			}
			f.load(t, stopped)
			// pushed at 10:47:07.480 and 10:47:12.203
			if latency, err := f.Latency(t.Context()); err != nil || latency < 27*time.Second || latency > 33*time.Second {
				t.Errorf("latency %s, %v", latency, err)
			}
			f.must(t, f.client.Del(t.Context(), f.key("processes")))
			if u, err := f.findUnit(t.Context()); err != nil || u != tt.unit {
				t.Errorf("unit by the jobs: %d, %v, want %d", u, err, tt.unit)
			}
			testRecordedJob(t, f)
		})
	}
}

// testRecordedJob wants our job for a post to have the members of Mastodon's own,
// each of the same kind, and no others except our mark.
func testRecordedJob(t *testing.T, f *fixture) {
	theirs := f.queue(t, "pull")
	f.unit = unitUnknown
	j, err := f.Prepare(t.Context(), "https://nowhere.zoo.example/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	j = j.Pushed(f.clock.Now())
	if err := f.Push(t.Context(), []backfill.Job{j}); err != nil {
		t.Fatal(err)
	}
	both := f.queue(t, "pull")
	if len(theirs) != 1 || len(both) != 2 {
		t.Fatalf("%d jobs, then %d", len(theirs), len(both))
	}
	want, got := kinds(t, theirs[0]), kinds(t, both[0])
	delete(got, "tootfill")
	if !maps.Equal(got, want) {
		t.Errorf("our job has %v, want %v", slices.Sorted(maps.Keys(got)), want)
	}
}

// kinds returns a job's members with the kinds of their values. The kind of a number
// is how many digits it has before the point, and whether it has a point.
func kinds(t *testing.T, text string) map[string]string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for name, value := range members {
		var number json.Number
		var any any
		if json.Unmarshal(value, &number) == nil && value[0] != '"' {
			whole := 0
			for whole < len(number) && number[whole] != '.' {
				whole++
			}
			found[name] = fmt.Sprintf("%d digits, fraction %v", whole, whole < len(number))
			continue
		}
		if err := json.Unmarshal(value, &any); err != nil {
			t.Fatal(err)
		}
		found[name] = fmt.Sprintf("%T", any)
		if name != "jid" {
			found[name] += " " + string(value)
		}
	}
	return found
}
