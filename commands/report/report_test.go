package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
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

// sayHint is for advice that is already in words.
func sayHint(h backfill.Hint) string { return h.About }

// piped returns options for a run with no output on a terminal.
func piped() (o Options, stdout, stderr *lockedBuffer) {
	stdout, stderr = new(lockedBuffer), new(lockedBuffer)
	return Options{Streams: Streams{Stdout: stdout, Stderr: stderr, UTF8: true, Colour: true}, Clock: utcClock{}, Hints: sayHint}, stdout, stderr
}

// onScreen returns options for a run whose entire output goes to one terminal.
func onScreen(columns int) (Options, *screen) {
	s := newScreen(columns)
	return Options{
		Streams: Streams{
			Stdout: s, Stderr: s, StdoutTTY: true, StderrTTY: true,
			UTF8: true, Colour: true,
		},
		Clock: utcClock{}, Hints: sayHint,
	}, s
}

// settle reports n posts of h with an outcome, a second apart.
func settle(r *Run, h fediverse.Handle, n int, outcome backfill.Outcome, reason string) {
	for i := range n {
		time.Sleep(time.Second)
		r.Event(backfill.PostSettled{
			Account: h, URI: fmt.Sprintf("https://%s/p/%s/%d", h.Domain, outcome, i), Outcome: outcome, Reason: reason,
		})
	}
}

// threeAccounts is a run over three accounts: one partial, one deferred, one
// failed. It takes 12 seconds.
func threeAccounts(r *Run) {
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
		r := Begin(o)
		threeAccounts(r)
		if err := r.Close(Summary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
			t.Error(err)
		}
		expect(t, "stdout", stdout.String(), threeAccountsResults)
		expect(t, "stderr", stderr.String(), `tootfill: warning: lost@gone.example: something is odd
tootfill: hint: look at it
`)
	})
}

func TestQuietReportsOnlyFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		o.Quiet = true
		r := Begin(o)
		threeAccounts(r)
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due", Interrupted: true, ResumeCommand: "tootfill accounts backfill"})
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
		r := Begin(o)
		r.Event(backfill.AccountStarted{Account: gallery})
		settle(r, gallery, 40, backfill.Imported, "")
		r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Done, Imported: 40}})
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		expect(t, "screen", s.text(), "")
	})
}

func TestVerbose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, stderr := piped()
		o.Verbose = true
		r := Begin(o)
		r.Event(backfill.AccountResumed{Account: gallery, StartedAt: r.Clock.Now().Add(-time.Hour)})
		settle(r, gallery, 1, backfill.Imported, "")
		settle(r, gallery, 1, backfill.Held, "")
		settle(r, gallery, 1, backfill.Failed, "home.example answered 500")
		r.Event(backfill.PostSkipped{Account: gallery, URI: "https://photos.example/p/boost", Reason: "a boost"})
		r.Event(backfill.PostSkipped{Account: gallery, Reason: "not for everybody"})
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due", Interrupted: true, ResumeCommand: "tootfill accounts backfill --from 'a  list.csv'"})
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
			r := Begin(o)
			r.Event(backfill.AccountStarted{Account: gallery})
			settle(r, gallery, 2, backfill.WouldImport, "")
			r.Event(backfill.AccountFinished{Result: backfill.Result{Account: gallery, Status: backfill.Done, Held: 1}})
			_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
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

func TestClosedStderrIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, s := onScreen(200)
		o.Stderr = &brokenWriter{err: errors.New("input/output error")}
		r := Begin(o)
		threeAccounts(r)
		if err := r.Close(Summary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
			t.Error(err)
		}
		expect(t, "stdout", s.text(), threeAccountsResults)
	})
}

func TestCloseTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, stdout, _ := piped()
		r := Begin(o)
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
		expect(t, "stdout", stdout.String(), "Visited 0 accounts, imported 0 posts\n")
	})
}

func TestConcurrentEvents(t *testing.T) {
	o, s := onScreen(80)
	o.Clock = backfill.SystemClock{}
	r := Begin(o)
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
	if err := r.Close(Summary{DueCommand: "tootfill accounts backfill --due"}); err != nil {
		t.Error(err)
	}
	if got := r.Totals(); got.Imported != 1600 || got.Done != 8 {
		t.Errorf("totals: %+v", got)
	}
	if !strings.HasSuffix(s.text(), "Visited 8 accounts, imported 1600 posts\n") {
		t.Errorf("the screen ends in %q", s.lastLine())
	}
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}

func (r *Run) progressLine() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.line()
}
