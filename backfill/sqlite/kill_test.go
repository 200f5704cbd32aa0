package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

// holdDir names the ledger in which the test program, run again by a test, claims an
// account and keeps it.
const holdDir = "TOOTFILL_TEST_HOLD"

// holdClaim is the other process: it claims alice, records a page, notes a new
// follow, says so and waits to be killed.
func holdClaim(dir string) int {
	ctx := context.Background()
	l, err := Open(ctx, options(dir, backfilltest.NewClock()))
	if err == nil {
		var r backfill.Run
		if r, err = l.Begin(ctx, ledgertest.Alice); err == nil {
			_, _, err = l.RecordPage(ctx, r, 0, ledgertest.TopPage("next", 3, 2, 1))
		}
	}
	if err == nil {
		err = l.NoteFollows(ctx, ledgertest.Everybody, ledgertest.Everything, ledgertest.FollowedAt("bob 2"), false)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("claimed")
	// It ends with its standard input if nobody kills it.
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// startHolder starts the other process and returns once it has its claim.
func startHolder(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	return startOther(t, "claimed", holdDir+"="+dir)
}

// startOther runs the test program again, with more in its environment, and returns once
// it says what it should.
func startOther(t *testing.T, says string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != says {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return cmd
}

func TestKilledProcess(t *testing.T) {
	dir := t.TempDir()
	other := startHolder(t, dir)
	clock := backfilltest.NewClock()
	l := open(t, options(dir, clock))
	ledgertest.WantBusy(t, l, ledgertest.Alice, other.Process.Pid)
	if at, err := l.NextAllowed(t.Context(), ledgertest.Alice); err != nil || !at.IsZero() {
		t.Errorf("NextAllowed = %v, %v", at, err)
	}

	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Fatal("the other process ended well")
	}
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if waited := clock.Waited(); waited > 0 {
		t.Errorf("taking over has waited for %v", waited)
	}
	if !r.Resumed {
		t.Errorf("%+v, want it resumed", r)
	}
	if locks, err := filepath.Glob(filepath.Join(dir, "owners", "*")); err != nil || len(locks) != 1 {
		t.Errorf("lock files: %v, %v", locks, err)
	}
	// What it recorded is there, untried.
	s, known, err := l.RecordPage(t.Context(), r, 0, ledgertest.TopPage("next", 4, 3, 2, 1))
	if err != nil || !s.Joined || len(known) != 4 || known[1].Outcome != backfill.Listed {
		t.Errorf("RecordPage = %+v, %v, %v", s, known, err)
	}
}

// A ledger that a killed process left behind can be read without a trace.
func TestReadOnlyAfterKill(t *testing.T) {
	dir := t.TempDir()
	other := startHolder(t, dir)
	live := options(dir, backfilltest.NewClock())
	live.ReadOnly = true
	if at, err := open(t, live).LastBackfill(t.Context(), ledgertest.Alice); err != nil || at.IsZero() {
		t.Errorf("LastBackfill beside a process that writes = %v, %v", at, err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it was killed
	before := snapshot(t, dir)
	l := open(t, live)
	if at, err := l.LastBackfill(t.Context(), ledgertest.Alice); err != nil || at.IsZero() {
		t.Errorf("LastBackfill = %v, %v", at, err)
	}
	wantUntouched(t, dir, before)
}
