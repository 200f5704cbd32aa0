package commands

import (
	"context"

	"tootfill/backfill/mastodon"
)

// standingsAtOnce is about how many accounts home's API is asked at once.
const standingsAtOnce = mastodon.StandingsAtOnce

// ownLists are the lists of the token's account.
func (s *system) ownLists(ctx context.Context) ([]listOfAccounts, error) {
	found, err := s.home.Lists(ctx)
	lists := make([]listOfAccounts, len(found))
	for i, l := range found {
		lists[i] = listOfAccounts{title: l.Title, accounts: s.home.ListAccounts(ctx, l)}
	}
	return lists, err
}
