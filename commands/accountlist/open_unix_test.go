//go:build unix

package accountlist

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Opening a pipe waits for a writer; an interruption also ends that wait.
func TestListInAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(context.Background())
	read := func() (string, error) {
		files, shut, err := Open(ctx, []string{pipe}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer shut()
		names, err := collect(t, files[0])
		return strings.Join(names, " "), err
	}
	go func() { _ = os.WriteFile(pipe, []byte("a@x.example\nb@x.example\n"), 0) }()
	if names, err := read(); names != ab || err != nil {
		t.Errorf("%q, %v", names, err)
	}
	interrupted := errors.New("interrupted")
	interrupt(interrupted)
	if names, err := read(); names != "" || !errors.Is(err, interrupted) {
		t.Errorf("interrupted: %q, %v", names, err)
	}
}
