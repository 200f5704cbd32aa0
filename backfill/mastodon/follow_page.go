package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"tootfill/backfill/home"
)

// FollowPage reads a page of the accounts that id follows, the latest follow first:
// the first page, or the one at a cursor. Only follows with ids above after count, if
// that is not 0. It calls warn for accounts that it cannot read.
//
// Mastodon pages the list by the ids of the follows, and its Link headers name those
// of the first and the last one on the page (Mastodon
// app/controllers/api/v1/accounts/following_accounts_controller.rb). A request that
// is accepted becomes a follow only then (app/models/follow_request.rb). GoToSocial's
// follow keeps the id of its request (internal/db/bundb/relationship_follow_req.go),
// so its ids do not tell the order.
func (s *Server) FollowPage(ctx context.Context, id Identity, after int64, cursor string, warn func(text string)) (home.FollowPage, error) {
	page, err := s.followPage(ctx, id, after, cursor, warn)
	if err != nil {
		return home.FollowPage{}, fmt.Errorf("listing who is followed at %s: %w", s.Host(), err)
	}
	return page, nil
}

func (s *Server) followPage(ctx context.Context, id Identity, after int64, cursor string, warn func(text string)) (home.FollowPage, error) {
	software, err := s.Software(ctx)
	if err != nil {
		return home.FollowPage{}, err
	}
	entities, header, err := s.accountPage(ctx, followingPath(id), after, cursor)
	if err != nil {
		return home.FollowPage{}, err
	}
	page := home.FollowPage{Entries: len(entities), Next: nextCursor(header)}
	if page.Ordered = software.Name == mastodonName || software.Name == "hometown"; page.Ordered && len(entities) > 0 {
		page.Newest = newestFollow(header)
		page.Ordered = page.Newest > 0
	}
	for _, e := range entities {
		if isHomes(e) {
			continue
		}
		a, err := s.account(ctx, e)
		switch {
		case errors.Is(err, home.ErrUnreadableAccount):
			warn("among those who are followed: " + err.Error())
		case err != nil:
			return page, err
		default:
			page.Accounts = append(page.Accounts, a)
		}
	}
	return page, nil
}

// newestFollow is the id of the first follow on a page; 0 if the headers do not tell.
func newestFollow(h http.Header) int64 {
	id, err := strconv.ParseInt(linkedID(h, "prev", "since_id"), 10, 64)
	if err != nil {
		return 0
	}
	return max(id, 0)
}
