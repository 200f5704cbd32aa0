//go:build unix

package envfile

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe that nobody writes to holds nothing; reading it must not wait for ever.
func TestReadAPipeThatNobodyWritesTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if file, err := Read(path, environment); err != nil || len(file.values) > 0 {
		t.Errorf("Read = %+v, %v", file, err)
	}
}
