//go:build unix

package commands

import (
	"bytes"
	"context"
	"os"
	"testing"

	"tootfill/backfill/backfilltest"
)

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
