package commands

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLedgerLines: what `config check` says of a ledger that cannot be used as it is,
// and how to mend it.
func TestLedgerLines(t *testing.T) {
	l := newLab(t)
	const backup = "; hint: restore it from a backup, or move it out of the way to start over: "
	path := filepath.Join(l.state, "ledger.db")
	for _, c := range []struct {
		name    string
		prepare func() error
		status  int
		want    string
	}{
		{"no folder", func() error { l.state = filepath.Join(l.state, "no", "folder"); return nil }, exitDone, "ok: PATH is not there yet; the first run creates it"},
		{"too old", func() error { return writeLedger(l, path, 1) }, exitDone, "ok: PATH, version 1; the next run brings it to version "},
		{"too new", func() error { return writeLedger(l, path, 99) }, exitFailed,
			"error: the ledger PATH has schema version 99, but this tootfill knows versions up to "},
		{"no ledger", func() error { return os.WriteFile(path, []byte(strings.Repeat("text ", 100)), 0o600) }, exitFailed,
			"error: the ledger PATH is damaged: it is not a database" + backup},
		{"cut off", func() error { return os.WriteFile(path, []byte("SQLite"), 0o600) }, exitFailed, "error: the ledger PATH is damaged: it is cut off" + backup},
		{"a folder", func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, exitFailed,
			"error: opening the ledger: PATH is not a file but a folder; hint: move it out of the way, or choose another folder with --state"},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := l.state
			defer func() { l.state = old }()
			if err := c.prepare(); err != nil {
				t.Fatal(err)
			}
			status, stdout, stderr := l.run("config", "check")
			want := "\nledger: " + strings.ReplaceAll(c.want, "PATH", filepath.Join(l.state, "ledger.db"))
			if status != c.status || !strings.Contains(stdout, want) || stderr != "" {
				t.Errorf("%d, %s%s; want %s", status, stdout, stderr, want)
			}
			for line := range strings.Lines(stdout) {
				if strings.Contains(line, ": error: ") && !strings.Contains(line, "; hint: ") {
					t.Errorf("no hint: %s", line)
				}
			}
		})
	}
}

// writeLedger has the program make a ledger, and says that it is of another version.
func writeLedger(l *lab, path string, version int) error {
	l.run("accounts", "backfill", "nobody@home.example")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	_, err = db.Exec(fmt.Sprint("PRAGMA user_version = ", version))
	return errors.Join(err, db.Close())
}
