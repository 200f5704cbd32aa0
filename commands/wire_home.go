package commands

import (
	"context"
	"iter"

	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/mastodon"
)

// homeServer is home's API as the account sees it whose token it is.
type homeServer struct {
	*mastodon.Server
	identity mastodon.Identity
}

// AccountID is home's id of that account.
func (h *homeServer) AccountID() string { return h.identity.ID }

// FollowingCount is how many accounts it follows, home's own included.
func (h *homeServer) FollowingCount() int { return h.identity.Following }

func (h *homeServer) Following(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	return h.Server.Following(ctx, h.identity)
}

func (h *homeServer) Followers(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	return h.Server.Followers(ctx, h.identity)
}

// Lists are the account's own lists.
func (h *homeServer) Lists(ctx context.Context) ([]listOfAccounts, error) {
	found, err := h.Server.Lists(ctx)
	lists := make([]listOfAccounts, len(found))
	for i, l := range found {
		lists[i] = listOfAccounts{title: l.Title, accounts: h.ListAccounts(ctx, l)}
	}
	return lists, err
}

func (h *homeServer) FollowPage(ctx context.Context, after int64, cursor string, warn func(text string)) (home.FollowPage, error) {
	return h.Server.FollowPage(ctx, h.identity, after, cursor, warn)
}
