package sidekiq

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func prepared(jobs ...backfill.Job) []backfill.Job { return jobs }

func account(id string) fediverse.Account { return fediverse.Account{ID: id} }

func (f *fixture) prepare(t testing.TB, uri, object string) backfill.Job {
	t.Helper()
	j, err := f.Prepare(t.Context(), uri, []byte(object))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func (f *fixture) push(t testing.TB, jobs ...backfill.Job) {
	t.Helper()
	if err := f.Push(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
}

// batch prepares n jobs.
func (f *fixture) batch(t testing.TB, n int) []backfill.Job {
	t.Helper()
	jobs := make([]backfill.Job, n)
	for i := range jobs {
		jobs[i] = f.prepare(t, "https://a.example/"+string(rune('a'+i%26)), "")
	}
	return jobs
}

func pushedAt(jobs []backfill.Job, at time.Time) []backfill.Job {
	later := make([]backfill.Job, len(jobs))
	for i, j := range jobs {
		later[i] = j.Pushed(at)
	}
	return later
}

func TestPayload(t *testing.T) {
	for _, tt := range []struct{ name, namespace, version, at string }{
		{"6.5", "mastodon", "", "1772366400.000000"},
		{"7.3", "", "7.3.9", "1772366400.000000"},
		{"8.0", "", "8.0.9", "1772366400000"},
		{"8.1", "", "8.1.6", "1772366400000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := start(t, tt.namespace)
			f.process(t, "web:1:aa", tt.version, 5, 0)
			const uri, object = "https://a.example/1?a=b&c=<d>", `{"id":"https://a.example/1","content":"<p>ü \u2028</p>"}`
			bare, whole := f.prepare(t, uri, ""), f.prepare(t, uri, object)
			f.push(t, bare, whole)
			body, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(body))
			text := func(j backfill.Job, options string) string {
				return `{"class":"FetchReplyWorker","queue":"pull","args":["` + uri + `",` + options + `],"retry":3,"jid":"` + j.JID +
					`","created_at":` + tt.at + `,"enqueued_at":` + tt.at + `,"tootfill":1}`
			}
			got := f.queue(t, "pull")
			want := []string{text(whole, `{"prefetched_body":`+plain+`}`), text(bare, "{}")}
			if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if string(bare.Payload) != got[1] || string(whole.Payload) != got[0] {
				t.Error("the payload is not what stands in the queue")
			}
			if !regexp.MustCompile(`^[0-9a-f]{24}$`).MatchString(bare.JID) || bare.JID >= whole.JID {
				t.Errorf("ids: %s, %s", bare.JID, whole.JID)
			}
			if !f.client.SIsMember(t.Context(), f.key("queues"), "pull").Val() {
				t.Error("the queue is not in the set of queues")
			}
		})
	}
}

// TestUnit: what reveals the unit of times while no process is running.
func TestUnit(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, f *fixture)
		want    unit
	}{
		{"an idle server", func(*testing.T, *fixture) {}, seconds},
		{"jobs in seconds", func(t *testing.T, f *fixture) { f.fill(t, "default", 1) }, seconds},
		{"jobs in milliseconds", func(t *testing.T, f *fixture) {
			f.must(t, f.client.LPush(t.Context(), "queue:default", mastodonJob("a", "1772366400000")))
		}, milliseconds},
		{"dead jobs", func(t *testing.T, f *fixture) {
			f.must(t, f.client.ZAdd(t.Context(), "dead", redis.Z{Score: 1, Member: mastodonJob("a", "1772366400000")}))
		}, milliseconds},
		{"a process that has ended", func(t *testing.T, f *fixture) { f.must(t, f.client.SAdd(t.Context(), "processes", "x")) }, seconds},
		{"two versions during an update", func(t *testing.T, f *fixture) {
			f.process(t, "a", "8.0.9", 5, 0)
			f.process(t, "b", "7.3.9", 5, 0)
		}, seconds},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := start(t, "")
			tt.prepare(t, f)
			if got, err := f.jobUnit(t.Context()); err != nil || got != tt.want {
				t.Errorf("%v, %v, want %v", got, err, tt.want)
			}
			f.process(t, "new", "8.1.6", 5, 0)
			f.must(t, f.client.Del(t.Context(), "b"))
			f.clock.Step(unitMemory + time.Second)
			if got, err := f.jobUnit(t.Context()); err != nil || got != milliseconds {
				t.Errorf("after an update: %v, %v", got, err)
			}
		})
	}
}

