package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func TestThreeAccountsOnScreens(t *testing.T) {
	for _, columns := range []int{0, 24, 40, 80, 200} {
		synctest.Test(t, func(t *testing.T) {
			o, s := onScreen(columns)
			s.columns = 200 // the terminal may wrap results
			r := Begin(o)
			threeAccounts(r)
			_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
			want := strings.Replace(threeAccountsResults, "lost@gone.example: failed",
				"tootfill: warning: lost@gone.example: something is odd\ntootfill: hint: look at it\nlost@gone.example: failed", 1)
			expect(t, fmt.Sprint(columns, " columns"), s.text(), want)
			if s.strange != "" {
				t.Errorf("strange: %s", s.strange)
			}
		})
	}
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
		{"one reason", backfill.Result{Status: backfill.Partial, Imported: 2, Failed: 12, FailedFor: "home.example answered 403: Just a moment…",
			Reason: "some posts failed: home.example answered 403: Just a moment…", Hint: backfill.Say("later runs try them again")},
			"gallery@photos.example: imported 2, 12 failed: home.example answered 403: Just a moment…\n  hint: later runs try them again"},
		{"one reason, deferred", backfill.Result{Status: backfill.Deferred, Failed: 1, FailedFor: "no answer in time", Reason: "home.example is down", RetryAt: now.Add(time.Hour)},
			"gallery@photos.example: deferred: next allowed at 15:01 (imported 0, 1 failed: no answer in time)\n  home.example is down"},
		{"one reason and foreign entries", backfill.Result{Status: backfill.Partial, Failed: 1, Foreign: 3, FailedFor: "a 403", Reason: "some posts failed: a 403"},
			"gallery@photos.example: imported 0, 1 failed, 3 foreign\n  some posts failed: a 403"},
		{"one reason for what was refused", backfill.Result{Status: backfill.Done, Imported: 2, Refused: 3, RefusedFor: "it was deleted on home.example"},
			"gallery@photos.example: imported 2, 3 refused: it was deleted on home.example"},
		{"a reason each", backfill.Result{Status: backfill.Partial, Refused: 3, RefusedFor: "it was deleted", Failed: 1, FailedFor: "a 403", Reason: "some posts failed: a 403"},
			"gallery@photos.example: imported 0, 3 refused (it was deleted), 1 failed: a 403"},
		{"one reason, and foreign entries that take the end", backfill.Result{Status: backfill.Deferred, Refused: 3, RefusedFor: "it was deleted", Failed: 1, FailedFor: "a 403", Foreign: 2, Reason: "a pause"},
			"gallery@photos.example: deferred (imported 0, 3 refused (it was deleted), 1 failed (a 403), 2 foreign)\n  a pause"},
		{"all refused", backfill.Result{Status: backfill.Partial, Refused: 3, RefusedFor: "home.example answered without the post", Reason: "home.example accepted none of the posts"},
			"gallery@photos.example: imported 0, 3 refused\n  home.example accepted none of the posts"},
		{"replies", backfill.Result{Status: backfill.Done, Imported: 1, Replies: &backfill.ReplyCounts{Imported: 4, Refused: 2, RefusedFor: "no answer came"}},
			"gallery@photos.example: imported 1\n  replies: imported 4, 2 refused: no answer came"},
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
			r := &Run{Options: Options{Streams: Streams{UTF8: true}, Clock: backfilltest.ClockAt(now), Hints: sayHint}}
			expect(t, "lines", r.resultLines(tt.result, 0, false), tt.want)
		})
	}
}

func TestTotals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _, _ := piped()
		r := Begin(o)
		statuses := []backfill.Status{
			backfill.Done, backfill.Queued, backfill.Deferred, backfill.Partial,
			backfill.FailedAccount, backfill.Skipped, backfill.Interrupted,
		}
		for _, s := range statuses {
			r.Event(backfill.AccountFinished{Result: backfill.Result{
				Account: gallery, Status: s, Listed: 1, Eligible: 2, Held: 3, Imported: 4, Refused: 5, Failed: 6,
			}})
		}
		want := Totals{
			Accounts: 7, Done: 1, Queued: 1, Deferred: 1, Partial: 1, Failed: 1, Skipped: 1, Interrupted: 1,
			Listed: 7, Eligible: 14, Held: 21, Imported: 28, Refused: 35, PostsFailed: 42,
		}
		if got := r.Totals(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		_ = r.Close(Summary{DueCommand: "tootfill accounts backfill --due"})
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
		r := Begin(o)
		threeAccounts(r)
		if err := r.Totals().Err; !errors.Is(err, full) {
			t.Errorf("Totals: %v", err)
		}
		if err := r.Close(Summary{DueCommand: "tootfill accounts backfill --due"}); !errors.Is(err, full) {
			t.Errorf("Close: %v", err)
		}
		if stderr.String() == "" {
			t.Error("stderr is silent")
		}
	})
}
