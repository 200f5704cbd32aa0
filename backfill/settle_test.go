package backfill_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// countingLedger counts the calls of Settle, each of which is one transaction, and what
// they record.
type countingLedger struct {
	backfill.Ledger
	calls    int
	recorded []backfill.Settlement
}

func (l *countingLedger) Settle(ctx context.Context, all ...backfill.Settlement) error {
	l.calls++
	l.recorded = append(l.recorded, all...)
	return l.Ledger.Settle(ctx, all...)
}

// inRounds is a ledger in which the runs of all accounts have come to their second round.
type inRounds struct {
	backfill.Ledger
	// begun is told of each run.
	begun func(nth int)
	runs  int
}

func (l *inRounds) Begin(_ context.Context, h fediverse.Handle) (backfill.Run, error) {
	l.runs++
	l.begun(l.runs)
	return backfill.Run{ID: int64(l.runs), Account: h, Resumed: true, Round: 1}, nil
}

// Settle keeps nothing: the runs are not those of the ledger.
func (l *inRounds) Settle(context.Context, ...backfill.Settlement) error { return nil }

// Accounts that wait for their next round when the run ends are recorded together, and
// reported in their order.
func TestThousandsThatWaitBetweenRoundsAreRecordedTogether(t *testing.T) {
	handles := manyOrigins("o", 2000)
	for _, end := range []struct {
		cause, err error
		status     backfill.Status
		deferred   bool
	}{
		{context.Canceled, context.Canceled, backfill.Interrupted, false},
		{backfill.ErrOutOfTime, nil, backfill.Deferred, true},
	} {
		w := enginetest.NewWorld(t, 60)
		ctx, cancel := context.WithCancelCause(t.Context())
		waiting := &inRounds{Ledger: w.Ledger, begun: func(nth int) {
			if nth == len(handles) {
				cancel(end.cause)
			}
		}}
		l := &countingLedger{Ledger: waiting}
		w.Engine.Ledger = l
		w.Engine.Options.Accounts, w.Engine.Options.Via = 1, backfill.ViaResolve
		results, err := w.RunIn(ctx, handles...)
		if !errors.Is(err, end.err) || len(results) != len(handles) || len(l.recorded) != len(handles) {
			t.Fatalf("%d results, %d recorded, error %v", len(results), len(l.recorded), err)
		}
		for i, s := range l.recorded {
			if r := results[i]; r.Account != handles[i] || r.Status != end.status {
				t.Fatalf("result %d: %+v", i, r)
			}
			if s.Account != handles[i] || s.Run == nil || !s.StaysOpen || s.Undefer || (s.Deferral != nil) != end.deferred {
				t.Fatalf("recorded as number %d: %+v", i, s)
			}
		}
		if l.calls > 4 {
			t.Errorf("%v: %d transactions", end.cause, l.calls)
		}
	}
}

// So are the accounts that were not begun when the time is up.
func TestThousandsThatWaitWhenTheTimeIsUpAreDeferredTogether(t *testing.T) {
	w := enginetest.NewWorld(t, 2)
	l := &countingLedger{Ledger: w.Ledger}
	w.Engine.Ledger = l
	w.Engine.Options.Accounts = 1
	handles := manyOrigins("o", 2000)
	results, err := w.RunIn(timeFor(t, w, 1), handles...)
	if err != nil || len(results) != len(handles) {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	if due := len(dueNow(t, w)); due < len(handles)-1 {
		t.Errorf("%d are due", due)
	}
	if l.calls > 6 { // up to two accounts have ended on their own
		t.Errorf("%d transactions", l.calls)
	}
}

// A run whose process is killed before its result is recorded is no standstill.
func TestAKilledRunIsNoStandstill(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Origin.OpenErr = &backfill.OriginError{Host: enginetest.Alice.Domain, Cause: backfill.ServerError, Err: errors.New("500")}
	w.Engine.Ledger = crashed{w.Ledger}
	for range 2 * mostFruitless {
		if r := w.FillAlice(t); r.Status != backfill.FailedAccount {
			t.Fatalf("%+v", r)
		}
		w.Clock.Step(2 * time.Hour)
	}
	w.Engine.Ledger = w.Ledger
	for range mostFruitless - 1 {
		r := w.FillAlice(t)
		if r.Status != backfill.FailedAccount || r.RetryAt.IsZero() {
			t.Fatalf("%+v", r)
		}
		w.Clock.Step(r.RetryAt.Sub(w.Clock.Now()) + time.Second)
	}
	if r := w.FillAlice(t); r.Status != backfill.FailedAccount || !r.RetryAt.IsZero() {
		t.Errorf("%+v", r)
	}
}

// An account that home never identifies is tried less and less often, and no longer once
// that was in vain often enough. Asking for it again tries it.
func TestAnAccountThatIsNeverIdentifiedComesToAnEnd(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 5)
	broken := &backfill.AnswerError{Server: "home.example", Status: 500}
	s.Trouble = func(question string) error {
		if question == "account" {
			return broken
		}
		return nil
	}
	var gaps []time.Duration
	for {
		r := w.FillAlice(t)
		if r.Status != backfill.FailedAccount || len(gaps) >= mostFruitless {
			t.Fatalf("after %v: %+v", gaps, r)
		}
		next, err := w.Ledger.NextDue(t.Context())
		if err != nil || !next.Equal(r.RetryAt) {
			t.Fatalf("due at %s, error %v, %+v", next, err, r)
		}
		if next.IsZero() {
			break
		}
		gap := next.Sub(w.Clock.Now())
		if len(gaps) > 0 && gap < gaps[len(gaps)-1] {
			t.Errorf("%s after %v", gap, gaps)
		}
		gaps = append(gaps, gap)
		w.Clock.Step(gap)
	}
	if len(gaps) != mostFruitless-1 || gaps[0] != time.Hour || gaps[len(gaps)-1] != 4*24*time.Hour {
		t.Errorf("the gaps are %v", gaps)
	}
	s.Trouble = nil
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Imported: 5})
	// The row has ended: the next trouble begins another one.
	w.Clock.Step(2 * time.Hour)
	s.Trouble = func(string) error { return broken }
	if r := w.FillAlice(t); r.RetryAt.IsZero() {
		t.Errorf("%+v", r)
	}
}

// Runs with a lower limit leave nothing to try, but do not end the row of those that want
// more: that still comes to an end.
func TestRunsWithALowerLimitDoNotEndTheRow(t *testing.T) {
	w := enginetest.NewWorld(t, 40)
	broken := &backfill.OriginError{Host: enginetest.Alice.Domain, Cause: backfill.ServerError, Err: errors.New("500")}
	w.Engine.Options.Limit = 5
	w.FillAlice(t)
	for range 3 * mostFruitless {
		w.Clock.Step(100 * time.Hour)
		w.Engine.Options.Limit, w.Origin.OpenErr = 500, broken
		if r := w.FillAlice(t); r.Status != backfill.FailedAccount {
			t.Fatalf("%+v", r)
		} else if r.RetryAt.IsZero() {
			return
		}
		w.Clock.Step(2 * time.Hour)
		w.Engine.Options.Limit, w.Origin.OpenErr = 5, nil
		if r := w.FillAlice(t); r.Status != backfill.Done {
			t.Fatalf("%+v", r)
		}
	}
	t.Error("it never ends")
}
