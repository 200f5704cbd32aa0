//go:build unix

package commands

import (
	"bytes"
	"context"
	"os"
	"syscall"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

// Someone who pipes into head wants only what head reads: that is neither a failure
// nor worth a message.
func TestAReaderThatIsGone(t *testing.T) {
	for _, args := range [][]string{
		{"help"}, {"--version"}, {"help", "lookup"},
		{"--sandbox", "lookup", "gallery@photos.example"},
		{"--sandbox", "queues"},
		{"--sandbox", "queues", "--watch"},
		{"--sandbox", "accounts", "backfill", "ana@words.example", "--dry-run", "--json"},
	} {
		var ends [2]int
		if err := syscall.Pipe(ends[:]); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Close(ends[0]); err != nil {
			t.Fatal(err)
		}
		stdout := os.NewFile(uintptr(ends[1]), os.Stdout.Name())
		var stderr bytes.Buffer
		status := Run(context.Background(), Env{Args: args, Stdout: stdout, Stderr: &stderr, Getenv: backfilltest.Environment(), Clock: backfill.SystemClock{}})
		if status != exitDone || stderr.Len() > 0 {
			t.Errorf("%v: status %d, %s", args, status, stderr.String())
		}
		if err := stdout.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A full disk is not a reader that has gone.
func TestResultsThatAreLost(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	var stderr bytes.Buffer
	if status := Run(context.Background(), Env{Args: []string{"help"}, Stdout: full, Stderr: &stderr, Getenv: backfilltest.Environment()}); status != exitFailed {
		t.Errorf("status %d, %s", status, stderr.String())
	}
}
