package mastodon_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/sandbox"
)

// The lists of a home that behaves as Mastodon does, over several pages.
func TestListsOfTheSandbox(t *testing.T) {
	box, _, s := connect(t, mastodon.Options{})
	many, home := box.AddOrigin("many.example"), box.Home()
	const n = 165
	var accounts []*sandbox.Account
	for i := range n {
		a := many.AddAccount(sandbox.Profile{Username: fmt.Sprintf("u%d", i)})
		a.Fill(1, time.Time{}, time.Hour)
		home.Follow(a)
		home.FollowedBy(a)
		accounts = append(accounts, a)
	}
	home.AskedBy(accounts[0])
	home.AddToList("Friends", accounts...)
	home.AddToList("Empty")
	id, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lists, err := s.Lists(t.Context())
	if err != nil || len(lists) != 2 || lists[0].Title != "Friends" || lists[1].Title != "Empty" {
		t.Fatalf("%+v, %v", lists, err)
	}
	count := func(what string, want int, accounts iter.Seq2[fediverse.Account, error]) {
		t.Helper()
		var got []string
		for a, err := range accounts {
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			got = append(got, a.Handle.String())
		}
		slices.Sort(got)
		if all := len(got); all != want || len(slices.Compact(got)) != want {
			t.Errorf("%s: %d accounts, want %d", what, all, want)
		}
	}
	count("followers", n-1, s.Followers(t.Context(), id))
	count("requests", 1, s.FollowRequests(t.Context()))
	count("a list", n, s.ListAccounts(t.Context(), lists[0]))
	count("an empty list", 0, s.ListAccounts(t.Context(), lists[1]))
}

func TestListsNeedTheirScope(t *testing.T) {
	box, _, s := connect(t, mastodon.Options{})
	box.Home().SetScopes(sandbox.Token, "read:accounts")
	wants := func(err error, scope string) {
		t.Helper()
		var unauthorized *backfill.UnauthorizedError
		if !errors.As(err, &unauthorized) || unauthorized.Scope != scope {
			t.Errorf("%v, want %s", err, scope)
		}
	}
	_, err := s.Lists(t.Context())
	wants(err, "read:lists")
	for _, err := range s.ListAccounts(t.Context(), mastodon.List{ID: "1"}) {
		wants(err, "read:lists")
	}
	for _, err := range s.FollowRequests(t.Context()) {
		wants(err, "read:follows")
	}
}
