package commands

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

	// maxName, maxField and maxURI bound, in columns, what one text of a server
	// may take up on a terminal.
	maxName  = 320
	maxField = 500
	maxURI   = 2048
)

// reportOptions say who reads a run's results and progress, and how.
type reportOptions struct {
	streams
	JSON, Quiet, Verbose, DryRun bool
	Clock                        backfill.Clock
	// Hints puts advice into words.
	Hints func(backfill.Hint) string
	// Limit is how often an account may be backfilled.
	Limit limit.Limit
	// Due says that the run takes up deferred accounts.
	Due bool
}

// bar says whether progress is a bar: on a terminal, unless JSON Lines roll
// over the same one.
func (o reportOptions) bar() bool {
	return o.StderrTTY && !o.Quiet && !o.Dumb && !(o.JSON && o.StdoutTTY)
}

// lines says whether progress is a plain line now and then.
func (o reportOptions) lines() bool {
	return !o.Quiet && !o.bar() && !(o.JSON && o.StdoutTTY)
}

// reporter tells people and programs of a run: results on stdout, progress and
// warnings on stderr. It is safe for concurrent use.
type reporter struct {
	reportOptions
	out resultWriter

	mu       sync.Mutex
	totals   totals
	progress progress
	bar      *bar // nil where progress is no bar
	// lastDraw is the time of the bar's last draw, lastLine the last plain line.
	lastDraw time.Time
	lastLine string
	closed   bool

	stop    context.CancelFunc
	stopped chan struct{}
}

var _ backfill.Listener = (*reporter)(nil)

// newReporter begins to show progress at once; it has to be closed.
func newReporter(o reportOptions) *reporter {
	ctx, stop := context.WithCancel(context.Background())
	r := &reporter{
		reportOptions: o,
		out:           resultWriter{w: o.Stdout},
		stop:          stop,
		stopped:       make(chan struct{}),
	}
	if o.bar() {
		r.bar = &bar{w: o.Stderr, ascii: !o.UTF8}
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
func (r *reporter) tick(ctx context.Context, every time.Duration, show func()) {
	defer close(r.stopped)
	for r.Clock.Wait(ctx, every) == nil {
		r.mu.Lock()
		show()
		r.mu.Unlock()
	}
}

// Event tells of an event.
func (r *reporter) Event(e backfill.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.note(e, r.Clock.Now())
	switch e := e.(type) {
	case backfill.PostSettled:
		r.totals.addPost(e)
		r.showPost(e)
	case backfill.PostSkipped:
		r.showSkipped(e)
	case backfill.AccountResumed:
		r.showResumed(e)
	case backfill.Warned:
		r.showWarning(e)
	case backfill.AccountFinished:
		wouldImport := r.progress.finish(e.Result.Account)
		r.totals.addAccount(e.Result)
		r.showResult(e.Result, wouldImport)
	}
	r.drawIfDue()
}

// Notice shows a line of our own on stderr, above the bar.
func (r *reporter) Notice(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tellPeople(text)
}

// ShowProgress says in one line on stderr how far the run is.
func (r *reporter) ShowProgress() { r.Notice(r.progressLine()) }

func (r *reporter) progressLine() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.line()
}

// Totals returns what came of the run so far. Its Err is the first error in
// writing results.
func (r *reporter) Totals() totals {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.totals
	t.Err = r.out.err
	return t
}

// Close ends the progress and shows the summary. It returns the first error in
// writing results. Later calls show nothing.
func (r *reporter) Close(summary runSummary) error {
	first := r.end()
	r.mu.Lock()
	defer r.mu.Unlock()
	if first {
		r.showSummary(summary)
	}
	return r.out.err
}

// Abandon ends the progress without a summary, where there is nothing to sum up.
func (r *reporter) Abandon() { r.end() }

// end ends the progress. It is false if that has been done before.
func (r *reporter) end() bool {
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

// print writes a result line, or several, to stdout, above the bar.
func (r *reporter) print(lines string) {
	r.eraseBar()
	r.out.write(lines + "\n")
}

// tellPeople writes a line, or several, to stderr, above the bar.
func (r *reporter) tellPeople(lines string) {
	r.eraseBar()
	// A closed stderr, or one on a full disk, must not stop the run: nobody
	// reads there, and the results go to stdout and to the ledger.
	_, _ = io.WriteString(r.Stderr, lines+"\n")
}

func (r *reporter) eraseBar() {
	if r.bar != nil {
		r.bar.erase()
	}
}

// drawIfDue draws the bar, or what is waited for, as things are now, but not
// too often.
func (r *reporter) drawIfDue() {
	now := r.Clock.Now()
	if r.bar == nil || now.Sub(r.lastDraw) < drawEvery {
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
	r.bar.draw(r.columns(), done, known, r.allInLocale(r.progress.barTexts(now)))
}

// plainLine writes how far the run is, unless that was the last line already.
func (r *reporter) plainLine() {
	line := r.line()
	if line != r.lastLine && !r.progress.idle() {
		r.lastLine = line
		r.tellPeople(line)
	}
}

func (r *reporter) line() string {
	return r.inLocale(r.progress.line(r.Clock.Now()))
}
