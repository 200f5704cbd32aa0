package sidekiq

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/testservers"
)

func TestMain(m *testing.M) {
	SilenceClient()
	os.Exit(m.Run())
}

var noon = backfilltest.NewClock().Now()

// fixture is a Redis with the Sidekiq under test and a client of our own.
type fixture struct {
	*Sidekiq
	server *testservers.Server
	client *redis.Client
	clock  *backfilltest.Clock
}

// start starts a Redis that a Sidekiq has used, and opens it.
func start(t testing.TB, namespace string) *fixture {
	t.Helper()
	server := testservers.StartRedis(t)
	f := &fixture{server: server, clock: backfilltest.NewClock()}
	r, err := ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	f.client = redis.NewClient(&redis.Options{Addr: r.Address, MaxRetries: -1, DisableIdentity: true, ReadTimeout: time.Minute, WriteTimeout: time.Minute})
	t.Cleanup(func() { f.client.Close() })
	f.Sidekiq = f.open(t, Options{Redis: r, Namespace: namespace})
	f.must(t, f.client.SAdd(t.Context(), f.key("queues"), "default", "pull"))
	return f
}

func (f *fixture) open(t testing.TB, o Options) *Sidekiq {
	t.Helper()
	o.Clock = f.clock
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (f *fixture) must(t testing.TB, cmds ...redis.Cmder) {
	t.Helper()
	for _, c := range cmds {
		if err := c.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// process adds a live process of a version, as its heartbeat writes it.
func (f *fixture) process(t testing.TB, name, version string, concurrency, busy int) {
	t.Helper()
	info := map[string]any{"hostname": "web", "pid": 1, "identity": name, "queues": []string{"pull"}}
	fields := []any{"busy", busy, "beat", "1772366399.5", "quiet", "false", "rss", 300000}
	if version != "" {
		info["version"] = version
	}
	if compareVersions(version, "8.1") < 0 {
		info["concurrency"] = concurrency
	} else {
		fields = append(fields, "concurrency", concurrency)
		info["capsules"] = map[string]any{"default": map[string]any{"concurrency": concurrency}}
	}
	text, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	f.must(t, f.client.SAdd(ctx, f.key("processes"), name), f.client.HSet(ctx, f.key(name), append(fields, "info", text)...))
}

// mastodonJob is a job as Mastodon pushes it.
func mastodonJob(jid, created string) string {
	return `{"retry":true,"queue":"pull","args":[` + strconv.Quote("https://a.example/"+jid) + `],"class":"ThreadResolveWorker","jid":"` + jid +
		`","created_at":` + created + `,"enqueued_at":` + created + `}`
}

// fill puts n jobs of Mastodon before those that are in the queue.
func (f *fixture) fill(t testing.TB, queue string, n int) {
	t.Helper()
	ctx := t.Context()
	const step = 5000
	for i := 0; i < n; i += step {
		values := make([]any, min(step, n-i))
		for k := range values {
			values[k] = mastodonJob(fmt.Sprintf("%024x", i+k), "1772366000.123456")
		}
		f.must(t, f.client.LPush(ctx, f.key("queue:"+queue), values...))
	}
}

func (f *fixture) queue(t testing.TB, name string) []string {
	t.Helper()
	entries, err := f.client.LRange(t.Context(), f.key("queue:"+name), 0, -1).Result()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}
