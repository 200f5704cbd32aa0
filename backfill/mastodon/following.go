package mastodon

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"strings"

	api "github.com/mattn/go-mastodon"

	"tootfill/backfill"
)

// followingPage is the most that Mastodon gives on a page of follows
// (Mastodon app/controllers/api/v1/accounts/following_accounts_controller.rb).
const followingPage = 80

// Following lists the remote accounts that id follows, newest follow first. An
// error ends it, but for an *UnreadableAccountError, which is about one account
// only: after it the list goes on.
func (s *Server) Following(ctx context.Context, id Identity) iter.Seq2[backfill.Account, error] {
	return func(yield func(backfill.Account, error) bool) {
		var cursor api.ID
		for {
			page := api.Pagination{Limit: followingPage, MaxID: cursor}
			accounts, err := s.api.GetAccountFollowing(ctx, api.ID(id.ID), &page)
			if err == nil && page.MaxID != "" && page.MaxID == cursor {
				err = s.circle()
			}
			if err != nil {
				yield(backfill.Account{}, fmt.Errorf("listing who is followed at %s: %w", s.Host(), s.explain(err)))
				return
			}
			for _, a := range accounts {
				if a == nil || !strings.Contains(a.Acct, "@") {
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
			if cursor = page.MaxID; cursor == "" || len(accounts) == 0 {
				return
			}
		}
	}
}

// circle is the error for a list whose next page is the same again.
func (s *Server) circle() error {
	return &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "a list that goes round in a circle"}
}
