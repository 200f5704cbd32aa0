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
			accounts, header, err := s.followingPage(ctx, id, 0, cursor)
			if err != nil {
				if !yield(fediverse.Account{}, fmt.Errorf("listing who is followed at %s: %w", s.Host(), err)) || !backfill.Unwell(err) {
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
					err = fmt.Errorf("listing who is followed at %s: %w", s.Host(), err)
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

// isHomes reports whether an account is home's own.
func isHomes(a accountEntity) bool {
	return a.ID != "" && a.Acct != "" && !strings.Contains(string(a.Acct), "@")
}

// followingPage reads one page of the accounts that id follows by follows with ids
// above after, if that is not 0. The library reads only the first of several Link
// headers, and loses the whole page if it cannot read that one.
func (s *Server) followingPage(ctx context.Context, id Identity, after int64, cursor string) ([]accountEntity, http.Header, error) {
	query := url.Values{"limit": {strconv.Itoa(followingLimit)}}
	if cursor != "" {
		query.Set("max_id", cursor)
	}
	if after != 0 {
		query.Set("since_id", strconv.FormatInt(after, 10))
	}
	var list []loosejson.Maybe[accountEntity]
	header, err := s.get(ctx, "/api/v1/accounts/"+url.PathEscape(id.ID)+"/following", query, &list)
	if err != nil {
		return nil, nil, err
	}
	if cursor != "" && nextCursor(header) == cursor {
		return nil, nil, s.circle()
	}
	return loosejson.Values(list), header, nil
}

// circle is the error for a list whose next page is the same page again.
func (s *Server) circle() error {
	return &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "a list that goes round in circles"}
}