func TestPrepareRefuses(t *testing.T) {
	f := start(t, "")
	for _, uri := range []string{"", "a.example/1", "ftp://a.example/1", "https:///1", "https://a.example/\x01", "https://a.example/\xff"} {
		if _, err := f.Prepare(t.Context(), uri, nil); err == nil {
			t.Errorf("%q is accepted", uri)
		}
	}
	if _, err := f.Prepare(t.Context(), "https://a.example/1", []byte("{\"a\":\"\xff\"}")); err == nil {
		t.Error("an object that is not UTF-8 is accepted")
	}
	large := f.prepare(t, "https://a.example/1", `"`+strings.Repeat("x", mostObject)+`"`)
	if len(large.Payload) > 1000 {
		t.Error("an object of more than 1 MB goes along")
	}
	if err := f.Push(t.Context(), []backfill.Job{{JID: "x"}}); err == nil {
		t.Error("a job without a payload is pushed")
	}
	// A Redis that no Sidekiq uses: here, the database has the wrong number.
	at := f.at
	at.DB = 5
	var hinted *backfill.Hinted
	if _, err := f.open(t, Options{Redis: at}).Prepare(t.Context(), "https://a.example/1", nil); !errors.As(err, &hinted) {
		t.Errorf("a Redis without a Sidekiq: %v", err)
	}
}

func TestPushDoublesNothing(t *testing.T) {
	for name, others := range map[string]int{"a short queue": 10, "a long queue": 3000} {
		t.Run(name, func(t *testing.T) {
			f := start(t, "")
			ctx := t.Context()
			f.fill(t, "pull", others)
			jobs := f.batch(t, 6)
			f.push(t, jobs[:4]...)
			f.fill(t, "pull", others)
			// The oldest was taken and has failed; the next is being worked on.
			f.must(t, f.client.LRem(ctx, "queue:pull", -1, jobs[0].Payload), f.client.LRem(ctx, "queue:pull", -1, jobs[1].Payload))
			f.fail(t, "retry", jobs[0], noon.Add(time.Minute))
			f.work(t, "web:1:aa", jobs[1])
			if err := f.Push(ctx, pushedAt(jobs, noon)); err != nil {
				t.Fatal(err)
			}
			counts := make(map[string]int)
			for _, text := range f.queue(t, "pull") {
				counts[text]++
			}
			for i, want := range []int{0, 0, 1, 1, 1, 1} {
				if got := counts[string(jobs[i].Payload)]; got != want {
					t.Errorf("job %d stands %d times in the queue, want %d", i, got, want)
				}
			}
		})
	}
}

func TestMergeHome(t *testing.T) {
	f := start(t, "")
	ctx := t.Context()
	f.process(t, "web:1:aa", "8.1.6", 5, 0)
	followers := make([]int64, mergesAtOnce+3)
	for i := range followers {
		followers[i] = 110_000_000_000_000_000 + int64(i)
	}
	if err := f.MergeHome(ctx, account("109501849206212345"), followers); err != nil {
		t.Fatal(err)
	}
	jobs := f.queue(t, "default")
	if len(jobs) != len(followers) {
		t.Fatalf("%d jobs", len(jobs))
	}
	oldest := jobs[len(jobs)-1]
	want := `{"class":"MergeWorker","queue":"default","args":[109501849206212345,110000000000000000],"retry":true,"jid":"`
	if !strings.HasPrefix(oldest, want) || !strings.HasSuffix(oldest, `","created_at":1772366400000,"enqueued_at":1772366400000,"tootfill":1}`) {
		t.Errorf("%s", oldest)
	}
	if err := f.MergeHome(ctx, account("12"), nil); err != nil {
		t.Error(err)
	}
	if err := f.MergeHome(ctx, account("x"), []int64{1}); err == nil {
		t.Error("an id that is not a number is accepted")
	}
}

func TestRedisGoesAwayAndComesBack(t *testing.T) {
	f := start(t, "")
	ctx := t.Context()
	jobs := f.batch(t, 3)
	f.push(t, jobs[0])
	f.server.Kill(t)
	var unavailable *backfill.UnavailableError
	if err := f.Push(ctx, jobs[1:]); !errors.As(err, &unavailable) {
		t.Fatalf("pushing to a dead Redis: %v", err)
	}
	if _, err := f.Where(ctx, jobs); !errors.As(err, &unavailable) {
		t.Errorf("asking a dead Redis: %v", err)
	}
	if _, err := f.Overview(ctx); !errors.As(err, &unavailable) {
		t.Errorf("asking a dead Redis: %v", err)
	}
	f.server.Start(t)
	if err := f.Push(ctx, pushedAt(jobs, noon)); err != nil {
		t.Fatal(err)
	}
	if got := f.queue(t, "pull"); len(got) != 3 {
		t.Errorf("%d jobs in the queue", len(got))
	}
}

