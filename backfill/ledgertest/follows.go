package ledgertest

import (
	"fmt"
	"strings"
	"testing"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// Everybody is the list of everybody's follows.
const Everybody = "everybody"

// Everything is where the first look at a list begins.
var Everything = home.Mark{}

// FollowedAt makes follows of accounts by their user names and ids: "alice 7".
func FollowedAt(texts ...string) []home.Follow {
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

// Note notes follows.
func Note(t *testing.T, l Ledger, from home.Mark, leaveOut bool, texts ...string) {
	t.Helper()
	if err := l.NoteFollows(t.Context(), Everybody, from, FollowedAt(texts...), leaveOut); err != nil {
		t.Fatal(err)
	}
}

// Move ends a look, and returns where the next one begins.
func Move(t *testing.T, l Ledger, from home.Mark, to int64) home.Mark {
	t.Helper()
	if err := l.MoveFollowMark(t.Context(), Everybody, from, to); err != nil {
		t.Fatal(err)
	}
	mark, err := l.FollowMark(t.Context(), Everybody)
	if want := (home.Mark{Looked: true, ID: to}); err != nil || mark != want {
		t.Errorf("mark %+v, %v; want %+v", mark, err, want)
	}
	return mark
}

// WantWaiting takes over what can be taken over, and wants these accounts to wait.
func WantWaiting(t *testing.T, l Ledger, want string) {
	t.Helper()
	if err := l.TakeFollows(t.Context(), Everybody); err != nil {
		t.Fatal(err)
	}
	if got := Waiting(t, l); got != want {
		t.Errorf("waiting: %q, want %q", got, want)
	}
}

// Waiting are the user names of the accounts that wait: "bob alice".
func Waiting(t *testing.T, l Ledger) string {
	t.Helper()
	var users []string
	for f, err := range l.WaitingFollows(t.Context(), Everybody) {
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, f.Account.User)
	}
	return strings.Join(users, " ")
}

// SettleFollow says that something has come of an account.
func SettleFollow(t *testing.T, l Ledger, user string) {
	t.Helper()
	if err := l.SettleFollow(t.Context(), Everybody, fediverse.Handle{User: user, Domain: "photos.example"}); err != nil {
		t.Fatal(err)
	}
}
