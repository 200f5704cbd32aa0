package enginetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
	"tootfill/backfill/sqlite"
)

// OpenLedger opens the ledger in a folder, for one backfill of an account an hour. A
// folder without one gets a copy of an empty ledger, which each process makes only
// once: under the race detector that takes longer than most tests.
func OpenLedger(t testing.TB, dir string, clock backfill.Clock) *ledger.Ledger {
	t.Helper()
	if err := placeEmptyLedger(filepath.Join(dir, "ledger.db")); err != nil {
		t.Fatal(err)
	}
	ledger, err := sqlite.Open(t.Context(), ledgerOptions(dir, clock))
	if err != nil {
		t.Fatal(err)
	}
	return ledger
}

func ledgerOptions(dir string, clock backfill.Clock) sqlite.Options {
	return sqlite.Options{Dir: dir, Home: "home.example", Clock: clock, Limit: limit.Limit{N: 1, Per: time.Hour, Burst: 1}}
}

func placeEmptyLedger(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	empty, err := emptyLedger()
	if err != nil {
		return err
	}
	return os.WriteFile(path, empty, 0o600)
}

// emptyLedger is the file of a ledger that was created and closed. It does not say
// where, when or for which home server.
var emptyLedger = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		return nil, err
	}
	file, err := createLedger(dir)
	return file, errors.Join(err, os.RemoveAll(dir))
})

func createLedger(dir string) ([]byte, error) {
	ledger, err := sqlite.Open(context.Background(), ledgerOptions(dir, backfill.SystemClock{}))
	if err != nil {
		return nil, err
	}
	if err := ledger.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "ledger.db"))
}
