package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/sidekiq"
	"tootfill/backfill/sqlite"
)

// fakeQueues is a Sidekiq whose queue pull grows by 10 with every reading.
type fakeQueues struct {
	readings int
	// failing are the readings that fail, counted from 1.
	failing map[int]error
	jobs    int
}

func (f *fakeQueues) Overview(context.Context) (sidekiq.Overview, error) {
	f.readings++
	if err := f.failing[f.readings]; err != nil {
		return sidekiq.Overview{}, err
	}
	return sidekiq.Overview{
		Queues:  []sidekiq.Queue{{Name: "pull", Size: int64(10 * f.readings), Latency: 90 * time.Second}},
		Version: "8.1.6", Processes: 1, Busy: 1, Workers: 5, Ours: f.jobs,
	}, nil
}

func (f *fakeQueues) Jobs(_ context.Context, limit int) ([]sidekiq.Job, error) {
	jobs := make([]sidekiq.Job, f.jobs)
	for i := range jobs {
		jobs[i] = sidekiq.Job{JID: fmt.Sprint(i), Class: "FetchReplyWorker", Queue: "pull", URI: fmt.Sprintf("https://photos.example/p/%d", i)}
	}
	if limit > 0 {
		jobs = jobs[:min(limit, len(jobs))]
	}
	return jobs, nil
}

// fakeLedger has so many deferred accounts.
type fakeLedger struct{ deferred int }

func (f fakeLedger) Standing(context.Context, time.Time) (sqlite.Standing, error) {
	return sqlite.Standing{Deferred: f.deferred}, nil
}

func (f fakeLedger) Deferred(context.Context) iter.Seq2[backfill.Deferral, error] {
	return func(yield func(backfill.Deferral, error) bool) {
		for range f.deferred {
			if !yield(backfill.Deferral{Account: notes, RetryAt: queuesNoon, Reason: "too soon"}, nil) {
				return
			}
		}
	}
}

// watched runs a watch for so long, ends it with a signal and returns its error.
func watched(t *testing.T, source queuesSource, v *queuesView, q queuesOptions, d time.Duration, signal syscall.Signal) error {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	go func() { done <- showQueues(ctx, source, v, q) }()
	time.Sleep(d)
	cancel(&Interrupted{Signal: signal})
	return <-done
}

// watchOnScreen is a view of a watch on a terminal.
func watchOnScreen(columns, rows int) (*queuesView, *screen) {
	s := newScreen(columns)
	return &queuesView{
		stdout: s, stderr: s, home: "home.example", terminal: true, live: true, utf8: true,
		size: func() (int, int) { return s.columns, rows }, foreground: func() bool { return true },
		block: block{w: s}, trends: make(trends),
	}, s
}

var everySecond = queuesOptions{Watch: true, Interval: time.Second}

func TestWatchDrawsInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s := watchOnScreen(60, 24)
		fmt.Fprintln(s, "$ tootfill queues --watch")
		source := queuesSource{workers: &fakeQueues{}, ledger: fakeLedger{deferred: 1}, clock: utcClock{}}
		if err := watched(t, source, v, everySecond, 3500*time.Millisecond, syscall.SIGINT); err != nil {
			t.Errorf("^C: %v", err)
		}
		expect(t, "screen", s.text(), `$ tootfill queues --watch
home.example  00:00:03  every 1s, ^C ends
queue    size  latency                 trend
pull       40    1m30s                  ▂▄▆█

sidekiq     8.1.6, 1 process
workers     1 of 5 busy
ours        0 waiting
scheduled   0
retry       0
dead        0
processed   0 (0 today)
failed      0 (0 today)

running     0
deferred    1
  until 2026-03-01 12:00  notes@notes.example  too soon
done today  0
`)
		if s.wrapped || s.strange != "" {
			t.Errorf("wrapped %v, strange %s", s.wrapped, s.strange)
		}
	})
}

func TestWatchEndsWithATerminationAsOtherCommandsDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, _ := watchOnScreen(80, 24)
		source := queuesSource{ledger: fakeLedger{}, clock: utcClock{}}
		var asked *Interrupted
		err := watched(t, source, v, everySecond, time.Second, syscall.SIGTERM)
		if !errors.As(err, &asked) || asked.Signal != syscall.SIGTERM {
			t.Errorf("TERM: %v", err)
		}
	})
}

