package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

// used makes a ledger with something in it, closes it and returns its file name.
func used(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	l := open(t, options(dir, backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	posts := make([]int, 300)
	for i := range posts {
		posts[i] = len(posts) - i
	}
	if _, _, err := l.RecordPage(t.Context(), r, 0, ledgertest.TopPage("", posts...)); err != nil {
		t.Fatal(err)
	}
	ledgertest.Finish(t, l, r, false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "ledger.db")
}

// wantHinted opens a ledger for writing and for reading. It wants an error that says
// what is wrong and gives a hint, and it wants the file left alone.
func wantHinted(t *testing.T, path, what string) {
	t.Helper()
	before := snapshot(t, filepath.Dir(path))
	for _, readOnly := range []bool{true, false} {
		o := options(filepath.Dir(path), backfilltest.NewClock())
		o.ReadOnly = readOnly
		l, err := Open(t.Context(), o)
		if err == nil {
			t.Errorf("read-only %t: it was opened, %v", readOnly, l.Close())
			return
		}
		var hinted *backfill.Hinted
		if !errors.As(err, &hinted) || hinted.Hint == (backfill.Hint{}) || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), path) {
			t.Errorf("read-only %t: %v, want a hinted error with %q", readOnly, err, what)
		}
	}
	after := snapshot(t, filepath.Dir(path))
	if after[path] != before[path] {
		t.Error("the file has changed")
	}
}

func TestDamagedFile(t *testing.T) {
	whole, err := os.ReadFile(used(t))
	if err != nil {
		t.Fatal(err)
	}
	flip := func(at int, bits byte) []byte {
		b := bytes.Clone(whole)
		b[at] ^= bits
		return b
	}
	tests := []struct {
		name string
		data []byte
		what string
	}{
		{"empty", nil, "damaged"},
		{"a few bytes", whole[:50], "damaged"},
		{"the header alone", whole[:100], "damaged"},
		{"one page", whole[:4096], "damaged"},
		{"the last page cut", whole[:len(whole)-100], "damaged"},
		{"garbage", bytes.Repeat([]byte("garbage "), 1000), "damaged"},
		{"zeroes", make([]byte, len(whole)), "damaged"},
		{"magic", flip(3, 1), "damaged"},
		{"page size", flip(16, 0x21), "damaged"},
		{"write version", flip(18, 1), "damaged"},
		{"read version", flip(19, 8), "damaged"},
		{"reserved space", flip(20, 4), "damaged"},
		{"payload fraction", flip(21, 1), "damaged"},
		{"text encoding", flip(59, 2), "damaged"},
		{"schema format", flip(47, 0x40), "damaged"},
		{"the schema page", append(append(bytes.Clone(whole[:100]), bytes.Repeat([]byte{0xff}, 3996)...), whole[4096:]...), "damaged"},
		{"schema version zero", flip(63, byte(len(migrations()))), "damaged"},
		{"application id", flip(70, 0x10), "not a ledger of tootfill"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			wantHinted(t, path, tt.what)
		})
	}
}

// No flipped bit in the header may turn a full ledger into an empty one.
func TestFlippedBitsNeverBeginAnew(t *testing.T) {
	whole, err := os.ReadFile(used(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	o := options(dir, backfilltest.NewClock())
	o.ReadOnly = true
	for at := range headerSize {
		b := bytes.Clone(whole)
		b[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(t.Context(), o)
		if err != nil {
			continue
		}
		if last, err := l.LastBackfill(t.Context(), ledgertest.Alice); err == nil && last.IsZero() {
			t.Errorf("byte %d: the ledger seems to be empty", at)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Damage deep in the file shows when it is read.
func TestDamagedPages(t *testing.T) {
	path := used(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range rootPages(t, path) {
		for i := (page - 1) * 4096; i < page*4096; i++ {
			whole[i] = 0xa5
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(t.Context(), options(filepath.Dir(path), backfilltest.NewClock()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.LastBackfill(t.Context(), ledgertest.Alice)
	var hinted *backfill.Hinted
	if !errors.As(err, &hinted) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("LastBackfill: %v", err)
	}
	if _, err = l.Begin(t.Context(), ledgertest.Alice); !errors.As(err, &hinted) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("Begin: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// rootPages are the first pages of all tables and indexes.
func rootPages(t *testing.T, path string) (pages []int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&immutable=1")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), `SELECT rootpage FROM sqlite_schema WHERE rootpage > 0`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var page int
		if err := rows.Scan(&page); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page)
	}
	if err := errors.Join(rows.Err(), rows.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestLostFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path+"-wal", []byte("the log of a ledger"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantHinted(t, path, "damaged")
}

func TestForeignDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, path, `PRAGMA journal_mode = WAL`, `CREATE TABLE t (x)`)
	wantHinted(t, path, "not a ledger of tootfill")
}

func TestLostTables(t *testing.T) {
	path := used(t)
	execute(t, path, `DROP TABLE claims`)
	wantHinted(t, path, "lacks its tables")
}

func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// What a crash during the ledger's creation leaves behind is in nobody's way.
func TestHalfCreated(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ledger.db.new", "ledger.db.new-journal"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ledgertest.Begin(t, open(t, options(dir, backfilltest.NewClock())), ledgertest.Alice)
}

func TestUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var hinted *backfill.Hinted
	if _, err := Open(t.Context(), options(filepath.Join(file, "state"), backfilltest.NewClock())); !errors.As(err, &hinted) {
		t.Errorf("a folder below a file: %v", err)
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "ledger.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), options(folder, backfilltest.NewClock())); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a folder in place of the file: %v", err)
	}
}

func TestPermissionDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may do anything")
	}
	path := used(t)
	dir := filepath.Dir(path)
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // so that TempDir can remove it
	for _, c := range []struct {
		name string
		mode os.FileMode
	}{{dir, 0o500}, {dir, 0}, {path, 0o400}, {path, 0}} {
		if err := os.Chmod(c.name, c.mode); err != nil {
			t.Fatal(err)
		}
		l, err := Open(t.Context(), options(dir, backfilltest.NewClock()))
		if err == nil {
			_, err = l.Begin(t.Context(), ledgertest.Bob)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		var hinted *backfill.Hinted
		if !errors.As(err, &hinted) || hinted.Hint == (backfill.Hint{}) {
			t.Errorf("mode %v of %s: %v", c.mode, c.name, err)
		}
		if err := errors.Join(os.Chmod(dir, 0o700), os.Chmod(path, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}
