package report

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// down are accounts of a server that is down. Some posts of the last one came before.
func down(status backfill.Status) (all []backfill.Result) {
	for _, user := range []string{"ana", "ben", "carol", "dora", "eve", "finn", "gus", "hal", "ida", "joe", "kim", "lou"} {
		all = append(all, backfill.Result{
			Account: fediverse.Handle{User: user, Domain: "gone.example"}, Status: status,
			Reason: "gone.example is down", Hint: backfill.Say("later runs try again"),
		})
	}
	all[11].Imported = 7
	return append(all, backfill.Result{Account: notes, Status: status, Reason: "notes.example is down", Hint: backfill.Say("later runs try again")})
}

// reported is what a run says of results.
func reported(t *testing.T, set func(*Options), results []backfill.Result) (stdout, stderr string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o, out, err := piped()
		set(&o)
		r := Begin(o)
		for _, result := range results {
			r.Event(backfill.AccountFinished{Result: result})
		}
		if err := r.Close(Summary{}); err != nil {
			t.Error(err)
		}
		stdout, stderr = out.String(), err.String()
	})
	return stdout, stderr
}

func TestAReasonIsToldOnce(t *testing.T) {
	const once = `ana@gone.example: failed: gone.example is down
  hint: later runs try again
lou@gone.example: failed: imported 7
  for the same reason as ana@gone.example
notes@notes.example: failed: notes.example is down
  hint: later runs try again
ben@gone.example, carol@gone.example, dora@gone.example, eve@gone.example, finn@gone.example, gus@gone.example, hal@gone.example, ida@gone.example and 2 others: failed like ana@gone.example
`
	stdout, stderr := reported(t, func(*Options) {}, down(backfill.FailedAccount))
	expect(t, "stdout", stdout, once+"Visited 13 accounts, imported 7 posts; 13 accounts failed\n")
	expect(t, "stderr", stderr, "")
	stdout, stderr = reported(t, func(o *Options) { o.Quiet = true }, down(backfill.FailedAccount))
	expect(t, "quiet, stdout", stdout, "")
	expect(t, "quiet, stderr", stderr, once)
}

// Those who ask for everything, and programs, are told each account.
func TestEachAccountIsToldToThoseWhoAsk(t *testing.T) {
	stdout, _ := reported(t, func(o *Options) { o.Verbose = true }, down(backfill.Deferred))
	if n := strings.Count(stdout, "gone.example is down"); n != 12 || strings.Contains(stdout, "like") {
		t.Errorf("verbose, %d reasons:\n%s", n, stdout)
	}
	stdout, _ = reported(t, func(o *Options) { o.JSON = true }, down(backfill.Deferred))
	if n := strings.Count(stdout, `"reason":"gone.example is down"`); n != 12 {
		t.Errorf("JSON, %d reasons:\n%s", n, stdout)
	}
	_, stderr := reported(t, func(o *Options) {
		o.Quiet, o.Stderr = true, NewLog(o.Stderr, o.Clock)
	}, down(backfill.FailedAccount))
	if n := strings.Count(stderr, "gone.example is down"); n != 12 || strings.Contains(stderr, "like") {
		t.Errorf("log, %d reasons:\n%s", n, stderr)
	}
}

func TestShortReasonsAreRepeatedWhereTheLineIsNeeded(t *testing.T) {
	var results []backfill.Result
	for i, user := range []string{"ana", "ben", "carol"} {
		results = append(results, backfill.Result{
			Account: fediverse.Handle{User: user, Domain: "photos.example"}, Status: backfill.Deferred, Cause: backfill.OutOfTime, Reason: "out of time", Imported: i,
		})
	}
	stdout, _ := reported(t, func(*Options) {}, append(results, results[0]))
	expect(t, "stdout", stdout, `ana@photos.example: deferred: out of time
ben@photos.example: deferred: out of time (imported 1)
carol@photos.example: deferred: out of time (imported 2)
ana@photos.example: deferred like ana@photos.example
Visited 4 accounts, imported 3 posts; 4 accounts deferred
Out of time: 4 accounts are left.
`)
}

// What an account has chosen is told of each, and so is what merely sounds alike.
func TestReasonsThatAreNotShared(t *testing.T) {
	var results []backfill.Result
	for i, cause := range []backfill.Cause{backfill.OptedOut, backfill.OptedOut, backfill.SuspendedByHome, backfill.SuspendedByHome} {
		results = append(results, backfill.Result{
			Account: fediverse.Handle{User: fmt.Sprint("user", i), Domain: "photos.example"}, Status: backfill.Skipped, Cause: cause, Reason: "for a reason: " + string(cause),
		})
	}
	failed := down(backfill.FailedAccount)[0]
	deferred := failed
	deferred.Status = backfill.Deferred
	stdout, _ := reported(t, func(*Options) {}, append(results, failed, deferred))
	expect(t, "stdout", stdout, `user0@photos.example: skipped: for a reason: opted_out
user1@photos.example: skipped: for a reason: opted_out
user2@photos.example: skipped: for a reason: suspended_by_home
ana@gone.example: failed: gone.example is down
  hint: later runs try again
ana@gone.example: deferred
  gone.example is down
  hint: later runs try again
user3@photos.example: skipped like user2@photos.example
Visited 6 accounts, imported 0 posts; 1 account deferred, 1 failed, 4 skipped
`)
}
