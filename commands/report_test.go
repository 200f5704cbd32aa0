package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
)

// utcClock is the clock of a synctest bubble, with times of day that do not
// depend on the machine's zone. A bubble begins at midnight.
type utcClock struct{ backfill.SystemClock }

func (utcClock) Now() time.Time { return time.Now().UTC() }

// lockedBuffer can be read while the reporter writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var (
	gallery = fediverse.Handle{User: "gallery", Domain: "photos.example"}
	notes   = fediverse.Handle{User: "notes", Domain: "notes.example"}
	lost    = fediverse.Handle{User: "lost", Domain: "gone.example"}
)

// sayHint puts advice into words that has them already.
func sayHint(h backfill.Hint) string { return h.About }

// piped returns options for a run of which nothing goes to a terminal.
func piped() (o reportOptions, stdout, stderr *lockedBuffer) {
	stdout, stderr = new(lockedBuffer), new(lockedBuffer)
	return reportOptions{streams: streams{Stdout: stdout, Stderr: stderr, UTF8: true, Colour: true}, Clock: utcClock{}, Hints: sayHint}, stdout, stderr
}

// onScreen returns options for a run whose output all goes to one terminal.
func onScreen(columns int) (reportOptions, *screen) {
	s := newScreen(columns)
	return reportOptions{
		streams: streams{
			Stdout: s, Stderr: s, StdoutTTY: true, StderrTTY: true,
			width: func() int { return columns }, UTF8: true, Colour: true,
		},
		Clock: utcClock{}, Hints: sayHint,
	}, s
}

// settle reports n posts of h with an outcome, a second apart.
func settle(r *reporter, h fediverse.Handle, n int, outcome backfill.Outcome, reason string) {
	for i := range n {
		time.Sleep(time.Second)
		r.Event(backfill.PostSettled{
			Account: h, URI: fmt.Sprintf("https://%s/p/%s/%d", h.Domain, outcome, i), Outcome: outcome, Reason: reason,
		})
	}
}

// threeAccounts is a run over three accounts: one partial, one deferred, one
// failed. It takes 12 seconds.
func threeAccounts(r *reporter) {
	r.Event(backfill.AccountStarted{Account: gallery})
	r.Event(backfill.PageListed{Account: gallery, Eligible: 20})
	settle(r, gallery, 8, backfill.Imported, "")
	settle(r, gallery, 3, backfill.Held, "")
	settle(r, gallery, 1, backfill.Refused, "home.example answered without the post")
	r.Event(backfill.PostSkipped{Account: gallery, URI: "https://photos.example/p/boost", Reason: "a boost"})
	r.Event(backfill.PostSkipped{Account: gallery, Reason: "not for everybody"})
	r.Event(backfill.PageListed{Account: gallery, Eligible: 12, All: true})
	now := r.Clock.Now()
	r.Event(backfill.AccountFinished{Result: backfill.Result{
		Account: gallery, Route: backfill.RouteResolve, Status: backfill.Partial,
		Listed: 30, Eligible: 12, Imported: 8, Held: 3, Refused: 1,
		RetryAt: now.Add(time.Hour), Reason: "some posts were refused", ProfileURL: "https://photos.example/@gallery",
	}})
	r.Event(backfill.AccountStarted{Account: notes})
	r.Event(backfill.AccountFinished{Result: backfill.Result{
		Account: notes, Status: backfill.Deferred, RetryAt: now.Add(30 * time.Minute), Reason: "backfilled a short while ago",
	}})
	r.Event(backfill.Warned{Account: lost, Text: "something is odd", Hint: backfill.Say("look at it")})
	r.Event(backfill.AccountFinished{Result: backfill.Result{
		Account: lost, Status: backfill.FailedAccount, Reason: "the account is gone from gone.example",
		Hint: backfill.Say("nothing can be done"), ProfileURL: "https://gone.example/@lost",
	}})
}

const threeAccountsResults = `gallery@photos.example: imported 8, 3 already held, 1 refused
  some posts were refused
  next try: from 01:01 on
notes@notes.example: deferred: next allowed at 00:31
  backfilled a short while ago
lost@gone.example: failed: the account is gone from gone.example
  hint: nothing can be done
  read it at https://gone.example/@lost
Visited 3 accounts, imported 8 posts, 3 already held, 1 refused; 1 account deferred, 1 failed
Posts that were refused or failed are tried again in later runs.
From 00:31 on, ` + "`tootfill accounts backfill --due`" + ` resumes what is left.
`

func TestPipedResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		r := newReporter(o)
		threeAccounts(r)
		if err := r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
			t.Error(err)
		}
		expect(t, "stdout", stdout.String(), threeAccountsResults)
		expect(t, "stderr", stderr.String(), `tootfill: warning: lost@gone.example: something is odd
tootfill: hint: look at it
`)
	})
}

func TestPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		r := newReporter(o)
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
		if err := r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
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

func TestQuietTellsOfFailuresAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		o.Quiet = true
		r := newReporter(o)
		threeAccounts(r)
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due", Interrupted: true, ResumeCommand: "tootfill accounts backfill"})
		expect(t, "stdout", stdout.String(), "")
		expect(t, "stderr", stderr.String(), `gallery@photos.example: imported 8, 3 already held, 1 refused
  some posts were refused
  next try: from 01:01 on
lost@gone.example: failed: the account is gone from gone.example
  hint: nothing can be done
  read it at https://gone.example/@lost
`)
	})
}

func TestQuietIsSilentOnSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		o.Quiet = true
		r := newReporter(o)
		r.Event(backfill.AccountStarted{Account: gallery})
		settle(r, gallery, 40, backfill.Imported, "")
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Done, Imported: 40}})
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
		expect(t, "screen", s.text(), "")
	})
}

func TestVerbose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		o.Verbose = true
		r := newReporter(o)
		r.Event(backfill.AccountResumed{Account: gallery, StartedAt: r.Clock.Now().Add(-time.Hour)})
		settle(r, gallery, 1, backfill.Imported, "")
		settle(r, gallery, 1, backfill.Held, "")
		settle(r, gallery, 1, backfill.Failed, "home.example answered 500")
		r.Event(backfill.PostSkipped{Account: gallery, URI: "https://photos.example/p/boost", Reason: "a boost"})
		r.Event(backfill.PostSkipped{Account: gallery, Reason: "not for everybody"})
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due", Interrupted: true, ResumeCommand: "tootfill accounts backfill --from 'a  list.csv'"})
		expect(t, "stdout", stdout.String(), `imported https://photos.example/p/imported/0
already held https://photos.example/p/held/0
failed https://photos.example/p/failed/0 (home.example answered 500)
skipped https://photos.example/p/boost (a boost)
skipped a post (not for everybody)
Visited 0 accounts, imported 0 posts
`)
		expect(t, "stderr", stderr.String(), `gallery@photos.example: resuming the run of 1999-12-31 23:00
tootfill: interrupted; everything done so far is saved; to resume: tootfill accounts backfill --from 'a  list.csv'
`)
	})
}

func TestDryRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, asJSON := range []bool{false, true} {
			o, stdout, _ := piped()
			o.DryRun, o.Verbose, o.JSON = true, true, asJSON
			r := newReporter(o)
			r.Event(backfill.AccountStarted{Account: gallery})
			settle(r, gallery, 2, backfill.WouldImport, "")
			r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Done, Held: 1}})
			_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
			want := `would import https://photos.example/p/would_import/0
would import https://photos.example/p/would_import/1
gallery@photos.example: would import 2, 1 already held
Visited 1 account, would import 2 posts, 1 already held (DRY RUN)
`
			if asJSON {
				want = `{"type":"post","account":"gallery@photos.example","uri":"https://photos.example/p/would_import/0","outcome":"would_import","reason":""}
{"type":"post","account":"gallery@photos.example","uri":"https://photos.example/p/would_import/1","outcome":"would_import","reason":""}
{"type":"result","account":"gallery@photos.example","route":"","status":"done","listed":0,"eligible":0,"held":1,"imported":0,"would_import":2,"refused":0,"failed":0,"foreign":0,"retry_at":null,"cause":"","reason":"","hint":"","profile_url":""}
{"type":"summary","accounts":1,"done":1,"queued":0,"deferred":0,"partial":0,"failed":0,"skipped":0,"interrupted":0,"listed":0,"eligible":0,"held":1,"imported":0,"would_import":2,"refused":0,"posts_failed":0,"bad_lines":0,"home_requests":0,"origin_requests":0,"seconds":0}
`
			}
			expect(t, "stdout", stdout.String(), want)
			if got := r.Totals().WouldImport; got != 2 {
				t.Errorf("WouldImport is %d", got)
			}
		}
	})
}

