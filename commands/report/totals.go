package report

import (
	"time"

	"tootfill/backfill"
)

// Totals are the results of a run, summed up over its accounts.
type Totals struct {
	// Accounts counts the finished accounts, the next fields count them by status.
	Accounts                                                      int
	Done, Queued, Deferred, Partial, Failed, Skipped, Interrupted int
	// Recent counts those of Done that an earlier run filled recently.
	Recent int
	// OutOfTime counts those of Deferred that the time for the run did not suffice for.
	OutOfTime int
	// Posts of all accounts together.
	Listed, Eligible, Held, Imported, Refused, PostsFailed int
	// Replies counts what came of replies; nil if none were wanted.
	Replies *backfill.ReplyCounts
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

func (t *Totals) addPost(e backfill.PostSettled) {
	if e.Outcome == backfill.WouldImport {
		t.WouldImport++
	}
}

func (t *Totals) addAccount(r backfill.Result) {
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
		if r.Cause == backfill.OutOfTime {
			t.OutOfTime++
		}
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
	t.addReplies(r.Replies)
	if !r.RetryAt.IsZero() && (t.NextTry.IsZero() || r.RetryAt.Before(t.NextTry)) {
		t.NextTry = r.RetryAt
	}
}
