package commands

import (
	"fmt"
	"io"
	"time"

	"tootfill/backfill"
)

// totals is what came of all accounts of a run.
type totals struct {
	// Accounts is how many are finished; the next ones count them by status.
	Accounts                                                      int
	Done, Queued, Deferred, Partial, Failed, Skipped, Interrupted int
	// Recent counts those of Done that a run a short while ago has filled.
	Recent int
	// Posts of all accounts together.
	Listed, Eligible, Held, Imported, Refused, PostsFailed int
	// BadLines counts the lines of files that name no account.
	BadLines int
	// WouldImport counts the posts that a dry run would import.
	WouldImport int
	// NextTry is the first time at which a further run can do more; zero if
	// there is none.
	NextTry time.Time
	// Err is the first error in writing results to stdout.
	Err error
}

func (t *totals) addPost(e backfill.PostSettled) {
	if e.Outcome == backfill.WouldImport {
		t.WouldImport++
	}
}

func (t *totals) addAccount(r backfill.Result) {
	t.Accounts++
	if r.Recent {
		t.Recent++
	}
	switch r.Status {
	case backfill.Done:
		t.Done++
	case backfill.Queued:
		t.Queued++
	case backfill.Deferred:
		t.Deferred++
	case backfill.Partial:
		t.Partial++
	case backfill.FailedAccount:
		t.Failed++
	case backfill.Skipped:
		t.Skipped++
	case backfill.Interrupted:
		t.Interrupted++
	}
	t.Listed += r.Listed
	t.Eligible += r.Eligible
	t.Held += r.Held
	t.Imported += r.Imported
	t.Refused += r.Refused
	t.PostsFailed += r.Failed
	if !r.RetryAt.IsZero() && (t.NextTry.IsZero() || r.RetryAt.Before(t.NextTry)) {
		t.NextTry = r.RetryAt
	}
}

// runSummary is what the run as a whole has to say at its end.
type runSummary struct {
	HomeRequests, OriginRequests int64
	Elapsed                      time.Duration
	Interrupted                  bool
	// NextDue is when a deferred account may run next, after a run with --due;
	// zero if none is deferred.
	NextDue time.Time
	// ResumeCommand is the command line that goes on with an interrupted run.
	ResumeCommand string
	// DueCommand is the one that takes up what is left; empty if nothing can be.
	DueCommand string
}

// resultWriter writes results and keeps the first error: results that are lost
// (a full disk) are a failure of the run. After an error it
// writes nothing more, so that what was written ends where it broke off.
type resultWriter struct {
	w   io.Writer
	err error
}

func (w *resultWriter) write(s string) {
	if w.err != nil {
		return
	}
	if _, err := io.WriteString(w.w, s); err != nil {
		w.fail(err)
	}
}

func (w *resultWriter) fail(err error) {
	if w.err == nil {
		w.err = fmt.Errorf("writing results: %w", err)
	}
}
