package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func testNewFollows(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	if mark, err := l.FollowMark(t.Context(), ledgertest.Everybody); err != nil || mark != ledgertest.Everything {
		t.Errorf("an untouched list has the mark %+v, %v", mark, err)
	}
	ledgertest.Note(t, l, ledgertest.Everything, true, "alice 3", "bob 4")
	mark := ledgertest.Move(t, l, ledgertest.Everything, 3)
	ledgertest.WantWaiting(t, l, "")
	if n := ledgertest.Count(t, ledger.DatabaseOf(l), `SELECT count(*) FROM new_follows`); n != 1 {
		t.Errorf("%d follows are remembered, want the one above the mark", n)
	}

	ledgertest.Note(t, l, mark, false, "bob 4", "carol 5", "dave 6", "carol 7")
	ledgertest.WantWaiting(t, l, "carol dave")
	ledgertest.SettleFollow(t, l, "carol")
	ledgertest.SettleFollow(t, l, "alice")
	ledgertest.WantWaiting(t, l, "dave")
	ledgertest.Note(t, l, mark, false, "carol 7", "dave 6") // read once more
	ledgertest.WantWaiting(t, l, "dave")
	ledgertest.Note(t, l, mark, false, "bob 8", "carol 9", "dave 10") // unfollowed and followed again
	ledgertest.WantWaiting(t, l, "dave carol bob")
	ledgertest.SettleFollow(t, l, "dave")
	ledgertest.SettleFollow(t, l, "bob")
	mark = ledgertest.Move(t, l, mark, 9)
	if n := ledgertest.Count(t, ledger.DatabaseOf(l), `SELECT count(*) FROM new_follows`); n != 2 {
		t.Errorf("%d follows are remembered, want the one that waits and the one above the mark", n)
	}
	ledgertest.Note(t, l, mark, false, "dave 10")
	ledgertest.WantWaiting(t, l, "carol")
	if again := ledgertest.Move(t, l, mark, 9); again != mark {
		t.Errorf("%+v", again)
	}
	unseen, err := l.Unseen(t.Context(), ledgertest.Everybody, ledgertest.FollowedAt("carol 9", "erin 11", "dave 10", "dave 12"))
	if err != nil || len(unseen) != 2 || unseen[0].Account.User != "erin" || unseen[1].ID != 12 {
		t.Errorf("unseen: %v, %v", unseen, err)
	}
}

// Where ids tell no order, every account is remembered.
func testUnorderedFollows(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	unordered := func(users ...string) (follows []home.Follow) {
		for _, u := range users {
			follows = append(follows, home.Follow{Account: fediverse.Handle{User: u, Domain: "photos.example"}, After: home.Unordered})
		}
		return follows
	}
	if err := l.NoteFollows(t.Context(), ledgertest.Everybody, ledgertest.Everything, unordered("alice", "bob"), true); err != nil {
		t.Fatal(err)
	}
	mark := ledgertest.Move(t, l, ledgertest.Everything, home.Unordered)
	if unseen, err := l.Unseen(t.Context(), ledgertest.Everybody, unordered("carol", "alice", "bob")); err != nil || len(unseen) != 1 {
		t.Errorf("unseen: %v, %v", unseen, err)
	}
	for range 2 {
		if err := l.NoteFollows(t.Context(), ledgertest.Everybody, mark, unordered("carol", "alice"), false); err != nil {
			t.Fatal(err)
		}
		ledgertest.WantWaiting(t, l, "carol")
	}
	ledgertest.SettleFollow(t, l, "carol")
	if err := l.NoteFollows(t.Context(), ledgertest.Everybody, mark, unordered("carol"), false); err != nil {
		t.Fatal(err)
	}
	ledgertest.WantWaiting(t, l, "")
}

