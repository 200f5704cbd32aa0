package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func survey(t *testing.T, dir, home string, c backfill.Clock) ledger.Standing {
	t.Helper()
	standing, err := Survey(dir, home, c).Standing(t.Context(), c.Now().Truncate(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return standing
}

func TestSurveyWithoutALedger(t *testing.T) {
	dir, c := filepath.Join(t.TempDir(), "state"), backfilltest.NewClock()
	ledgertest.WantCounts(t, survey(t, dir, "", c), ledgertest.Counts{})
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}

// A killed process runs nothing, and its lock remains for those that work.
func TestSurveyOfAKilledProcess(t *testing.T) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	holder := startHolder(t, dir)
	ledgertest.WantCounts(t, survey(t, dir, "home.example", c), ledgertest.Counts{Running: 1})
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := holder.Wait(); err == nil {
		t.Error("the other process ended by itself")
	}
	before := snapshot(t, dir)
	ledgertest.WantCounts(t, survey(t, dir, "home.example", c), ledgertest.Counts{Unfinished: 1})
	wantUntouched(t, dir, before)
	l := open(t, options(dir, c))
	if r := ledgertest.Begin(t, l, ledgertest.Alice); !r.Resumed {
		t.Error("the run is not gone on with")
	}
}

func TestSurveyOfADamagedLedger(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ledger.db"), []byte("no ledger at all, but a text of some length\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Survey(dir, "", backfilltest.NewClock())
	if _, err := s.Standing(t.Context(), time.Time{}); err == nil {
		t.Error("no error")
	}
	for _, err := range s.Deferred(t.Context()) {
		if err == nil {
			t.Error("no error")
		}
	}
}
