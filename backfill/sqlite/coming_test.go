package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledgertest"
	"tootfill/backfill/limit"
)

// comingDir names the ledger that the test program, run again by a test, opens and
// closes repeatedly (comingRole "write"), or reads ("read").
const (
	comingDir  = "TOOTFILL_TEST_COMING"
	comingRole = "TOOTFILL_TEST_ROLE"
	// comings is how often the ledger is opened for writing and closed.
	comings = 80
)

// comeAndGo is one of the other processes. It writes how many rounds it made,
// followed by a line for each error.
func comeAndGo(dir string) int {
	var over atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it
		over.Store(true)
	}()
	ctx := context.Background()
	var errs []error
	rounds := 0
	if os.Getenv(comingRole) == "write" {
		for ; rounds < comings; rounds++ {
			errs = append(errs, writeOnce(ctx, dir, rounds))
		}
	} else {
		for ; !over.Load(); rounds++ {
			errs = append(errs, readOnce(ctx, dir))
		}
	}
	fmt.Println(rounds)
	if err := errors.Join(errs...); err != nil {
		fmt.Println(err)
	}
	return 0
}

// writeOnce opens the ledger, does what a short run does, and closes it.
func writeOnce(ctx context.Context, dir string, n int) error {
	o := options(dir, backfilltest.NewClock())
	o.Limit = limit.Limit{N: 1_000_000, Per: time.Second, Burst: 1_000_000}
	l, err := Open(ctx, o)
	if err != nil {
		return err
	}
	h := fediverse.Handle{User: fmt.Sprint("u", n%7), Domain: "photos.example"}
	r, err := l.Begin(ctx, h)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	var posts []backfill.KnownPost
	for i := range 30 {
		posts = append(posts, backfill.KnownPost{URI: fmt.Sprintf("https://photos.example/%d/%d", n, i), Outcome: backfill.Imported})
	}
	return errors.Join(
		l.RecordOutcomes(ctx, r, posts),
		ledgertest.Defer(ctx, l, backfill.Deferral{Account: h, RetryAt: o.Clock.Now(), Reason: "x"}),
		ledgertest.End(ctx, l, r, backfill.Result{Status: backfill.Done}, false),
		l.Close(),
	)
}

// readOnce reads as queues, lookup and dry runs do.
func readOnce(ctx context.Context, dir string) error {
	s := Survey(dir, "", backfilltest.NewClock())
	_, err := s.Standing(ctx, backfilltest.NewClock().Now())
	for _, failed := range s.Deferred(ctx) {
		err = errors.Join(err, failed)
	}
	return err
}

// visitor is a process that comes and goes.
type visitor struct {
	*exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
}

func startVisitor(t *testing.T, dir, role string) visitor {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), comingDir+"="+dir, comingRole+"="+role)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return visitor{cmd, stdin, bufio.NewReader(stdout)}
}

// wantNoErrors waits for the process to end.
func (v visitor) wantNoErrors(t *testing.T, role string) {
	t.Helper()
	out, err := io.ReadAll(v.stdout)
	if err := errors.Join(err, v.Wait()); err != nil {
		t.Fatal(err)
	}
	rounds, failures, _ := strings.Cut(string(out), "\n")
	if rounds == "0" || failures != "" {
		t.Errorf("%s: %s rounds, and\n%s", role, rounds, failures)
	}
}

// A reader never meets the ledger half opened or half closed.
func TestReadersWhileWritersComeAndGo(t *testing.T) {
	dir := t.TempDir()
	if err := writeOnce(t.Context(), dir, 0); err != nil {
		t.Fatal(err)
	}
	readers := []visitor{startVisitor(t, dir, "read"), startVisitor(t, dir, "read")}
	startVisitor(t, dir, "write").wantNoErrors(t, "the writer")
	for _, r := range readers {
		if err := r.stdin.Close(); err != nil {
			t.Error(err)
		}
		r.wantNoErrors(t, "a reader")
	}
}

// A process that checks whether the owner of a claim is alive is not taken for the
// owner.
func TestBeginWhileOthersLookWhetherAnOwnerLives(t *testing.T) {
	dir := t.TempDir()
	other := startHolder(t, dir)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it was killed
	l := open(t, options(dir, backfilltest.NewClock()))
	var dead string
	if err := l.file.reader.QueryRowContext(t.Context(), `SELECT owner_id FROM claims`).Scan(&dead); err != nil {
		t.Fatal(err)
	}
	looking := l.file.ownerLock(dead, os.O_RDONLY)
	if free, err := looking.TryRLock(); err != nil || !free {
		t.Fatalf("the owner seems to live: %v", err)
	}
	ledgertest.Begin(t, l, ledgertest.Alice)
	if err := looking.Close(); err != nil {
		t.Error(err)
	}
}