// Whoever notes an account first has it, until that process ends; and a look that
// another one has overtaken begins anew.
func testTwoLooksAtOnce(t *testing.T, in kind) {
	o := options(t.TempDir(), backfilltest.NewClock())
	first := in.open(t, o)
	second := in.open(t, o)
	ledgertest.Note(t, first, ledgertest.Everything, true)
	mark := ledgertest.Move(t, first, ledgertest.Everything, 2)
	if err := second.NoteFollows(t.Context(), ledgertest.Everybody, ledgertest.Everything, ledgertest.FollowedAt("alice 1"), true); !errors.Is(err, home.ErrLooked) {
		t.Errorf("an overtaken look noted follows: %v", err)
	}
	if err := second.MoveFollowMark(t.Context(), ledgertest.Everybody, ledgertest.Everything, 1); !errors.Is(err, home.ErrLooked) {
		t.Errorf("an overtaken look moved the mark: %v", err)
	}
	ledgertest.Note(t, first, mark, false, "carol 3", "dave 4")
	ledgertest.Note(t, second, mark, false, "carol 3", "dave 4", "erin 5")
	ledgertest.WantWaiting(t, second, "erin")
	ledgertest.WantWaiting(t, first, "dave carol")
	ledgertest.SettleFollow(t, first, "carol")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	ledgertest.WantWaiting(t, second, "erin dave")
}

func testFollowsOfOthers(t *testing.T, in kind) {
	o := options(t.TempDir(), backfilltest.NewClock())
	l := in.open(t, o)
	ledgertest.Note(t, l, ledgertest.Everything, false, "alice 1")
	ledgertest.Move(t, l, ledgertest.Everything, 1)
	o.Home = "other.example"
	elsewhere := in.open(t, o)
	if mark, err := elsewhere.FollowMark(t.Context(), ledgertest.Everybody); err != nil || mark != ledgertest.Everything {
		t.Errorf("another home has the mark %+v, %v", mark, err)
	}
	if mark, err := l.FollowMark(t.Context(), "bob"); err != nil || mark != ledgertest.Everything {
		t.Errorf("another list has the mark %+v, %v", mark, err)
	}
	ledgertest.WantWaiting(t, elsewhere, "")
	ledgertest.SettleFollow(t, elsewhere, "alice")
	ledgertest.WantWaiting(t, l, "alice")
}

func testManyWaitingFollows(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	var texts []string
	for n := range 2*ledger.RowBatch + 3 {
		texts = append(texts, fmt.Sprintf("user%d %d", n, 1+n/2)) // two share an id
	}
	ledgertest.Note(t, l, ledgertest.Everything, false, texts...)
	if err := l.TakeFollows(t.Context(), ledgertest.Everybody); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for f, err := range l.WaitingFollows(t.Context(), ledgertest.Everybody) {
		if err != nil {
			t.Fatal(err)
		}
		seen[f.Account.User] = true
		ledgertest.SettleFollow(t, l, f.Account.User)
	}
	if len(seen) != len(texts) || ledgertest.Waiting(t, l) != "" {
		t.Errorf("%d of %d accounts", len(seen), len(texts))
	}
}

// One who follows many at once does not hold up the others, and the first whose follow
// is new is the follower.
func testFairBetweenFollowers(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	var follows []home.Follow
	add := func(follower string, texts ...string) {
		for _, f := range ledgertest.FollowedAt(texts...) {
			f.Follower = follower
			follows = append(follows, f)
		}
	}
	add("7", "alice 1", "bob 2")
	add("9", "carol 3", "dave 4", "erin 5", "frank 6")
	add("", "gina 7")
	if err := l.NoteFollows(t.Context(), ledgertest.Everybody, ledgertest.Everything, follows, false); err != nil {
		t.Fatal(err)
	}
	follows = nil
	add("8", "bob 8", "hugo 9", "alice 10")
	ledgertest.SettleFollow(t, l, "alice")
	if err := l.NoteFollows(t.Context(), ledgertest.Everybody, ledgertest.Everything, follows, false); err != nil {
		t.Fatal(err)
	}
	ledgertest.WantWaiting(t, l, "alice bob gina frank hugo erin dave carol")
	followers := map[string]string{"alice": "8", "bob": "7", "hugo": "8", "gina": "", "carol": "9", "dave": "9", "erin": "9", "frank": "9"}
	for f, err := range l.WaitingFollows(t.Context(), ledgertest.Everybody) {
		if err != nil || f.Follower != followers[f.Account.User] {
			t.Errorf("%s is followed by %q, %v", f.Account, f.Follower, err)
		}
		if f.Account.User == "alice" { // settled while reading
			ledgertest.SettleFollow(t, l, "alice")
		}
	}
	ledgertest.WantWaiting(t, l, "hugo bob gina frank erin dave carol")
}