// A frame that is higher than the terminal could not be drawn in place.
func TestWatchFitsTheRows(t *testing.T) {
	for rows := 1; rows < 60; rows++ {
		synctest.Test(t, func(t *testing.T) {
			v, s := watchOnScreen(60, rows)
			source := queuesSource{workers: &fakeQueues{jobs: 100}, ledger: fakeLedger{deferred: 300}, clock: utcClock{}}
			q := everySecond
			q.Jobs = true
			if err := watched(t, source, v, q, 2500*time.Millisecond, syscall.SIGINT); err != nil {
				t.Error(err)
			}
			if n := len(s.rows); n > max(2, rows) || !strings.Contains(s.text(), "00:00:02") {
				t.Errorf("%d rows: %d are used:\n%s", rows, n, s.text())
			}
			if rows == 59 && (strings.Count(s.text(), "too soon") < 10 || strings.Count(s.text(), "https://") < 10) {
				t.Errorf("the lists are too short on a high terminal:\n%s", s.text())
			}
		})
	}
}

func TestWatchOnAResizedTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s := watchOnScreen(80, 24)
		r := queuesReading{At: queuesNoon}
		for _, columns := range []int{80, 30} {
			s.columns = columns
			if err := v.showNext(t.Context(), queuesSource{}, r, time.Second); err != nil {
				t.Error(err)
			}
		}
		expect(t, "screen", s.text(), "12:00:00  every 1s, ^C ends\nrunning     0\ndeferred    0\ndone today  0\n")
	})
}

func TestWatchInTheBackgroundDrawsNothing(t *testing.T) {
	v, s := watchOnScreen(80, 24)
	foreground := true
	v.foreground = func() bool { return foreground }
	r := queuesReading{At: queuesNoon}
	for _, foreground = range []bool{true, false, false, true} {
		if err := v.showNext(t.Context(), queuesSource{}, r, time.Second); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(s.text(), "home.example"); n != 2 {
		t.Errorf("%d frames stand on the screen:\n%s", n, s.text())
	}
}

func TestWatchGoesOnWhileRedisIsAway(t *testing.T) {
	away := &backfill.UnavailableError{Server: "Redis at 127.0.0.1:6379", Err: errors.New("connection refused")}
	synctest.Test(t, func(t *testing.T) {
		v, s := watchOnScreen(80, 24)
		source := queuesSource{workers: &fakeQueues{failing: map[int]error{3: away}}, ledger: fakeLedger{}, clock: utcClock{}}
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error)
		go func() { done <- showQueues(ctx, source, v, everySecond) }()
		time.Sleep(2500 * time.Millisecond)
		if text := s.text(); !strings.Contains(text, "00:00:01") || !strings.Contains(text, "Redis at 127.0.0.1:6379") || !strings.Contains(text, "pull       20") {
			t.Errorf("while it is away:\n%s", text)
		}
		time.Sleep(time.Second)
		if text := s.text(); !strings.Contains(text, "00:00:03") || strings.Contains(text, "Redis") || !strings.Contains(text, "pull       40") {
			t.Errorf("when it is back:\n%s", text)
		}
		cancel(&Interrupted{Signal: syscall.SIGINT})
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		v := &queuesView{stdout: &stdout, stderr: &stderr, utf8: true}
		source := queuesSource{workers: &fakeQueues{failing: map[int]error{2: away}}, ledger: fakeLedger{}, clock: utcClock{}}
		if err := watched(t, source, v, everySecond, 2500*time.Millisecond, syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if n := strings.Count(stdout.String(), "queue "); n != 2 || strings.Count(stderr.String(), "tootfill: error: ") != 1 {
			t.Errorf("%d blocks:\n%s\n%s", n, stdout.String(), stderr.String())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		v, s := watchOnScreen(80, 24)
		source := queuesSource{workers: &fakeQueues{failing: map[int]error{1: away}}, ledger: fakeLedger{}, clock: utcClock{}}
		if err := showQueues(t.Context(), source, v, everySecond); !errors.Is(err, error(away)) || s.text() != "" {
			t.Errorf("away from the beginning: %v, %q", err, s.text())
		}
	})
}

func TestWatchInAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stdout bytes.Buffer
		v := &queuesView{stdout: &stdout}
		if err := watched(t, queuesSource{ledger: fakeLedger{}, clock: utcClock{}}, v, everySecond, 1500*time.Millisecond, syscall.SIGINT); err != nil {
			t.Error(err)
		}
		expect(t, "stdout", stdout.String(), `2000-01-01 00:00:00
running     0
deferred    0
done today  0

2000-01-01 00:00:01
running     0
deferred    0
done today  0
`)
	})
}

