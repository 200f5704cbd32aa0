package mastodon

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// followingLimit is the most that Mastodon gives on a page of follows
// (Mastodon app/controllers/api/v1/accounts/following_accounts_controller.rb).
const followingLimit = 80

// Following lists the remote accounts that id follows, newest follow first. After an
// error of home's own, reading on asks for the same page again. An
// *UnreadableAccountError is about one account only: after it the list goes on.
// Any other error ends it.
func (s *Server) Following(ctx context.Context, id Identity) iter.Seq2[fediverse.Account, error] {
	return s.listed(ctx, "who is followed at", followingPath(id))
}

func followingPath(id Identity) string {
	return "/api/v1/accounts/" + url.PathEscape(id.ID) + "/following"
}

// isHomes reports whether an account is home's own.
func isHomes(a accountEntity) bool {
	return a.ID != "" && a.Acct != "" && !strings.Contains(string(a.Acct), "@")
}

// circle is the error for a list whose next page is the same page again.
func (s *Server) circle() error {
	return &backfill.AnswerError{Server: s.Host(), Status: http.StatusOK, Message: "a list that goes round in circles"}
}
