package sqlite

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// snapshot holds the bytes of all files in a folder.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func wantUntouched(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	if after := snapshot(t, dir); !maps.Equal(before, after) {
		t.Errorf("the files have changed: %v, now %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	}
}

func TestReadOnlyWithoutALedger(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	o := options(dir, backfilltest.NewClock())
	o.ReadOnly = true
	l := open(t, o)
	readAll(t, l, 0)
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder: %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	o := options(dir, backfilltest.NewClock())
	l := open(t, o)
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if _, _, err := l.RecordPage(t.Context(), r, 0, ledgertest.TopPage("next", 2, 1)); err != nil {
		t.Fatal(err)
	}
	ledgertest.Finish(t, l, r, false)
	if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: ledgertest.Alice, RetryAt: o.Clock.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	o.ReadOnly = true
	reading := open(t, o)
	readAll(t, reading, 1)
	wantUntouched(t, dir, before)

	// What another process writes in the meantime is visible.
	o.ReadOnly = false
	l = open(t, o)
	if err := ledgertest.Undefer(t.Context(), l, ledgertest.Alice); err != nil {
		t.Fatal(err)
	}
	readAll(t, reading, 0)
}

// readAll calls all methods of a read-only ledger.
func readAll(t *testing.T, l *opened, deferred int) {
	t.Helper()
	n := 0
	for _, err := range l.Deferrals(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != deferred {
		t.Errorf("%d deferred accounts, want %d", n, deferred)
	}
	_, err1 := l.NextAllowed(t.Context(), ledgertest.Alice)
	_, err2 := l.LastBackfill(t.Context(), ledgertest.Alice)
	_, err3 := l.Recall(t.Context(), "home.example", "software")
	_, err4 := l.Recorded(t.Context(), backfill.Run{Account: ledgertest.Alice}, []string{ledgertest.URI(1)})
	_, err5 := l.Tried(t.Context(), ledgertest.Alice)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Error(err)
	}
	_, err := l.Begin(t.Context(), ledgertest.Alice)
	for _, err := range []error{
		err, ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: ledgertest.Alice}), ledgertest.Undefer(t.Context(), l, ledgertest.Alice),
		l.Remember(t.Context(), "home.example", "software", "x", time.Now()),
	} {
		if !errors.Is(err, ledger.ErrReadOnly) {
			t.Errorf("writing: %v", err)
		}
	}
}
