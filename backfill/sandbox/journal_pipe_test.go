//go:build unix

package sandbox

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe in place of a kept file is an error, and is not waited for.
func TestPipeForAKeptFile(t *testing.T) {
	for _, name := range []string{journalName, keptName} {
		dir := t.TempDir()
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Start(Options{Empty: true, Dir: dir})
		if err == nil {
			_, err = s.Home().Sidekiq()
			if closing := s.Close(); closing != nil {
				t.Error(closing)
			}
		}
		if err == nil || !strings.Contains(err.Error(), name+" is not a regular file") {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}
