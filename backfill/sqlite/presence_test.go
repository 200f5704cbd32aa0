package sqlite

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

// Anything other than a file in a file's place is an error, and never waited for.
func TestNoFileInThePlaceOfAFile(t *testing.T) {
	kinds := map[string]func(path string) error{
		"a named pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a folder":     func(path string) error { return os.MkdirAll(filepath.Join(path, "full"), 0o700) },
		"a device":     func(path string) error { return os.Symlink(os.DevNull, path) },
		"a socket": func(path string) error {
			s, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
			if err != nil {
				return err
			}
			s.SetUnlinkOnClose(false)
			return s.Close()
		},
	}
	for kind, place := range kinds {
		for _, name := range []string{"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "ledger.db.new", "ledger.lock", "ledger.reading", "ledger.users"} {
			dir, err := os.MkdirTemp("", "kind") // a short path, because of the socket
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			path := filepath.Join(dir, name)
			if err := place(path); err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{false, true} {
				o := options(dir, backfilltest.NewClock())
				o.ReadOnly = readOnly
				_, err := Open(t.Context(), o)
				var hinted *backfill.Hinted
				if !errors.As(err, &hinted) || hinted.Hint == (backfill.Hint{}) || !strings.Contains(err.Error(), path+" is not a file but "+kind) {
					t.Errorf("%s as %s: %v", kind, name, err)
				}
			}
		}
	}
}

// If the ledger is deleted or replaced while in use, the next write notices, or
// Close at the latest.
func TestDeletedWhileInUse(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"deleted":             os.Remove,
		"renamed":             func(path string) error { return os.Rename(path, path+".bak") },
		"replaced":            func(path string) error { return errors.Join(os.Remove(path), os.WriteFile(path, []byte("x"), 0o600)) },
		"its log deleted":     func(path string) error { return os.Remove(path + "-wal") },
		"its index deleted":   func(path string) error { return os.Remove(path + "-shm") },
		"its folder deleted":  func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
		"its folder replaced": func(path string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+".bak") },
	} {
		for _, writes := range []bool{true, false} {
			l, err := openSteps(t.Context(), options(filepath.Join(t.TempDir(), "state"), backfilltest.NewClock()), migrations())
			if err != nil {
				t.Fatal(err)
			}
			r := ledgertest.Begin(t, l, ledgertest.Alice)
			if err := spoil(l.file.path); err != nil {
				t.Fatal(err)
			}
			if writes {
				wantLost(t, name, l.RecordOutcomes(t.Context(), r, nil))
				if err := l.Close(); err != nil { // it has been reported already
					t.Errorf("%s: closing: %v", name, err)
				}
				continue
			}
			wantLost(t, name, l.Close())
		}
	}
}

func wantLost(t *testing.T, name string, err error) {
	t.Helper()
	var hinted *backfill.Hinted
	if !errors.As(err, &hinted) || hinted.Hint == (backfill.Hint{}) || !strings.Contains(err.Error(), "while it was in use") ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %v", name, err)
	}
}

// Two ledgers opened in one process, one after the other, find the files unchanged.
func TestFilesAreKeptWhileTheLedgerIsOpen(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	first, second := open(t, o), open(t, o)
	ledgertest.Begin(t, first, ledgertest.Alice)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	ledgertest.Begin(t, second, ledgertest.Bob)
}