func TestJSONFields(t *testing.T) {
	want := map[string][]string{
		"post": {"type", "account", "uri", "outcome", "reason"},
		"result": {"type", "account", "route", "status", "listed", "eligible", "held", "imported", "refused", "failed", "foreign",
			"retry_at", "cause", "reason", "hint", "profile_url"},
		"summary": {"type", "accounts", "done", "queued", "deferred", "partial", "failed", "skipped", "interrupted", "listed",
			"eligible", "held", "imported", "refused", "posts_failed", "bad_lines", "home_requests", "origin_requests", "seconds"},
	}
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		o.JSON, o.Verbose = true, true
		r := newReporter(o)
		threeAccounts(r)
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due", HomeRequests: 21, OriginRequests: 4, Elapsed: 12345678 * time.Microsecond})
		lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
		counts := map[string]int{}
		var last map[string]any
		for _, line := range lines {
			last = nil
			if err := json.Unmarshal([]byte(line), &last); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			kind, _ := last["type"].(string)
			counts[kind]++
			if got := slices.Sorted(maps.Keys(last)); !slices.Equal(got, slices.Sorted(slices.Values(want[kind]))) {
				t.Errorf("%s: fields %v", kind, got)
			}
		}
		if counts["post"] != 14 || counts["result"] != 3 || counts["summary"] != 1 || last["type"] != "summary" {
			t.Errorf("lines: %v, the last %v", counts, last["type"])
		}
		if last["seconds"] != 12.346 || last["home_requests"] != 21.0 || last["partial"] != 1.0 || last["refused"] != 1.0 {
			t.Errorf("summary: %v", last)
		}
		for _, skipped := range []string{
			`"uri":"https://photos.example/p/boost","outcome":"skipped","reason":"a boost"}`, `"uri":"","outcome":"skipped","reason":"not for everybody"}`,
		} {
			if !strings.Contains(stdout.String(), skipped) {
				t.Errorf("no line with %s", skipped)
			}
		}
		if got := stdout.String(); !strings.Contains(got, `"retry_at":"2000-01-01T01:00:12Z"`) || !strings.Contains(got, `"retry_at":null`) {
			t.Errorf("retry_at is not as it should be:\n%s", got)
		}
		if got := stderr.String(); !strings.HasPrefix(got, "tootfill: warning: ") {
			t.Errorf("stderr: %q", got)
		}
	})
}

func TestJSONOfHostileText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, _ := piped()
		o.JSON, o.Quiet = true, true
		r := newReporter(o)
		r.Event(backfill.PostSettled{Account: gallery, URI: "https://x/<&>\u009b\x7f\xff", Outcome: backfill.Failed, Reason: "a\x1b[2J\nb"})
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
		line, _, _ := strings.Cut(stdout.String(), "\n")
		expect(t, "line", line, `{"type":"post","account":"gallery@photos.example","uri":"https://x/<&>`+"\uFFFD"+
			`","outcome":"failed","reason":"a\u001b[2J\nb"}`)
	})
}

// A bar is drawn only where it does not mix with the JSON.
func TestJSONAndTheBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, stdoutTTY := range []bool{false, true} {
			o, stdout, _ := piped()
			s := newScreen(80)
			o.Stderr, o.StderrTTY, o.StdoutTTY, o.JSON = s, true, stdoutTTY, true
			r := newReporter(o)
			r.Event(backfill.AccountStarted{Account: gallery})
			time.Sleep(40 * time.Second)
			synctest.Wait()
			if drawn := s.text() != ""; drawn == stdoutTTY {
				t.Errorf("stdout is a terminal: %v, bar: %q", stdoutTTY, s.text())
			}
			_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
			if got := stdout.String(); strings.ContainsAny(got, "\x1b\r") {
				t.Errorf("stdout: %q", got)
			}
		}
	})
}

func TestBarOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		r := newReporter(o)
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
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
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

func TestThreeAccountsOnScreens(t *testing.T) {
	for _, columns := range []int{0, 24, 40, 80, 200} {
		synctest.Test(t, func(t *testing.T) {
			o, s := onScreen(columns)
			s.columns = 200 // results wrap as the terminal likes
			r := newReporter(o)
			threeAccounts(r)
			_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
			want := strings.Replace(threeAccountsResults, "lost@gone.example: failed",
				"tootfill: warning: lost@gone.example: something is odd\ntootfill: hint: look at it\nlost@gone.example: failed", 1)
			expect(t, fmt.Sprint(columns, " columns"), s.text(), want)
			if s.strange != "" {
				t.Errorf("strange: %s", s.strange)
			}
		})
	}
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
			r := newReporter(o)
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
			_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
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
		r := newReporter(o)
		r.Event(backfill.PageListed{Account: gallery, Eligible: 5000, All: true})
		for range 5000 {
			time.Sleep(time.Millisecond)
			r.Event(backfill.PostSettled{Account: gallery, URI: "https://photos.example/p", Outcome: backfill.Imported})
		}
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
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
		r := newReporter(o)
		threeAccounts(r)
		if strings.Contains(s.text(), "%") {
			t.Errorf("drawn: %q", s.text())
		}
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
	})
}

func TestNoColour(t *testing.T) {
	for name, change := range map[string]func(*reportOptions){
		"not wanted": func(o *reportOptions) { o.Colour = false },
		"dumb":       func(o *reportOptions) { o.Dumb = true },
		"pipe":       func(o *reportOptions) { o.StdoutTTY, o.StderrTTY = false, false },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, s := onScreen(200)
				change(&o)
				r := newReporter(o)
				threeAccounts(r)
				_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
				if len(s.colours) > 0 {
					t.Errorf("colours %v", s.colours)
				}
			})
		})
	}
}

func TestDumbTerminalGetsPlainLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, stderr := piped()
		o.StderrTTY, o.StdoutTTY, o.Dumb = true, true, true
		r := newReporter(o)
		r.Event(backfill.AccountStarted{Account: gallery})
		time.Sleep(31 * time.Second)
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
		expect(t, "stderr", stderr.String(), "gallery@photos.example: reading\n")
	})
}

func TestASCIILocale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(80)
		o.UTF8 = false
		r := newReporter(o)
		r.Event(backfill.PageListed{Account: gallery, Eligible: 2})
		settle(r, gallery, 1, backfill.Imported, "")
		r.Event(backfill.Warned{Text: "Zoë is odd"})
		time.Sleep(200 * time.Millisecond)
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Skipped, Reason: "für 日本"}})
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
		for _, c := range s.text() {
			if c > 0x7f {
				t.Fatalf("%q is not ASCII", s.text())
			}
		}
		if !strings.Contains(s.text(), "skipped: f?r ??") {
			t.Errorf("screen: %s", s.text())
		}
	})
}

func TestHostileTextOnATerminal(t *testing.T) {
	const evil = "x\x1b[2J\x1b]0;t\a\r\n\u202e\u009b31m\xff"
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(2000)
		o.Verbose = true
		r := newReporter(o)
		h := fediverse.Handle{User: evil, Domain: evil}
		r.Event(backfill.AccountStarted{Account: h})
		time.Sleep(time.Second)
		r.Event(backfill.AccountResumed{Account: h})
		r.Event(backfill.PostSettled{Account: h, URI: evil, Outcome: backfill.Failed, Reason: evil})
		r.Event(backfill.PostSkipped{Account: h, URI: evil, Reason: evil})
		time.Sleep(time.Second)
		r.Event(backfill.Warned{Account: h, Text: evil, Hint: backfill.Say(evil)})
		r.Event(backfill.Waiting{Account: h, On: evil, Until: r.Clock.Now().Add(time.Minute), Reason: evil})
		time.Sleep(time.Second)
		r.Notice(r.progressLine())
		r.Event(backfill.AccountFinished{Result: backfill.Result{
			Account: h, Status: backfill.FailedAccount, Reason: evil, Hint: backfill.Say(evil), ProfileURL: evil, RetryAt: r.Clock.Now(),
		}})
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due", Interrupted: true, ResumeCommand: evil})
		if s.strange != "" || strings.Contains(s.text(), "\u202e") {
			t.Errorf("strange: %s\n%s", s.strange, s.text())
		}
		// Every line is one of ours: the texts have added none.
		if got := strings.Count(s.text(), "\n"); got != 13 {
			t.Errorf("%d lines:\n%s", got, s.text())
		}
	})
}

