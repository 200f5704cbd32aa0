package ledger_test

import (
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

// What another process has noted meanwhile stays if the settlement says so. What it notes
// while that is decided comes after it.
func testANoteIsKept(t *testing.T, in kind) {
	c, dir := backfilltest.NewClock(), t.TempDir()
	ours, theirs := in.open(t, options(dir, c)), in.open(t, options(dir, c))
	more := backfill.Wanted{Limit: 500, Boosts: true}
	note := func() error {
		return ledgertest.Defer(t.Context(), theirs, backfill.Deferral{Account: ledgertest.Alice, RetryAt: c.Now(), Reason: "theirs", Wanted: &more})
	}
	noted := make(chan error)
	wantsBoosts := func(w backfill.Wanted) bool { return w.Boosts }
	none := func(backfill.Wanted) bool { return false }
	again := func(backfill.Wanted) bool {
		go func() { noted <- note() }()
		return false
	}
	settle := func(s backfill.Settlement, meanwhile bool) (left string) {
		t.Helper()
		if err := note(); err != nil {
			t.Fatal(err)
		}
		s.Account = ledgertest.Alice
		if s.Deferral != nil {
			s.Deferral.Account = ledgertest.Alice
		}
		if err := ours.Settle(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if meanwhile {
			if err := <-noted; err != nil {
				t.Fatal(err)
			}
		}
		for d, err := range theirs.Deferrals(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			left += d.Reason
		}
		return left
	}
	smaller := &backfill.Deferral{Reason: "ours", Wanted: &backfill.Wanted{Limit: 500}}
	for _, s := range []struct {
		backfill.Settlement
		left      string
		meanwhile bool
	}{
		{Settlement: backfill.Settlement{Undefer: true, Keeps: wantsBoosts}, left: "theirs"},
		{Settlement: backfill.Settlement{Undefer: true, Keeps: none}},
		{Settlement: backfill.Settlement{Undefer: true, Keeps: again}, left: "theirs", meanwhile: true},
		{Settlement: backfill.Settlement{Undefer: true}},
		{Settlement: backfill.Settlement{Deferral: smaller, Keeps: wantsBoosts}, left: "theirs"},
		{Settlement: backfill.Settlement{Deferral: smaller, Keeps: none}, left: "ours"},
		{Settlement: backfill.Settlement{Deferral: smaller}, left: "ours"},
	} {
		if left := settle(s.Settlement, s.meanwhile); left != s.left {
			t.Errorf("left is %q, want %q", left, s.left)
		}
	}
}