// TestLostAnswers breaks the connection in the middle of a push, or before its
// answer: the queue holds none of the jobs, or all of them. After they are pushed
// again, it holds each of them once.
func TestLostAnswers(t *testing.T) {
	f := start(t, "")
	jobs := f.batch(t, 20)
	source := rand.New(rand.NewPCG(1, 2))
	for round := range 30 {
		f.must(t, f.client.Del(t.Context(), "queue:pull"))
		var conn failing
		s := f.open(t, Options{Redis: f.at, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			var err error
			conn.Conn, err = new(net.Dialer).DialContext(ctx, network, address)
			return &conn, err
		}})
		answerLost := round%3 == 0
		conn.breaks, conn.after = true, source.Float64()
		if answerLost {
			conn.after = 1
		}
		var unavailable *backfill.UnavailableError
		if err := s.Push(t.Context(), jobs); !errors.As(err, &unavailable) {
			t.Fatalf("a push over a broken connection: %v", err)
		}
		want := 0
		if answerLost {
			want = len(jobs)
		}
		if n := len(f.queue(t, "pull")); n != want {
			t.Fatalf("%d of %d jobs were pushed", n, len(jobs))
		}
		f.push(t, pushedAt(jobs, noon)...)
		if n := len(f.queue(t, "pull")); n != len(jobs) {
			t.Fatalf("%d of %d jobs after the second push", n, len(jobs))
		}
	}
}

// failing is a connection that, once told to, breaks after a part of the next write.
// If the part is the whole, it loses the answer instead.
type failing struct {
	net.Conn
	breaks bool
	after  float64
}

func (c *failing) Write(p []byte) (int, error) {
	if !c.breaks || c.after == 1 {
		return c.Conn.Write(p)
	}
	n, err := c.Conn.Write(p[:int(c.after*float64(len(p)))])
	return n, errors.Join(err, c.Conn.Close(), net.ErrClosed)
}

func (c *failing) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.breaks && err == nil {
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func TestPasswordsStaySecret(t *testing.T) {
	f := start(t, "")
	ctx := t.Context()
	const secret = "hunter2-hunter2"
	f.must(t, f.client.Do(ctx, "ACL", "SETUSER", "other", "on", ">"+secret+"x", "~*", "+@all"))
	echo := echoingServer(t)
	for name, r := range map[string]Redis{
		"wrong":         {Network: "tcp", Address: f.at.Address, User: "other", Password: secret},
		"no such user":  {Network: "tcp", Address: f.at.Address, User: "nobody", Password: secret},
		"nobody there":  {Network: "tcp", Address: "127.0.0.1:1", Password: secret},
		"no such host":  {Network: "tcp", Address: "redis.invalid:6379", Password: secret},
		"not TLS":       {Network: "tcp", Address: rudeServer(t), Password: secret, TLS: true},
		"echoing":       {Network: "tcp", Address: echo, Password: secret},
		"no socket":     {Network: "unix", Address: "/nonexistent/redis.sock", Password: secret},
		"not sentinels": {Network: "tcp", Master: "m", Sentinels: []string{echo}, Password: secret, SentinelPassword: secret},
		"no sentinels":  {Network: "tcp", Master: "m", Sentinels: []string{"127.0.0.1:1"}, Password: secret, SentinelPassword: secret},
	} {
		t.Run(name, func(t *testing.T) {
			r.Variables = "REDIS_HOST and REDIS_PORT"
			_, err := Open(ctx, Options{Redis: r})
			var hinted *backfill.Hinted
			if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint.About, "REDIS_") {
				t.Fatalf("%v", err)
			}
			if text := err.Error() + hinted.Hint.About; strings.Contains(text, secret) {
				t.Errorf("%s", text)
			}
			if !strings.Contains(err.Error(), r.String()) {
				t.Errorf("the error does not say where: %v", err)
			}
		})
	}
}

// TestHints: the hint names the variables to look at.
func TestHints(t *testing.T) {
	f := start(t, "")
	r := f.at
	r.User, r.Password, r.Variables = "x", "y", "SIDEKIQ_REDIS_HOST and SIDEKIQ_REDIS_PORT"
	for _, tt := range []struct{ variables, address, want string }{
		{r.Variables, f.at.Address, "check SIDEKIQ_REDIS_USER and SIDEKIQ_REDIS_PASSWORD"},
		{"REDIS_URL", f.at.Address, "check the user and the password in REDIS_URL"},
		{"REDIS_URL", "127.0.0.1:1", "check REDIS_URL"},
		{"", "127.0.0.1:1", "check the address of Redis"},
	} {
		r.Variables, r.Address = tt.variables, tt.address
		_, err := Open(t.Context(), Options{Redis: r})
		var hinted *backfill.Hinted
		if !errors.As(err, &hinted) || hinted.Hint != backfill.Say(tt.want) {
			t.Errorf("%+v: %#v", tt, err)
		}
	}
}

// echoingServer starts a server whose errors repeat whatever it was sent.
func echoingServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					if text := lines.Text(); text != "" && !strings.ContainsAny(text[:1], "*$") {
						if _, err := io.WriteString(conn, "-ERR unknown command `"+text+"`\r\n"); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// rudeServer starts a server that speaks first, and speaks neither TLS nor Redis.
func rudeServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := io.WriteString(conn, "220 mail.example ESMTP\r\n"); err != nil {
				return
			}
		}
	}()
	return l.Addr().String()
}
