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

// collect finds the accounts of candidates, of which none is known by its address.
func collect(t *testing.T, source candidates) (handles []string, err error) {
	t.Helper()
	return collectFound(t, source, nil)
}

func collectFound(t *testing.T, source candidates, find finder) (handles []string, err error) {
	t.Helper()
	for target, err := range found(source, find) {
		if err != nil {
			return handles, err
		}
		handles = append(handles, target.Handle.String())
	}
	return handles, nil
}

func TestEachAccountIsFoundOnce(t *testing.T) {
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
	all := inOrder(named(h("a@x.example", "@B@X.example", "https://x.example/@a"), nil), followedAccounts(following, nil), dueAccounts(due, func(*backfill.Wanted) {}))
	handles, err := collect(t, all)
	if got := strings.Join(handles, " "); got != "a@x.example b@x.example c@x.example d@x.example" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	for target := range followedAccounts(following, nil) {
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
	for target, err := range dueAccounts(due, func(*backfill.Wanted) {}) {
		if err != nil || target.Spelling != "Alice" {
			t.Errorf("%+v, %v", target, err)
		}
	}
}

func TestSourcesEndWithAnError(t *testing.T) {
	broken := errors.New("home is away")
	following := func(yield func(fediverse.Account, error) bool) { yield(fediverse.Account{}, broken) }
	later := func(func(candidate, error) bool) { t.Error("a source was read after an error") }
	if _, err := collect(t, inOrder(followedAccounts(following, nil), later)); !errors.Is(err, broken) {
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
	handles, err := collect(t, followedAccounts(following, func(string, backfill.Hint) { warned++ }))
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

// followedAccounts are those of a token without a database.
func followedAccounts(following iter.Seq2[fediverse.Account, error], warn func(text string, hint backfill.Hint)) candidates {
	return onList("followed accounts", following, warn, func(a fediverse.Account) backfill.Target {
		return backfill.Target{Handle: a.Handle, Account: &a, Standing: &backfill.Standing{Following: true}}
	})
}

// If home rejects the token, the names on the command line and in files end there: no
// other address can fare better. A home that is away does not end them.
func TestAddressesEndWithTheToken(t *testing.T) {
	wrong := &backfill.UnauthorizedError{Server: "home.example"}
	away := &backfill.OutageError{Server: "home.example", Err: &backfill.UnavailableError{Server: "home.example", Err: errors.New("refused")}}
	for err, want := range map[error]bool{wrong: true, &Interrupted{}: true, context.Canceled: true, away: false} {
		if endsAll(fmt.Errorf("asking: %w", err)) != want {
			t.Errorf("%v ends all: %v", err, !want)
		}
	}
	var refused []string
	sources := func() map[string]candidates {
		names, err := readNames([]string{"https://x.example/a", "a@x.example"})
		if err != nil {
			t.Fatal(err)
		}
		files, shut, err := accountlist.Open(t.Context(), []string{"-"}, strings.NewReader("https://x.example/a\na@x.example\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(shut)
		return map[string]candidates{
			"the command line": named(names, func(address string, _ error) { refused = append(refused, address) }),
			"a file":           inFile(files[0], func(e accountlist.Entry, _ error) { refused = append(refused, e.Text) }),
		}
	}
	for name, all := range sources() {
		find := func(string) (backfill.Target, error) { return backfill.Target{}, wrong }
		if handles, err := collectFound(t, all, find); len(handles) > 0 || len(refused) > 0 || !errors.Is(err, wrong) {
			t.Errorf("%s: %v, %v refused, %v", name, handles, refused, err)
		}
	}
	for name, all := range sources() {
		refused = nil
		find := func(string) (backfill.Target, error) { return backfill.Target{}, away }
		handles, err := collectFound(t, all, find)
		if got := strings.Join(handles, " "); got != "a@x.example" || strings.Join(refused, " ") != "https://x.example/a" || err != nil {
			t.Errorf("%s: %v, %v refused, %v", name, handles, refused, err)
		}
	}
}

// An account that is named by its address and by its handle is taken as it was named
// first.
func TestAnAddressAndAHandleAreOneAccount(t *testing.T) {
	names, err := readNames([]string{"https://x.example/users/1", "a@x.example"})
	if err != nil {
		t.Fatal(err)
	}
	a := fediverse.Account{ID: "7", Handle: names[1].Handle}
	var got []backfill.Target
	for target, err := range found(named(names, nil), func(string) (backfill.Target, error) { return backfill.Target{Handle: a.Handle, Account: &a}, nil }) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, target)
	}
	if len(got) != 1 || got[0].Account != &a || !got[0].Named {
		t.Errorf("%+v", got)
	}
}
