package ledger_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/pgledger"
	"tootfill/backfill/sqlite"
)

// The variables that make the test program copy a ledger, and kill itself at a step.
const (
	copySource = "TOOTFILL_TEST_COPY_FROM"
	copyTarget = "TOOTFILL_TEST_COPY_TO"
	copyStop   = "TOOTFILL_TEST_COPY_STEP"
)

// killedCopy is the other process: it copies a ledger from a folder to a database, and
// is killed at a step. It returns its exit status if there is no such step.
func killedCopy() int {
	o := options("", backfilltest.NewClock())
	from, err := sqlite.Open(context.Background(), sqlite.Options{Dir: os.Getenv(copySource), Home: o.Home, Clock: o.Clock, Limit: o.Limit, ReadOnly: true})
	if err != nil {
		return say(err)
	}
	to, err := pgledger.Open(context.Background(), pgledger.Options{URL: os.Getenv(copyTarget), Home: o.Home, Clock: o.Clock, Limit: o.Limit, Copy: true})
	if err != nil {
		return say(err)
	}
	last, err := strconv.Atoi(os.Getenv(copyStop))
	if err != nil {
		return say(err)
	}
	step := 0
	_, err = ledger.Copy(context.Background(), ledger.Copying{From: from, To: to, Source: "it", Command: "go on", Tell: func(ledger.CopyProgress) {
		if step++; step < last {
			return
		}
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill() // or the test sees that it has ended well
		}
		select {}
	}})
	if err != nil {
		return say(err)
	}
	return 0
}

func say(err error) int {
	fmt.Println(err)
	return 1
}

// A copy whose process was killed, at one step or the next, is continued to the end.
func TestKilledCopy(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	database, source, c := newServer(t), t.TempDir(), backfilltest.NewClock()
	filled(t, file{}, source, c)
	target := t.TempDir()
	address, err := database.address(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	kills := 0
	for step := 2; ; step += 4 {
		process := exec.CommandContext(t.Context(), self)
		process.Env = append(os.Environ(), copySource+"="+source, copyTarget+"="+address, copyStop+"="+strconv.Itoa(step))
		out, err := process.CombinedOutput()
		if err == nil {
			break
		}
		if len(out) > 0 {
			t.Fatalf("at step %d: %v: %s", step, err, out)
		}
		kills++
	}
	if kills < 5 {
		t.Errorf("it was killed %d times", kills)
	}
	to := database.open(t, options(target, c))
	wantSame(t, ledger.Copying{From: file{}.open(t, options(source, c)), To: to})
	database.check(t, to)
}
