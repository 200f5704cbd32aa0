package sqlite

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func TestLook(t *testing.T) {
	clock := backfilltest.NewClock()
	dir := filepath.Join(t.TempDir(), "a/b")
	newest := len(migrations())
	if s, err := Look(t.Context(), dir, clock); err != nil || s.Version != 0 || s.Newest != newest || s.Path != filepath.Join(dir, "ledger.db") {
		t.Errorf("nothing there: %+v, %v", s, err)
	}
	if _, err := os.Stat(filepath.Dir(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it has made a folder: %v", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if s, err := Look(t.Context(), dir, clock); err != nil || s.Version != 0 {
		t.Errorf("an empty folder: %+v, %v", s, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it has left %v, %v", left, err)
	}
	l, err := Open(t.Context(), options(dir, clock))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Look(t.Context(), dir, clock); err != nil || s.Version != newest {
		t.Errorf("in use: %+v, %v", s, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := Look(t.Context(), dir, clock); err != nil || s.Version != newest {
		t.Errorf("not in use: %+v, %v", s, err)
	}
	path := filepath.Join(dir, "ledger.db")
	setVersion := func(version int) {
		t.Helper()
		db, err := sql.Open("sqlite", "file:"+path)
		if err == nil {
			_, err = db.Exec("PRAGMA user_version = " + strconv.Itoa(version))
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	setVersion(2)
	if s, err := Look(t.Context(), dir, clock); err != nil || s.Version != 2 {
		t.Errorf("too old to be read: %+v, %v", s, err)
	}
	setVersion(99)
	if _, err := Look(t.Context(), dir, clock); err == nil || !strings.HasPrefix(backfill.HintOf(err).About, "use the newer tootfill") {
		t.Errorf("too new: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ledger.db"), []byte(strings.Repeat("no ledger ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Look(t.Context(), dir, clock); err == nil {
		t.Errorf("no ledger: %+v", s)
	}
	_, err = Look(t.Context(), filepath.Join(dir, "ledger.db"), clock)
	if err == nil || backfill.HintOf(err).Kind == "" {
		t.Errorf("a file in place of the folder: %v", err)
	}
}
