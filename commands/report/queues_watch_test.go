package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
)

// fakeQueues is a Sidekiq whose queue pull grows by 10 with each reading.
type fakeQueues struct {
	readings int
	// failing are the readings that fail, counted from 1.
	failing map[int]error
	jobs    int
}

func (f *fakeQueues) Overview(context.Context) (Sidekiq, error) {
	f.readings++
	if err := f.failing[f.readings]; err != nil {
		return Sidekiq{}, err
	}
	return Sidekiq{
		Queues:  []Queue{{Name: "pull", Size: int64(10 * f.readings), Latency: 90 * time.Second}},
		Version: "8.1.6", Processes: 1, Busy: 1, Workers: 5, Ours: f.jobs,
	}, nil
}

func (f *fakeQueues) Jobs(_ context.Context, limit int) ([]Job, error) {
	jobs := make([]Job, f.jobs)
	for i := range jobs {
		jobs[i] = Job{JID: fmt.Sprint(i), Class: "FetchReplyWorker", Queue: "pull", URI: fmt.Sprintf("https://photos.example/p/%d", i)}
	}
	if limit > 0 {
		jobs = jobs[:min(limit, len(jobs))]
	}
	return jobs, nil
}

// fakeLedger has a given number of deferred accounts.
type fakeLedger struct{ deferred int }

func (f fakeLedger) Standing(context.Context, time.Time) (LedgerState, error) {
	return LedgerState{Deferred: f.deferred}, nil
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

// watched runs a watch for a time, ends it and returns its error.
func watched(t *testing.T, v *Queues, d time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- v.Watch(ctx) }()
	time.Sleep(d)
	cancel()
	return <-done
}

// everySecond returns options for a watch with no output on a terminal.
func everySecond(stdout, stderr io.Writer) QueuesOptions {
	return QueuesOptions{
		Streams: Streams{Stdout: stdout, Stderr: stderr, UTF8: true}, Interval: time.Second,
		Explain: func(err error) Problem { return Problem{Code: 1, Message: err.Error()} },
	}
}

// watchOnScreen is a view of a watch on a terminal.
func watchOnScreen(columns, rows int, source QueuesSource) (*Queues, *screen) {
	s := newScreen(columns)
	o := everySecond(s, s)
	o.Home, o.StdoutTTY = "home.example", true
	v := NewQueues(o, source)
	v.size = func() (int, int) { return s.columns, rows }
	return v, s
}

func TestWatchDrawsInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s := watchOnScreen(60, 24, QueuesSource{Workers: &fakeQueues{}, Ledger: fakeLedger{deferred: 1}, Clock: utcClock{}})
		fmt.Fprintln(s, "$ tootfill queues --watch")
		if err := watched(t, v, 3500*time.Millisecond); err != nil {
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

// A frame taller than the terminal could not be drawn in place.
func TestWatchFitsTheRows(t *testing.T) {
	for rows := 1; rows < 60; rows++ {
		synctest.Test(t, func(t *testing.T) {
			v, s := watchOnScreen(60, rows, QueuesSource{Workers: &fakeQueues{jobs: 100}, Ledger: fakeLedger{deferred: 300}, Clock: utcClock{}})
			v.Jobs = true
			if err := watched(t, v, 2500*time.Millisecond); err != nil {
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
		v, s := watchOnScreen(80, 24, QueuesSource{})
		r := queuesReading{At: queuesNoon}
		for _, columns := range []int{80, 30} {
			s.columns = columns
			if err := v.showNext(t.Context(), r); err != nil {
				t.Error(err)
			}
		}
		expect(t, "screen", s.text(), "12:00:00  every 1s, ^C ends\nrunning     0\ndeferred    0\ndone today  0\n")
	})
}

func TestWatchInTheBackgroundDrawsNothing(t *testing.T) {
	v, s := watchOnScreen(80, 24, QueuesSource{})
	foreground := true
	v.onForeground = func() bool { return foreground }
	r := queuesReading{At: queuesNoon}
	for _, foreground = range []bool{true, false, false, true} {
		if err := v.showNext(t.Context(), r); err != nil {
			t.Error(err)
		}
	}
	if n := strings.Count(s.text(), "home.example"); n != 2 {
		t.Errorf("%d frames stand on the screen:\n%s", n, s.text())
	}
}

func TestWatchContinuesWhileRedisIsAway(t *testing.T) {
	away := &backfill.UnavailableError{Server: "Redis at 127.0.0.1:6379", Err: errors.New("connection refused")}
	synctest.Test(t, func(t *testing.T) {
		v, s := watchOnScreen(80, 24, QueuesSource{Workers: &fakeQueues{failing: map[int]error{3: away}}, Ledger: fakeLedger{}, Clock: utcClock{}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- v.Watch(ctx) }()
		time.Sleep(2500 * time.Millisecond)
		if text := s.text(); !strings.Contains(text, "00:00:01") || !strings.Contains(text, "Redis at 127.0.0.1:6379") || !strings.Contains(text, "pull       20") {
			t.Errorf("while it is away:\n%s", text)
		}
		time.Sleep(time.Second)
		if text := s.text(); !strings.Contains(text, "00:00:03") || strings.Contains(text, "Redis") || !strings.Contains(text, "pull       40") {
			t.Errorf("when it is back:\n%s", text)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		v := NewQueues(everySecond(&stdout, &stderr), QueuesSource{Workers: &fakeQueues{failing: map[int]error{2: away}}, Ledger: fakeLedger{}, Clock: utcClock{}})
		if err := watched(t, v, 2500*time.Millisecond); err != nil {
			t.Error(err)
		}
		if n := strings.Count(stdout.String(), "queue "); n != 2 || strings.Count(stderr.String(), "tootfill: error: ") != 1 {
			t.Errorf("%d blocks:\n%s\n%s", n, stdout.String(), stderr.String())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		v, s := watchOnScreen(80, 24, QueuesSource{Workers: &fakeQueues{failing: map[int]error{1: away}}, Ledger: fakeLedger{}, Clock: utcClock{}})
		if err := v.Watch(t.Context()); !errors.Is(err, error(away)) || s.text() != "" {
			t.Errorf("away from the beginning: %v, %q", err, s.text())
		}
	})
}

func TestWatchInAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stdout bytes.Buffer
		v := NewQueues(everySecond(&stdout, io.Discard), QueuesSource{Ledger: fakeLedger{}, Clock: utcClock{}})
		if err := watched(t, v, 1500*time.Millisecond); err != nil {
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
		o := everySecond(write, write)
		o.JSON = asJSON
		err = NewQueues(o, QueuesSource{Ledger: fakeLedger{deferred: 1}, Clock: utcClock{}}).Watch(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), "writing results: ") {
			t.Errorf("json %v: %v", asJSON, err)
		}
	}
}

func TestQueuesJSON(t *testing.T) {
	var stdout bytes.Buffer
	o := everySecond(&stdout, io.Discard)
	o.JSON = true
	v := NewQueues(o, QueuesSource{Ledger: fakeLedger{deferred: 2}, Clock: utcClock{}})
	r := busyReading()
	r.Sidekiq.Queues = r.Sidekiq.Queues[2:3]
	r.Sidekiq.Queues[0].Name = "pu\x9bll\xff"
	r.Jobs = []Job{
		{JID: "a1", Class: "FetchReplyWorker", Queue: "pull", URI: "https://x/?a&b", Prefetched: true, Waited: 1500 * time.Millisecond},
		{JID: "a2", Class: "MergeWorker", Queue: "default", Account: 109, Follower: 7},
	}
	if err := v.showOnce(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	deferred := `{"type":"deferred","account":"notes@notes.example","retry_at":"2026-03-01T12:00:00Z","reason":"too soon"}` + "\n"
	expect(t, "stdout", stdout.String(), `{"type":"queue","name":"pu`+"\uFFFDll\uFFFD"+`","size":1000000,"latency":125.9}
{"type":"sidekiq","version":"8.0.9","busy":12,"workers":25,"scheduled":3,"retry":12,"dead":40,"processed":1302712,"failed":9157,"processed_today":18402,"failed_today":37,"ours":200}
{"type":"job","jid":"a1","class":"FetchReplyWorker","queue":"pull","uri":"https://x/?a&b","prefetched":true,"account_id":"","follower_id":"","latency":1.5}
{"type":"job","jid":"a2","class":"MergeWorker","queue":"default","uri":"","prefetched":false,"account_id":"109","follower_id":"7","latency":0}
`+deferred+deferred)
}
