package sqlite

import (
	"errors"
	"path/filepath"
	"testing"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// A ledger opened for reading shows what waits, also one that has no such tables
// yet, and is not changed.
func TestReadingFollows(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	for name, steps := range map[string]int{"older": len(migrations()) - 1, "newest": len(migrations())} {
		o.Dir = filepath.Join(o.Dir, name)
		l, err := openSteps(t.Context(), o, migrations()[:steps])
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if steps == len(migrations()) {
			ledgertest.Note(t, l, ledgertest.Everything, false, "alice 1")
			want = "alice"
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		reading := o
		reading.ReadOnly = true
		l = open(t, reading)
		if mark, err := l.FollowMark(t.Context(), ledgertest.Everybody); err != nil || mark != ledgertest.Everything || ledgertest.Waiting(t, l) != want {
			t.Errorf("%s: mark %+v, %v, waiting %q", name, mark, err, ledgertest.Waiting(t, l))
		}
		if unseen, err := l.Unseen(t.Context(), ledgertest.Everybody, ledgertest.FollowedAt("bob 2")); err != nil || len(unseen) != 1 {
			t.Errorf("%s: unseen %v, %v", name, unseen, err)
		}
		if err := l.NoteFollows(t.Context(), ledgertest.Everybody, ledgertest.Everything, ledgertest.FollowedAt("bob 2"), false); !errors.Is(err, ledger.ErrReadOnly) {
			t.Errorf("%s: noted: %v", name, err)
		}
	}
}

// The accounts of a killed process wait for the next one.
func TestFollowsOfAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	other := startHolder(t, dir)
	l := open(t, options(dir, backfilltest.NewClock()))
	ledgertest.WantWaiting(t, l, "")
	ledgertest.Note(t, l, ledgertest.Everything, false, "carol 3", "bob 2")
	ledgertest.WantWaiting(t, l, "carol")
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it was killed
	ledgertest.WantWaiting(t, l, "carol bob")
}

// A ledger from before followers were noted is read without them.
func TestReadingFollowsWithoutFollowers(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	older := olderLedger(t, o, 10)
	execute(t, older.file.path, `INSERT INTO follow_lists (id, home, name, mark) VALUES (1, 'home.example', 'everybody', 7)`,
		`INSERT INTO new_follows (list_id, handle, follow, waiting, owner_id) VALUES (1, 'alice@photos.example', 8, 1, 'x'), (1, 'bob@photos.example', 9, 1, 'x')`)
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	o.ReadOnly = true
	l := open(t, o)
	if mark, err := l.FollowMark(t.Context(), ledgertest.Everybody); err != nil || mark.ID != 7 || ledgertest.Waiting(t, l) != "bob alice" {
		t.Errorf("mark %+v, %v, waiting %q", mark, err, ledgertest.Waiting(t, l))
	}
}
