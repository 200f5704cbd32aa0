package mastodon

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// followingLimit is the most that Mastodon gives on a page of follows
// (Mastodon app/controllers/api/v1/accounts/following_accounts_controller.rb).
const followingLimit = 80

// Following lists the remote accounts that id follows, newest follow first. After an
// error of home's own, reading on asks for the same page again. An
// *UnreadableAccountError is about one account only: after it the list goes on.
// Any other error ends it.
func (s *Server) Following(ctx context.Context, id Identity) iter.Seq2[fediverse.Account, error] {
	return func(yield func(fediverse.Account, error) bool) {
		cursor := ""
		for {
			accounts, next, err := s.followingPage(ctx, id, cursor)
			if err != nil {
				if !yield(fediverse.Account{}, fmt.Errorf("listing who is followed at %s: %w", s.Host(), err)) || !backfill.Unwell(err) {
					return
				}
				continue
			}
			for _, a := range accounts {
				if a.ID != "" && a.Acct != "" && !strings.Contains(string(a.Acct), "@") {
					continue // home's own account
				}
				found, err := s.account(ctx, a)
				if err != nil {
					err = fmt.Errorf("listing who is followed at %s: %w", s.Host(), err)
				}
				if !yield(found, err) {
					return
				}
			}
			if cursor = next; cursor == "" || len(accounts) == 0 {
				return
			}
		}
	}
}

// followingPage reads one page of the accounts that id follows. The library reads
// only the first of several Link headers, and loses the whole page if it cannot read
// that one.
func (s *Server) followingPage(ctx context.Context, id Identity, cursor string) (accounts []accountEntity, next string, err error) {
	query := url.Values{"limit": {strconv.Itoa(followingLimit)}}
	if cursor != "" {
		query.Set("max_id", cursor)
	}
	var list []loosejson.Maybe[accountEntity]
	header, err := s.get(ctx, "/api/v1/accounts/"+url.PathEscape(id.ID)+"/following", query, &list)
	if err != nil {
		return nil, "", err
	}
	if next = nextCursor(header); next != "" && next == cursor {
		return nil, "", s.circle()
	}
	return loosejson.Values(list), next, nil
}

// circle is the error for a list whose next page is the same page again.
func (s *Server) circle() error {
	return &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "a list that goes round in circles"}
}
