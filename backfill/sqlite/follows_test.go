package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

const everybody = "everybody"

var everything = home.Mark{}

// followed makes follows of accounts by their user names and ids: "alice 7".
func followedAt(texts ...string) []home.Follow {
	var follows []home.Follow
	for _, text := range texts {
		var f home.Follow
		if _, err := fmt.Sscan(text, &f.Account.User, &f.ID); err != nil {
			panic(err)
		}
		f.Account.Domain, f.After = "photos.example", f.ID-1
		follows = append(follows, f)
	}
	return follows
}

func note(t *testing.T, l *Ledger, from home.Mark, leaveOut bool, texts ...string) {
	t.Helper()
	if err := l.NoteFollows(t.Context(), everybody, from, followedAt(texts...), leaveOut); err != nil {
		t.Fatal(err)
	}
}

func move(t *testing.T, l *Ledger, from home.Mark, to int64) home.Mark {
	t.Helper()
	if err := l.MoveFollowMark(t.Context(), everybody, from, to); err != nil {
		t.Fatal(err)
	}
	mark, err := l.FollowMark(t.Context(), everybody)
	if want := (home.Mark{Looked: true, ID: to}); err != nil || mark != want {
		t.Errorf("mark %+v, %v; want %+v", mark, err, want)
	}
	return mark
}

// wantWaiting takes over what can be taken over, and wants these accounts to wait.
func wantWaiting(t *testing.T, l *Ledger, want string) {
	t.Helper()
	if err := l.TakeFollows(t.Context(), everybody); err != nil {
		t.Fatal(err)
	}
	if got := waiting(t, l); got != want {
		t.Errorf("waiting: %q, want %q", got, want)
	}
}

func waiting(t *testing.T, l *Ledger) string {
	t.Helper()
	var users []string
	for h, err := range l.WaitingFollows(t.Context(), everybody) {
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, h.User)
	}
	return strings.Join(users, " ")
}

func settle(t *testing.T, l *Ledger, user string) {
	t.Helper()
	if err := l.SettleFollow(t.Context(), everybody, fediverse.Handle{User: user, Domain: "photos.example"}); err != nil {
		t.Fatal(err)
	}
}

func TestNewFollows(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	if mark, err := l.FollowMark(t.Context(), everybody); err != nil || mark != everything {
		t.Errorf("an untouched list has the mark %+v, %v", mark, err)
	}
	note(t, l, everything, true, "alice 3", "bob 4")
	mark := move(t, l, everything, 3)
	wantWaiting(t, l, "")
	if n := count(t, l, `SELECT count(*) FROM new_follows`); n != 1 {
		t.Errorf("%d follows are remembered, want the one above the mark", n)
	}

	note(t, l, mark, false, "bob 4", "carol 5", "dave 6", "carol 7")
	wantWaiting(t, l, "carol dave")
	settle(t, l, "carol")
	settle(t, l, "alice")
	wantWaiting(t, l, "dave")
	note(t, l, mark, false, "carol 7", "dave 6") // read once more
	wantWaiting(t, l, "dave")
	note(t, l, mark, false, "bob 8", "carol 9", "dave 10") // unfollowed and followed again
	wantWaiting(t, l, "dave carol bob")
	settle(t, l, "dave")
	settle(t, l, "bob")
	mark = move(t, l, mark, 9)
	if n := count(t, l, `SELECT count(*) FROM new_follows`); n != 2 {
		t.Errorf("%d follows are remembered, want the one that waits and the one above the mark", n)
	}
	note(t, l, mark, false, "dave 10")
	wantWaiting(t, l, "carol")
	if again := move(t, l, mark, 9); again != mark {
		t.Errorf("%+v", again)
	}
	unseen, err := l.Unseen(t.Context(), everybody, followedAt("carol 9", "erin 11", "dave 10", "dave 12"))
	if err != nil || len(unseen) != 2 || unseen[0].Account.User != "erin" || unseen[1].ID != 12 {
		t.Errorf("unseen: %v, %v", unseen, err)
	}
}

