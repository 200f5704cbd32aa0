// Package report shows what a command does and finds: to people as lines, tables
// and a progress bar, to programs as JSON Lines.
package report

import (
	"context"
	"io"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/limit"
)

const (
	// drawEvery is the shortest time between two draws of the bar, linesEvery
	// that between two plain lines.
	drawEvery  = 100 * time.Millisecond
	linesEvery = 30 * time.Second

	// maxName, maxField and maxURI bound, in columns, how much of a terminal one
	// text of a server may take up.
	maxName  = 320
	maxField = 500
	maxURI   = 2048
)

// Options say who reads a run's results and progress, and how.
type Options struct {
	Streams
	JSON, Quiet, Verbose, DryRun bool
	Clock                        backfill.Clock
	// Hints puts advice into words.
	Hints func(backfill.Hint) string
	// Limit is how often an account may be backfilled.
	Limit limit.Limit
	// Due says that the run is for accounts that were deferred.
	Due bool
}

// bar reports whether progress is a bar: on a terminal, unless JSON Lines scroll
// over the same one.
func (o Options) bar() bool {
	return o.StderrTTY && !o.Quiet && !o.Dumb && !(o.JSON && o.StdoutTTY)
}

// lines says whether progress is a plain line now and then.
func (o Options) lines() bool {
	return !o.Quiet && !o.bar() && !(o.JSON && o.StdoutTTY)
}

// Run tells people and programs about a run: results on stdout, progress and
// warnings on stderr. It is safe for concurrent use.
type Run struct {
	Options
	out resultWriter

	mu       sync.Mutex
	totals   Totals
	routes   Routes
	told     toldReasons
	progress progress
	bar      *bar // nil where progress is no bar
	// lastDraw is when the bar was last drawn, lastLine the last plain line.
	lastDraw time.Time
	lastLine string
	closed   bool
	// held says that nothing is to be drawn: a question waits for its answer. behind
	// says that the cursor is still on its line.
	held, behind bool

	stop    context.CancelFunc
	stopped chan struct{}
}

var _ backfill.Listener = (*Run)(nil)

// Begin starts to show progress. The caller calls Close or Abandon.
func Begin(o Options) *Run {
	ctx, stop := context.WithCancel(context.Background())
	r := &Run{
		Options: o,
		out:     resultWriter{w: o.Stdout},
		stop:    stop,
		stopped: make(chan struct{}),
	}
	if o.bar() {
		r.bar = &bar{w: o.Stderr, ascii: !o.UTF8, crops: o.crops}
	}
	switch {
	case r.bar != nil:
		go r.tick(ctx, drawEvery, r.drawIfDue)
	case o.lines():
		go r.tick(ctx, linesEvery, r.plainLine)
	default:
		close(r.stopped)
	}
	return r
}

// tick calls show at intervals until ctx ends.
func (r *Run) tick(ctx context.Context, every time.Duration, show func()) {
	defer close(r.stopped)
	for r.Clock.Wait(ctx, every) == nil {
		r.mu.Lock()
		show()
		r.mu.Unlock()
	}
}

// Event shows an event.
func (r *Run) Event(e backfill.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.note(e, r.Clock.Now())
	switch e := e.(type) {
	case backfill.PostSettled:
		r.totals.addPost(e)
		r.showPost(e)
	case backfill.ThreadAsked:
		r.showThread(e)
	case backfill.ReplySettled:
		r.showReply(e)
	case backfill.PostSkipped:
		r.showSkipped(e)
	case backfill.AccountResumed:
		r.showResumed(e)
	case backfill.Warned:
		r.showWarning(e)
	case backfill.Unrecorded:
		r.showUnrecorded(e)
	case backfill.AccountFinished:
		wouldImport := r.progress.finish(e.Result.Account)
		r.totals.addAccount(e.Result)
		r.routes.add(e.Result)
		r.showResult(e.Result, wouldImport)
	}
	r.drawIfDue()
}

// Expect notes what is known of the run before it begins.
func (r *Run) Expect(e Expectation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.expected = e
}

// Notice shows a line of our own on stderr, above the bar.
func (r *Run) Notice(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tellPeople(text)
}

// ShowProgress says in one line on stderr how far the run is.
func (r *Run) ShowProgress() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell(info, r.progressLog(), r.line())
}

// Totals returns the results of the run so far. Its Err is the first error in
// writing results.
func (r *Run) Totals() Totals {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.totals
	t.Err = r.out.err
	return t
}

// Close ends the progress and shows the summary. It returns the first error in
// writing results. Later calls show nothing.
func (r *Run) Close(summary Summary) error {
	first := r.end()
	r.mu.Lock()
	defer r.mu.Unlock()
	if first {
		r.showSummary(summary)
	}
	return r.out.err
}

// Abandon ends the progress without a summary, where there is nothing to sum up.
func (r *Run) Abandon() { r.end() }

// end ends the progress. It returns false if that was done before.
func (r *Run) end() bool {
	r.stop()
	<-r.stopped
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.closed = true
	if r.bar != nil {
		r.bar.finish()
		r.bar = nil
	}
	return true
}

// print writes a result line for people, or several, to stdout, above the bar.
func (r *Run) print(lines string) {
	r.printWhole(wrap(lines, terminalWidth(r.Stdout)))
}

// printWhole is print for lines that are not to be wrapped.
func (r *Run) printWhole(lines string) {
	r.eraseBar()
	r.out.write(lines + "\n")
}

// tellPeople writes a line, or several, to stderr, above the bar.
func (r *Run) tellPeople(lines string) { r.tellWhole(wrap(lines, terminalWidth(r.Stderr))) }

// tellWhole is tellPeople for lines that are not to be wrapped.
func (r *Run) tellWhole(lines string) {
	r.eraseBar()
	r.endQuestion()
	// A closed stderr, or one on a full disk, must not stop the run: nobody reads
	// it, and the results go to stdout and the ledger.
	_, _ = io.WriteString(r.Stderr, lines+"\n")
}

func (r *Run) eraseBar() {
	if r.bar != nil {
		r.bar.erase()
	}
}

// drawIfDue draws the bar, or what the run is waiting for, but not too often.
func (r *Run) drawIfDue() {
	now := r.Clock.Now()
	// The clock may be set back: to that of the ledger, once it is open.
	if since := now.Sub(r.lastDraw); r.bar == nil || r.held || since >= 0 && since < drawEvery {
		return
	}
	r.lastDraw = now
	if r.foreground != nil && !r.foreground() {
		r.bar.shown = false // the line belongs to the shell now
		return
	}
	if w := r.progress.waitingAt(now); w != nil {
		r.bar.say(r.columns(), r.allInLocale(r.progress.waitTexts(*w, now)))
		return
	}
	done, known, _ := r.progress.posts()
	texts, vital := r.progress.barTexts(now)
	r.bar.draw(r.columns(), done, known, r.allInLocale(texts), vital)
}

// plainLine writes how far the run is, unless the last line said the same.
func (r *Run) plainLine() {
	line := r.line()
	if line != r.lastLine && !r.progress.idle() {
		r.lastLine = line
		r.tell(info, r.progressLog(), line)
	}
}

func (r *Run) line() string {
	return r.inLocale(r.progress.line(r.Clock.Now()))
}
