package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

// idleDir names the ledger that the test program, run again by a test, has open as an
// older version of it would; idleRole says for what.
const (
	idleDir  = "TOOTFILL_TEST_IDLE"
	idleRole = "TOOTFILL_TEST_IDLE_ROLE"
)

// olderSteps are those of the version before this one.
func olderSteps() []migration { return migrations()[:len(migrations())-1] }

// openIdly is the other process. It claims nothing.
func openIdly(dir string) int {
	o := options(dir, backfilltest.NewClock())
	o.ReadOnly = os.Getenv(idleRole) == "read"
	_, err := openSteps(context.Background(), o, olderSteps())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(saysOpen)
	// It ends with its standard input if nobody kills it.
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

const saysOpen = "open"

// The tables do not change under a process that knows only the old ones and has claimed
// nothing yet, or only reads. Once it is gone, however it went, they do.
func TestNotMigratedUnderAnIdleProcess(t *testing.T) {
	for _, role := range []string{"write", "read"} {
		t.Run(role, func(t *testing.T) {
			o := options(t.TempDir(), backfilltest.NewClock())
			if err := olderLedger(t, o, len(olderSteps())).Close(); err != nil {
				t.Fatal(err)
			}
			other := startOther(t, saysOpen, idleDir+"="+o.Dir, idleRole+"="+role)
			var hinted *backfill.Hinted
			var older *backfill.OlderProcessError
			l, err := Open(t.Context(), o)
			if !errors.As(err, &hinted) || !errors.As(err, &older) || older.PID != 0 || strings.Contains(err.Error(), "(process") {
				t.Fatalf("it was opened: %v, %v", l, err)
			}
			// Another one of its version can join it.
			again, err := openSteps(t.Context(), o, olderSteps())
			if err != nil {
				t.Fatal(err)
			}
			if n := ledgertest.Count(t, again.file, `SELECT user_version FROM pragma_user_version`); n != len(olderSteps()) {
				t.Errorf("it was brought to version %d", n)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
			if err := other.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = other.Wait() // it was killed
			if n := ledgertest.Count(t, open(t, o).file, `SELECT user_version FROM pragma_user_version`); n != len(migrations()) {
				t.Errorf("version %d when the other process is gone", n)
			}
		})
	}
}

// Processes of one version do not keep each other out, nor a reader that knows the
// tables before and after a change.
func TestUsersOfOneVersion(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	if err := olderLedger(t, o, len(olderSteps())).Close(); err != nil {
		t.Fatal(err)
	}
	reading := o
	reading.ReadOnly = true
	before := snapshot(t, o.Dir)
	reader := open(t, reading)
	wantUntouched(t, o.Dir, before)
	ledgertest.Begin(t, open(t, o), ledgertest.Alice)
	ledgertest.Begin(t, open(t, o), ledgertest.Bob)
	open(t, reading)
	if at, err := reader.LastBackfill(t.Context(), ledgertest.Alice); err != nil || at.IsZero() {
		t.Errorf("LastBackfill beside those = %v, %v", at, err)
	}
}
