package ledger_test

import (
	"strings"
	"testing"

	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func TestCutURI(t *testing.T) {
	for _, odd := range ledgertest.OddURIs() {
		wantStem, wantTail, _ := strings.Cut(odd, "|")
		if stem, tail := ledger.CutURI(wantStem + wantTail); stem != wantStem || tail != wantTail {
			t.Errorf("%q is cut into %q and %q", wantStem+wantTail, stem, tail)
		}
	}
}
