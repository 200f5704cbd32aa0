package ledger_test

import (
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// A resumed run is in the round that it had come to; the next run begins with the
// first.
func testRoundOfAResumedRun(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if r.Round != 0 {
		t.Errorf("%+v", r)
	}
	if err := l.RecordRound(t.Context(), r, 2); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = in.open(t, options(dir, c))
	if again := ledgertest.Begin(t, l, ledgertest.Alice); !again.Resumed || again.Round != 2 {
		t.Errorf("%+v", again)
	}
	if other := ledgertest.Begin(t, l, ledgertest.Bob); other.Round != 0 {
		t.Errorf("another account: %+v", other)
	}
	ledgertest.Finish(t, l, r, false)
	if err := l.RecordRound(t.Context(), r, 1); !errors.Is(err, ledger.ErrNotClaimed) {
		t.Errorf("the round of a run that has finished: %v", err)
	}
	c.Step(time.Hour + time.Second)
	if next := ledgertest.Begin(t, l, ledgertest.Alice); next.Resumed || next.Round != 0 {
		t.Errorf("%+v", next)
	}
}

// An outcome is known as that of the run which has recorded it, in whatever process.
func testOutcomeOfTheRun(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("", 3, 2, 1))
	outcomes := []backfill.KnownPost{{URI: ledgertest.URI(3), Outcome: backfill.Imported}, {URI: ledgertest.URI(2), Outcome: backfill.Refused}}
	if err := l.RecordOutcomes(t.Context(), r, outcomes); err != nil {
		t.Fatal(err)
	}
	if err := l.RecordJobs(t.Context(), r, []backfill.Job{{JID: "1", URI: ledgertest.URI(2), Payload: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = in.open(t, options(dir, c))
	r = ledgertest.Begin(t, l, ledgertest.Alice)
	wantInRun(t, l, r, true)
	ledgertest.Finish(t, l, r, false)
	c.Step(time.Hour + time.Second)
	wantInRun(t, l, ledgertest.Begin(t, l, ledgertest.Alice), false)
}

// wantInRun wants the outcomes of 3 and 2, and none of 1, to be those of the run,
// however they are read.
func wantInRun(t *testing.T, l *ledger.Ledger, r backfill.Run, in bool) {
	t.Helper()
	recorded, err := l.Recorded(t.Context(), r, []string{ledgertest.URI(3), ledgertest.URI(2), ledgertest.URI(1)})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := ledgertest.Reread(t, l, r, "outbox")
	read := ledgertest.Rest(t, l, r, s, 9)
	_, listed := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("", 3, 2, 1))
	for _, known := range [][]backfill.KnownPost{recorded, read, listed} {
		if len(known) != 3 || known[0].InRun != in || known[1].InRun != in || known[2].InRun {
			t.Errorf("want %t, %[1]t, false: %+v", in, known)
		}
	}
	jobs, err := l.Jobs(t.Context(), r)
	if err != nil || len(jobs) != 1 || jobs[0].Post.InRun != in {
		t.Errorf("want %t: jobs %+v, error %v", in, jobs, err)
	}
}

func testTried(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	ledgertest.Finish(t, l, ledgertest.Begin(t, l, ledgertest.Alice), false)
	ledgertest.Begin(t, l, ledgertest.Bob)
	carol := fediverse.Handle{User: "carol", Domain: "notes.example"}
	if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: carol, RetryAt: c.Now()}); err != nil {
		t.Fatal(err)
	}
	dave := fediverse.Handle{User: "dave", Domain: "notes.example"}
	for h, want := range map[fediverse.Handle]bool{ledgertest.Alice: true, ledgertest.Bob: true, carol: false, dave: false} {
		if tried, err := l.Tried(t.Context(), h); err != nil || tried != want {
			t.Errorf("%s: %t, %v", h, tried, err)
		}
	}
	elsewhere := options(dir, c)
	elsewhere.Home = "elsewhere.example"
	if tried, err := in.open(t, elsewhere).Tried(t.Context(), ledgertest.Alice); err != nil || tried {
		t.Errorf("at another home: %t, %v", tried, err)
	}
}

// A result tells of an import once. One of an interrupted run is no result yet: the
// same command resumes it, and tells of the whole run.
func testTellsOfAnImportOnce(t *testing.T, in kind) {
	o := options(t.TempDir(), backfilltest.NewClock())
	l := in.open(t, o)
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	for _, step := range []struct {
		status         backfill.Status
		imported, told int
	}{
		{backfill.Interrupted, 5, 0}, {backfill.Partial, 7, 7}, {backfill.Partial, 0, 7},
		{backfill.Interrupted, 2, 7}, {backfill.Deferred, 3, 10},
	} {
		if err := ledgertest.End(t.Context(), l, r, backfill.Result{Account: ledgertest.Alice, Status: step.status, Imported: step.imported}, true); err != nil {
			t.Fatal(err)
		}
		if r = ledgertest.Begin(t, l, ledgertest.Alice); !r.Resumed || r.Told != step.told {
			t.Errorf("after %+v: %+v", step, r)
		}
	}
	s, err := in.survey(o.Place, o.Home, o.Clock).Standing(t.Context(), time.Unix(0, 0))
	if err != nil || s.ImportedToday != 10 {
		t.Errorf("%+v, error %v", s, err)
	}
}