func TestResultLines(t *testing.T) {
	now := time.Date(2026, 3, 1, 14, 0, 30, 0, time.UTC)
	tests := []struct {
		name   string
		result backfill.Result
		want   string
	}{
		{"nothing new", backfill.Result{Status: backfill.Done}, "gallery@photos.example: nothing to import"},
		{"all held", backfill.Result{Status: backfill.Done, Held: 7}, "gallery@photos.example: imported 0, 7 already held"},
		{"foreign entries", backfill.Result{Status: backfill.Done, Imported: 2, Failed: 1, Foreign: 3}, "gallery@photos.example: imported 2, 1 failed, 3 foreign"},
		{"nothing but foreign entries", backfill.Result{Status: backfill.Done, Foreign: 3}, "gallery@photos.example: imported 0, 3 foreign"},
		{"done with a word", backfill.Result{Status: backfill.Done, Reason: "would ask home.example"}, "gallery@photos.example: would ask home.example"},
		{"queued", backfill.Result{Status: backfill.Queued}, "gallery@photos.example: queued"},
		{"queued, seen", backfill.Result{Status: backfill.Queued, Reason: "posts have begun to appear"}, "gallery@photos.example: queued: posts have begun to appear"},
		{"tomorrow", backfill.Result{Status: backfill.Deferred, RetryAt: now.Add(24 * time.Hour)}, "gallery@photos.example: deferred: next allowed at 2026-03-02 14:01"},
		{"on the minute", backfill.Result{Status: backfill.Deferred, RetryAt: now.Truncate(time.Minute)}, "gallery@photos.example: deferred: next allowed at 14:00"},
		{"deferred on the way", backfill.Result{Status: backfill.Deferred, Imported: 2, Reason: "photos.example asks for a pause", RetryAt: now.Add(time.Hour)},
			"gallery@photos.example: deferred: next allowed at 15:01 (imported 2)\n  photos.example asks for a pause"},
		{"broken off", backfill.Result{Status: backfill.Partial, Reason: "the listing broke off", ProfileURL: "https://photos.example/@gallery"},
			"gallery@photos.example: the listing broke off\n  read it at https://photos.example/@gallery"},
		{"interrupted", backfill.Result{Status: backfill.Interrupted, Imported: 3, Failed: 1, Reason: "interrupted, saved"},
			"gallery@photos.example: interrupted: imported 3, 1 failed\n  interrupted, saved"},
		{"opted out", backfill.Result{Status: backfill.Skipped, Reason: "has opted out"}, "gallery@photos.example: skipped: has opted out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.result.Account = gallery
			r := &reporter{reportOptions: reportOptions{streams: streams{UTF8: true}, Clock: backfilltest.ClockAt(now), Hints: sayHint}}
			expect(t, "lines", r.resultLines(tt.result, 0, false), tt.want)
		})
	}
}

func TestTotals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, _ := piped()
		r := newReporter(o)
		statuses := []backfill.Status{
			backfill.Done, backfill.Queued, backfill.Deferred, backfill.Partial,
			backfill.FailedAccount, backfill.Skipped, backfill.Interrupted,
		}
		for _, s := range statuses {
			r.Event(backfill.AccountFinished{Result: backfill.Result{
				Account: gallery, Status: s, Listed: 1, Eligible: 2, Held: 3, Imported: 4, Refused: 5, Failed: 6,
			}})
		}
		want := totals{
			Accounts: 7, Done: 1, Queued: 1, Deferred: 1, Partial: 1, Failed: 1, Skipped: 1, Interrupted: 1,
			Listed: 7, Eligible: 14, Held: 21, Imported: 28, Refused: 35, PostsFailed: 42,
		}
		if got := r.Totals(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
	})
}

// brokenWriter takes n bytes.
type brokenWriter struct {
	n   int
	err error
}

