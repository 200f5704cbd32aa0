package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// roomDir names the ledger that the test program, run again by a test, opens where
// no file may grow as big as SQLite's -shm.
const roomDir = "TOOTFILL_TEST_ROOM"

func openWithoutRoom(dir string) int {
	signal.Ignore(syscall.SIGXFSZ)
	small := syscall.Rlimit{Cur: 16 << 10, Max: 16 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		fmt.Println(err)
		return 1
	}
	_, err := Open(context.Background(), options(dir, backfilltest.NewClock()))
	var hinted *backfill.Hinted
	if errors.As(err, &hinted) {
		fmt.Println("hint:", hinted.Hint.About)
	}
	fmt.Println("error:", err)
	return 0
}

// If SQLite has no room for its -shm file, the error names the file and says what to
// do.
func TestNoRoomForTheIndex(t *testing.T) {
	path := used(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roomDir+"="+filepath.Dir(path))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), path+"-shm") || !bytes.HasPrefix(out, []byte("hint: the system limits the size of files")) ||
		strings.Contains(string(out), "permission") || strings.Contains(string(out), "probe") {
		t.Errorf("%s", out)
	}
	if probes, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*probe*")); err != nil || len(probes) > 0 {
		t.Errorf("left behind: %v, %v", probes, err)
	}
}
