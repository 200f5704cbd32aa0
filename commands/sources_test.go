package commands

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/mastodon"
	"tootfill/commands/accountlist"
)

func collect(t *testing.T, source targets) (handles []string, err error) {
	t.Helper()
	for target, err := range source {
		if err != nil {
			return handles, err
		}
		handles = append(handles, target.Handle.String())
	}
	return handles, nil
}

func TestAllTargets(t *testing.T) {
	h := func(words ...string) []accountlist.Name {
		handles, err := readNames(words)
		if err != nil {
			t.Fatal(err)
		}
		return handles
	}
	account := fediverse.Account{ID: "7", Handle: h("c@x.example")[0].Handle}
	following := func(yield func(fediverse.Account, error) bool) { yield(account, nil) }
	due := func(yield func(backfill.Deferral, error) bool) {
		_ = yield(backfill.Deferral{Account: h("a@x.example")[0].Handle}, nil) &&
			yield(backfill.Deferral{Account: h("d@x.example")[0].Handle, RetryAt: time.Now()}, nil)
	}
	all := allTargets(namedTargets(h("a@x.example", "@B@X.example", "https://x.example/@a"), nil, nil), followedTargets(following, nil), dueTargets(due, func(*backfill.Wanted) {}))
	handles, err := collect(t, all)
	if got := strings.Join(handles, " "); got != "a@x.example b@x.example c@x.example d@x.example" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	for target := range followedTargets(following, nil) {
		if target.Account == nil || target.Account.ID != "7" || target.Standing == nil || !target.Standing.Following {
			t.Errorf("%+v", target)
		}
	}
	next, stop := iter.Pull2(all)
	defer stop()
	if target, _, ok := next(); !ok || target.Handle.User != "a" {
		t.Errorf("%v", target)
	}
}

// A home that does not know the account yet may be case-sensitive.
func TestADeferredAccountKeepsItsSpelling(t *testing.T) {
	due := func(yield func(backfill.Deferral, error) bool) {
		yield(backfill.Deferral{Wanted: &backfill.Wanted{Spelling: "Alice"}}, nil)
	}
	for target, err := range dueTargets(due, func(*backfill.Wanted) {}) {
		if err != nil || target.Spelling != "Alice" {
			t.Errorf("%+v, %v", target, err)
		}
	}
}

func TestAllTargetsEndsWithAnError(t *testing.T) {
	broken := errors.New("home is away")
	following := func(yield func(fediverse.Account, error) bool) { yield(fediverse.Account{}, broken) }
	later := func(func(backfill.Target, error) bool) { t.Error("a source was read after an error") }
	if _, err := collect(t, allTargets(followedTargets(following, nil), later)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestAnUnreadableAccountIsLeftOut(t *testing.T) {
	unreadable := &mastodon.UnreadableAccountError{
		Acct: "a b@x.example", AnswerError: &backfill.AnswerError{Server: "home.example", Status: 200, Message: "an odd name"},
	}
	good := fediverse.Account{Handle: fediverse.Handle{User: "c", Domain: "x.example"}}
	following := func(yield func(fediverse.Account, error) bool) {
		_ = yield(fediverse.Account{}, unreadable) && yield(good, nil)
	}
	warned := 0
	handles, err := collect(t, followedTargets(following, func(string, backfill.Hint) { warned++ }))
	if got := strings.Join(handles, " "); got != "c@x.example" || err != nil || warned != 1 {
		t.Errorf("%s, %d warnings, %v", got, warned, err)
	}
}

func TestReadNamesNamesTheBadOne(t *testing.T) {
	_, err := readNames([]string{"a@x.example", "alice"})
	var handle *fediverse.HandleError
	if !errors.As(err, &handle) || handle.Input != "alice" {
		t.Errorf("%v", err)
	}
}

// followedTargets are the targets of a token without a database.
func followedTargets(following iter.Seq2[fediverse.Account, error], warn func(text string, hint backfill.Hint)) targets {
	return listedTargets("followed accounts", following, warn, func(a fediverse.Account) backfill.Target {
		return backfill.Target{Handle: a.Handle, Account: &a, Standing: &backfill.Standing{Following: true}}
	})
}

// If home rejects the token, the names on the command line end there: no other
// address can fare better. A home that is away does not end them.
func TestNamesEndWithTheToken(t *testing.T) {
	wrong := &backfill.UnauthorizedError{Server: "home.example"}
	find := func(string) (backfill.Target, error) { return backfill.Target{}, wrong }
	if _, err := collect(t, namedTargets([]accountlist.Name{{Address: "https://x.example/a"}}, find, nil)); !errors.Is(err, wrong) {
		t.Error(err)
	}
	away := &backfill.OutageError{Server: "home.example", Err: &backfill.UnavailableError{Server: "home.example", Err: errors.New("refused")}}
	for err, want := range map[error]bool{wrong: true, &Interrupted{}: true, context.Canceled: true, away: false} {
		if endsAll(fmt.Errorf("asking: %w", err)) != want {
			t.Errorf("%v ends all: %v", err, !want)
		}
	}
}