func TestWatchOfAClosedPipe(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	defer write.Close()
	for _, asJSON := range []bool{false, true} {
		v := &queuesView{stdout: write, stderr: write, json: asJSON}
		err = showQueues(t.Context(), queuesSource{ledger: fakeLedger{deferred: 1}, clock: utcClock{}}, v, everySecond)
		if err == nil || !strings.HasPrefix(err.Error(), "writing results: ") {
			t.Errorf("json %v: %v", asJSON, err)
		}
	}
}

func TestQueuesJSON(t *testing.T) {
	var stdout bytes.Buffer
	v := &queuesView{stdout: &stdout, json: true}
	r := busyReading()
	r.Sidekiq.Queues = r.Sidekiq.Queues[2:3]
	r.Sidekiq.Queues[0].Name = "pu\x9bll\xff"
	r.Jobs = []sidekiq.Job{
		{JID: "a1", Class: "FetchReplyWorker", Queue: "pull", URI: "https://x/?a&b", Prefetched: true, Waited: 1500 * time.Millisecond},
		{JID: "a2", Class: "MergeWorker", Queue: "default", Account: 109, Follower: 7},
	}
	if err := v.showOnce(t.Context(), queuesSource{ledger: fakeLedger{deferred: 2}, clock: utcClock{}}, r); err != nil {
		t.Fatal(err)
	}
	deferred := `{"type":"deferred","account":"notes@notes.example","retry_at":"2026-03-01T12:00:00Z","reason":"too soon"}` + "\n"
	expect(t, "stdout", stdout.String(), `{"type":"queue","name":"pu`+"\uFFFDll\uFFFD"+`","size":1000000,"latency":125.9}
{"type":"sidekiq","version":"8.0.9","busy":12,"workers":25,"scheduled":3,"retry":12,"dead":40,"processed":1302712,"failed":9157,"processed_today":18402,"failed_today":37,"ours":200}
{"type":"job","jid":"a1","class":"FetchReplyWorker","queue":"pull","uri":"https://x/?a&b","prefetched":true,"account_id":"","follower_id":"","latency":1.5}
{"type":"job","jid":"a2","class":"MergeWorker","queue":"default","uri":"","prefetched":false,"account_id":"109","follower_id":"7","latency":0}
`+deferred+deferred)
}

func TestQueuesOptions(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"queues", "pull"}, "queues takes no arguments"},
		{[]string{"queues", "--interval", "5s"}, "--interval does nothing without --watch"},
		{[]string{"queues", "--watch", "--interval", "1ms"}, "--interval must be at least 100ms"},
		{[]string{"queues", "--watch", "--interval", "five"}, `invalid value "five" for --interval`},
		{[]string{"queues", "--sidekiq"}, "no Redis is configured"},
		{[]string{"queues", "--env-file", "/nowhere"}, "/nowhere"},
	}
	for _, tt := range tests {
		var stdout, stderr bytes.Buffer
		env := Env{Args: tt.args, Stdout: &stdout, Stderr: &stderr, Clock: utcClock{}, Getenv: func(name string) string {
			return map[string]string{"TOOTFILL_STATE": t.TempDir(), "HOME": t.TempDir()}[name]
		}}
		status := Run(t.Context(), env)
		if status == exitDone || stdout.Len() > 0 || !strings.Contains(stderr.String(), "tootfill: error: ") || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%v: %d, %q, %q", tt.args, status, stdout.String(), stderr.String())
		}
	}
}
