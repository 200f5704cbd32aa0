package report

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func TestPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		r := Begin(o)
		r.Event(backfill.AccountStarted{Account: gallery})
		time.Sleep(35500 * time.Millisecond)
		r.Event(backfill.PageListed{Account: gallery, Eligible: 40})
		settle(r, gallery, 35, backfill.Imported, "")
		r.Event(backfill.PageListed{Account: gallery, Eligible: 100, All: true})
		settle(r, gallery, 25, backfill.Imported, "")
		until := r.Clock.Now().Add(150 * time.Second)
		r.Event(backfill.Waiting{Account: gallery, On: "home.example", Until: until, Reason: "its rate limit"})
		time.Sleep(170 * time.Second)
		settle(r, gallery, 40, backfill.Imported, "")
		if err := r.Close(Summary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
			t.Error(err)
		}
		expect(t, "stderr", stderr.String(), `gallery@photos.example: reading
gallery@photos.example: 24 of 40+ posts, 0.4/s
gallery@photos.example: 54 of 100 posts, 0.6/s
waiting for home.example until 00:04:05: its rate limit
gallery@photos.example: 64 of 100 posts, 0.2/s
gallery@photos.example: 94 of 100 posts, 0.3/s
`)
		if got := stdout.String(); strings.Contains(got, "\x1b") {
			t.Errorf("escape codes in %q", got)
		}
	})
}

func TestBarOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		r := Begin(o)
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		expect(t, "before the first account", s.lastLine(), "   0% |                    |  starting")
		r.Event(backfill.AccountStarted{Account: gallery})
		time.Sleep(time.Second)
		synctest.Wait()
		expect(t, "at the start", s.lastLine(), "   0% |                    |  reading gallery@photos.example")
		r.Event(backfill.PageListed{Account: gallery, Eligible: 40})
		settle(r, gallery, 10, backfill.Imported, "")
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		expect(t, "at a quarter", s.lastLine(), "  24% |████                |  10/40+  0.9/s  34s+  gallery@photos.example")
		r.Event(backfill.PageListed{Account: gallery, Eligible: 20, All: true})
		settle(r, gallery, 6, backfill.Imported, "")
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		expect(t, "later", s.lastLine(), "  79% |███████████████     |  16/20  0.9/s  5s  gallery@photos.example")
		r.Notice("finishing what is in flight")
		settle(r, gallery, 4, backfill.Imported, "")
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Done, Imported: 20}})
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		expect(t, "at the end", s.text(), `finishing what is in flight
gallery@photos.example: imported 20
Visited 1 account, imported 20 posts
`)
		if s.wrapped || s.strange != "" {
			t.Errorf("wrapped: %v, strange: %s", s.wrapped, s.strange)
		}
		if want := []string{"32", "0", "32", "0"}; !slices.Equal(s.colours, want) {
			t.Errorf("colours %v, want %v", s.colours, want)
		}
	})
}

const queueBehind = "the queue pull is 2 min behind"

