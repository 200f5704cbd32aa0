package ledgertest

import (
	"testing"

	"tootfill/backfill/ledger"
)

// Counts are the counts of a ledger.Standing.
type Counts struct{ Running, Unfinished, Deferred, DoneToday, ImportedToday int }

// WantCounts wants a ledger to stand like this.
func WantCounts(t *testing.T, s ledger.Standing, want Counts) {
	t.Helper()
	got := Counts{len(s.Running), s.Unfinished, s.Deferred, s.DoneToday, s.ImportedToday}
	if got != want {
		t.Errorf("the counts are %+v, want %+v", got, want)
	}
}