func (w *brokenWriter) Write(p []byte) (int, error) {
	if len(p) > w.n {
		return 0, w.err
	}
	w.n -= len(p)
	return len(p), nil
}

func TestLostResultsAreAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no space left on device")
		o, _, stderr := piped()
		o.Stdout = &brokenWriter{n: 70, err: full}
		r := newReporter(o)
		threeAccounts(r)
		if err := r.Totals().Err; !errors.Is(err, full) {
			t.Errorf("Totals: %v", err)
		}
		if err := r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"}); !errors.Is(err, full) {
			t.Errorf("Close: %v", err)
		}
		if stderr.String() == "" {
			t.Error("stderr is silent")
		}
	})
}

func TestClosedStderrIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(200)
		o.Stderr = &brokenWriter{err: errors.New("input/output error")}
		r := newReporter(o)
		threeAccounts(r)
		if err := r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
			t.Error(err)
		}
		expect(t, "stdout", s.text(), threeAccountsResults)
	})
}

func TestCloseTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, _ := piped()
		r := newReporter(o)
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
		expect(t, "stdout", stdout.String(), "Visited 0 accounts, imported 0 posts\n")
	})
}

func TestProgressLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, _ := piped()
		r := newReporter(o)
		expect(t, "before", r.progressLine(), "0 accounts visited, none under way")
		r.Event(backfill.AccountStarted{Account: gallery})
		expect(t, "reading", r.progressLine(), "gallery@photos.example: reading")
		r.Event(backfill.PageListed{Account: gallery, Eligible: 1, All: true})
		expect(t, "one", r.progressLine(), "gallery@photos.example: 0 of 1 post")
		r.Event(backfill.AccountStarted{Account: notes})
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: notes, Status: backfill.Done}})
		expect(t, "back", r.progressLine(), "gallery@photos.example: 0 of 1 post")
		_ = r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
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
	if done, known, _ := p.posts(); len(p.accounts) != 0 || len(p.samples) > rateSamples+1 || done != 1000 || known != 1000 {
		t.Errorf("%d accounts, %d samples, %d of %d posts", len(p.accounts), len(p.samples), done, known)
	}
}

func TestConcurrentEvents(t *testing.T) {
	o, s := onScreen(80)
	o.Clock = backfill.SystemClock{}
	r := newReporter(o)
	var all sync.WaitGroup
	for i := range 8 {
		h := fediverse.Handle{User: fmt.Sprint("u", i), Domain: "photos.example"}
		all.Go(func() {
			r.Event(backfill.AccountStarted{Account: h})
			for n := range 200 {
				r.Event(backfill.PageListed{Account: h, Eligible: n})
				r.Event(backfill.PostSettled{Account: h, URI: "https://photos.example/p", Outcome: backfill.Imported})
				_ = r.progressLine()
			}
			r.Notice("x")
			r.Event(backfill.AccountFinished{Result: backfill.Result{Account: h, Status: backfill.Done, Imported: 200}})
		})
	}
	all.Wait()
	if err := r.Close(runSummary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
		t.Error(err)
	}
	if got := r.Totals(); got.Imported != 1600 || got.Done != 8 {
		t.Errorf("totals: %+v", got)
	}
	if !strings.HasSuffix(s.text(), "Visited 8 accounts, imported 1600 posts\n") {
		t.Errorf("the screen ends in %q", s.lastLine())
	}
}

// The ticker ends with the reporter even if its clock never ticks.
func TestCloseEndsTheTicker(t *testing.T) {
	o, _ := onScreen(80)
	o.Clock = neverClock{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = newReporter(o).Close(runSummary{DueCommand: "tootfill accounts backfill --due"})
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("Close hangs")
	}
}

type neverClock struct{ backfill.SystemClock }

func (neverClock) Wait(ctx context.Context, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

func TestSecondsAreWholeMilliseconds(t *testing.T) {
	for ms := range 20_000 {
		d := time.Duration(ms)*time.Millisecond + 300*time.Microsecond
		text, err := json.Marshal(secondsOf(d))
		if _, fraction, _ := strings.Cut(string(text), "."); err != nil || len(fraction) > 3 {
			t.Fatalf("%s: %s, %v", d, text, err)
		}
	}
}