func TestWaiting(t *testing.T) {
	tests := []struct {
		columns    int
		on, reason string
		want       string
	}{
		{80, "home.example", "", "1/500+  waiting for home.example until 00:04:12 (4m10s)"},
		{50, "home.example", "", "waiting for home.example until 00:04:12 (4m10s)"},
		{40, "home.example", "", "waiting for home.example until 00:04:12"},
		{35, "home.example", "", "waiting until 00:04:12 (4m10s)"},
		{25, "home.example", "", "waiting (4m10s)"},
		{80, "a\x1b[2Jb\u202e", "", "1/500+  waiting for ab until 00:04:12 (4m10s)"},
		{100, "home.example", queueBehind, "1/500+  waiting for home.example until 00:04:12 (4m10s): the queue pull is 2 min behind"},
		{80, "home.example", queueBehind, "1/500+  waiting for home.example (4m10s): the queue pull is 2 min behind"},
		{60, "home.example", queueBehind, "1/500+  the queue pull is 2 min behind (4m10s)"},
		{40, "home.example", queueBehind, "the queue pull is 2 min behind (4m10s)"},
		{40, "photos.example", "photos.example seems to limit home.example", "photos.example seems to limit … (4m10s)"},
		{30, "home.example", queueBehind, "waiting (4m10s)"},
		{80, "home.example", "b\x1b[2Jad", "1/500+  waiting for home.example until 00:04:12 (4m10s): bad"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			o, s := onScreen(tt.columns)
			r := Begin(o)
			r.Event(backfill.PageListed{Account: gallery, Eligible: 500})
			settle(r, gallery, 1, backfill.Imported, "")
			until := r.Clock.Now().Add(251 * time.Second)
			r.Event(backfill.Waiting{Account: gallery, On: tt.on, Until: until, Reason: tt.reason})
			settle(r, gallery, 1, backfill.Imported, "") // was in flight
			r.Event(backfill.PageListed{Account: gallery, Eligible: 500})
			time.Sleep(150 * time.Millisecond)
			synctest.Wait()
			want := strings.Replace(tt.want, "1/500", "2/500", 1)
			expect(t, fmt.Sprint(tt.columns, " columns"), s.lastLine(), want)
			time.Sleep(10 * time.Second)
			settle(r, gallery, 1, backfill.Imported, "")
			time.Sleep(200 * time.Millisecond)
			synctest.Wait()
			if got := s.lastLine(); strings.Contains(got, "waiting") {
				t.Errorf("%d columns: the wait is over, but it says %q", tt.columns, got)
			}
			wrapped := s.wrapped // the summary may
			_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
			if wrapped || s.strange != "" {
				t.Errorf("%d columns: wrapped: %v, strange: %s", tt.columns, wrapped, s.strange)
			}
		})
	}
}

func TestBarDrawsAtMostTenTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		draws := &countingWriter{Writer: s}
		o.Stderr = draws
		r := Begin(o)
		r.Event(backfill.PageListed{Account: gallery, Eligible: 5000, All: true})
		for range 5000 {
			time.Sleep(time.Millisecond)
			r.Event(backfill.PostSettled{Account: gallery, URI: "https://photos.example/p", Outcome: backfill.Imported})
		}
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		if n := draws.n.total(); n < 45 || n > 53 {
			t.Errorf("%d draws in 5 seconds", n)
		}
	})
}

type countingWriter struct {
	io.Writer
	n counter
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func (c *counter) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n.add()
	return w.Writer.Write(p)
}

func TestBackgroundJobDrawsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		o.foreground = func() bool { return false }
		r := Begin(o)
		threeAccounts(r)
		if strings.Contains(s.text(), "%") {
			t.Errorf("drawn: %q", s.text())
		}
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
	})
}

func TestProgressLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, _ := piped()
		r := Begin(o)
		expect(t, "before", r.progressLine(), "0 accounts visited, none under way")
		r.Event(backfill.AccountStarted{Account: gallery})
		expect(t, "reading", r.progressLine(), "gallery@photos.example: reading")
		r.Event(backfill.PageListed{Account: gallery, Eligible: 1, All: true})
		expect(t, "one", r.progressLine(), "gallery@photos.example: 0 of 1 post")
		r.Event(backfill.AccountsKnown{Accounts: 2, All: true})
		r.Event(backfill.AccountStarted{Account: notes})
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: notes, Status: backfill.Done}})
		expect(t, "two", r.progressLine(), "1 of 2 accounts, 0 of 1 post")
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
	})
}

// Memory does not grow with the number of accounts.
func TestFinishedAccountsAreForgotten(t *testing.T) {
	p := progress{}
	now := time.Unix(0, 0)
	for i := range 1000 {
		h := fediverse.Handle{User: fmt.Sprint(i), Domain: "photos.example"}
		now = now.Add(time.Minute)
		p.note(backfill.AccountStarted{Account: h}, now)
		p.note(backfill.PostSettled{Account: h, Outcome: backfill.Imported}, now)
		p.finish(h)
	}
	if done, known, _ := p.posts(); len(p.open)+p.queue.Len() != 0 || len(p.samples) > rateSamples+1 || done != 1000 || known != 1000 {
		t.Errorf("%d accounts, %d samples, %d of %d posts", len(p.open), len(p.samples), done, known)
	}
}

// The ticker ends with the reporter even if its clock never ticks.
func TestCloseEndsTheTicker(t *testing.T) {
	o, _ := onScreen(80)
	o.Clock = neverClock{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = Begin(o).Close(Summary{DueCommand: "tootfill accounts backfill --due"})
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("Close hangs")
	}
}

type neverClock struct{ backfill.SystemClock }

func (neverClock) Wait(ctx context.Context, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}