// Where ids tell no order, every account is remembered.
func TestUnorderedFollows(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	unordered := func(users ...string) (follows []home.Follow) {
		for _, u := range users {
			follows = append(follows, home.Follow{Account: fediverse.Handle{User: u, Domain: "photos.example"}, After: home.Unordered})
		}
		return follows
	}
	if err := l.NoteFollows(t.Context(), everybody, everything, unordered("alice", "bob"), true); err != nil {
		t.Fatal(err)
	}
	mark := move(t, l, everything, home.Unordered)
	if unseen, err := l.Unseen(t.Context(), everybody, unordered("carol", "alice", "bob")); err != nil || len(unseen) != 1 {
		t.Errorf("unseen: %v, %v", unseen, err)
	}
	for range 2 {
		if err := l.NoteFollows(t.Context(), everybody, mark, unordered("carol", "alice"), false); err != nil {
			t.Fatal(err)
		}
		wantWaiting(t, l, "carol")
	}
	settle(t, l, "carol")
	if err := l.NoteFollows(t.Context(), everybody, mark, unordered("carol"), false); err != nil {
		t.Fatal(err)
	}
	wantWaiting(t, l, "")
}

// Whoever notes an account first has it, until that process ends; and a look that
// another one has overtaken begins anew.
func TestTwoLooksAtOnce(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	first, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	second := open(t, o)
	note(t, first, everything, true)
	mark := move(t, first, everything, 2)
	if err := second.NoteFollows(t.Context(), everybody, everything, followedAt("alice 1"), true); !errors.Is(err, home.ErrLooked) {
		t.Errorf("an overtaken look noted follows: %v", err)
	}
	if err := second.MoveFollowMark(t.Context(), everybody, everything, 1); !errors.Is(err, home.ErrLooked) {
		t.Errorf("an overtaken look moved the mark: %v", err)
	}
	note(t, first, mark, false, "carol 3", "dave 4")
	note(t, second, mark, false, "carol 3", "dave 4", "erin 5")
	wantWaiting(t, second, "erin")
	wantWaiting(t, first, "dave carol")
	settle(t, first, "carol")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	wantWaiting(t, second, "erin dave")
}

func TestFollowsOfOthers(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	l := open(t, o)
	note(t, l, everything, false, "alice 1")
	move(t, l, everything, 1)
	o.Home = "other.example"
	elsewhere := open(t, o)
	if mark, err := elsewhere.FollowMark(t.Context(), everybody); err != nil || mark != everything {
		t.Errorf("another home has the mark %+v, %v", mark, err)
	}
	if mark, err := l.FollowMark(t.Context(), "bob"); err != nil || mark != everything {
		t.Errorf("another list has the mark %+v, %v", mark, err)
	}
	wantWaiting(t, elsewhere, "")
	settle(t, elsewhere, "alice")
	wantWaiting(t, l, "alice")
}

func TestManyWaitingFollows(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	var texts []string
	for n := range 2*rowBatch + 3 {
		texts = append(texts, fmt.Sprintf("user%d %d", n, 1+n/2)) // two share an id
	}
	note(t, l, everything, false, texts...)
	if err := l.TakeFollows(t.Context(), everybody); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for h, err := range l.WaitingFollows(t.Context(), everybody) {
		if err != nil {
			t.Fatal(err)
		}
		seen[h.User] = true
		settle(t, l, h.User)
	}
	if len(seen) != len(texts) || waiting(t, l) != "" {
		t.Errorf("%d of %d accounts", len(seen), len(texts))
	}
}

// A ledger opened for reading shows what waits, also one that has no such tables
// yet, and is not changed.
func TestReadingFollows(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	for name, steps := range map[string]int{"older": len(migrations()) - 1, "newest": len(migrations())} {
		o.Dir = filepath.Join(o.Dir, name)
		l, err := openWith(t.Context(), o, migrations()[:steps])
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if steps == len(migrations()) {
			note(t, l, everything, false, "alice 1")
			want = "alice"
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		reading := o
		reading.ReadOnly = true
		l = open(t, reading)
		if mark, err := l.FollowMark(t.Context(), everybody); err != nil || mark != everything || waiting(t, l) != want {
			t.Errorf("%s: mark %+v, %v, waiting %q", name, mark, err, waiting(t, l))
		}
		if unseen, err := l.Unseen(t.Context(), everybody, followedAt("bob 2")); err != nil || len(unseen) != 1 {
			t.Errorf("%s: unseen %v, %v", name, unseen, err)
		}
		if err := l.NoteFollows(t.Context(), everybody, everything, followedAt("bob 2"), false); !errors.Is(err, errReadOnly) {
			t.Errorf("%s: noted: %v", name, err)
		}
	}
}

// The accounts of a killed process wait for the next one.
func TestFollowsOfAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	other := startHolder(t, dir)
	l := open(t, options(dir, backfilltest.NewClock()))
	wantWaiting(t, l, "")
	note(t, l, everything, false, "carol 3", "bob 2")
	wantWaiting(t, l, "carol")
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it was killed
	wantWaiting(t, l, "carol bob")
}
