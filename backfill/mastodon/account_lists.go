package mastodon

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// Followers lists the remote accounts that follow id, as Following does.
func (s *Server) Followers(ctx context.Context, id Identity) iter.Seq2[fediverse.Account, error] {
	return s.listed(ctx, "who follows you at", "/api/v1/accounts/"+url.PathEscape(id.ID)+"/followers")
}

// FollowRequests lists the remote accounts that have asked to follow the token's
// account, as Following does.
func (s *Server) FollowRequests(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	return s.listed(ctx, "who asks to follow you at", "/api/v1/follow_requests")
}

// List is one of the lists of the token's account.
type List struct{ ID, Title string }

// Lists returns all lists of the token's account. Mastodon gives them on one page
// (app/controllers/api/v1/lists_controller.rb).
func (s *Server) Lists(ctx context.Context) ([]List, error) {
	var found []loosejson.Maybe[struct {
		ID    loosejson.Text `json:"id"`
		Title loosejson.Text `json:"title"`
	}]
	if _, err := s.get(ctx, "/api/v1/lists", nil, &found); err != nil {
		return nil, fmt.Errorf("reading the lists at %s: %w", s.Host(), err)
	}
	var lists []List
	for _, l := range loosejson.Values(found) {
		if l.ID != "" {
			lists = append(lists, List{ID: string(l.ID), Title: string(l.Title)})
		}
	}
	return lists, nil
}

// ListAccounts lists the remote accounts of a list, as Following does.
func (s *Server) ListAccounts(ctx context.Context, l List) iter.Seq2[fediverse.Account, error] {
	return s.listed(ctx, "who is in the list "+strconv.Quote(clean(l.Title))+" at", "/api/v1/lists/"+url.PathEscape(l.ID)+"/accounts")
}

// listed lists the remote accounts at a path. All these lists have pages of up to 80
// accounts (Mastodon app/controllers/api/base_controller.rb, limit_param).
func (s *Server) listed(ctx context.Context, what, path string) iter.Seq2[fediverse.Account, error] {
	failed := func(err error) error { return fmt.Errorf("listing %s %s: %w", what, s.Host(), err) }
	return func(yield func(fediverse.Account, error) bool) {
		cursor := ""
		for {
			accounts, header, err := s.accountPage(ctx, path, 0, cursor)
			if err != nil {
				if !yield(fediverse.Account{}, failed(err)) || !backfill.Unwell(err) {
					return
				}
				continue
			}
			for _, a := range accounts {
				if isHomes(a) {
					continue
				}
				found, err := s.account(ctx, a)
				if err != nil {
					err = failed(err)
				}
				if !yield(found, err) {
					return
				}
			}
			if cursor = nextCursor(header); cursor == "" || len(accounts) == 0 {
				return
			}
		}
	}
}

// accountPage reads one page of a list: of the entries with ids above after, if that is
// not 0. The library reads only the first of several Link headers, and loses the whole
// page if it cannot read that one.
func (s *Server) accountPage(ctx context.Context, path string, after int64, cursor string) ([]accountEntity, http.Header, error) {
	query := url.Values{"limit": {strconv.Itoa(followingLimit)}}
	if cursor != "" {
		query.Set("max_id", cursor)
	}
	if after != 0 {
		query.Set("since_id", strconv.FormatInt(after, 10))
	}
	var list []loosejson.Maybe[accountEntity]
	header, err := s.get(ctx, path, query, &list)
	if err != nil {
		return nil, nil, err
	}
	if cursor != "" && nextCursor(header) == cursor {
		return nil, nil, s.circle()
	}
	return loosejson.Values(list), header, nil
}
