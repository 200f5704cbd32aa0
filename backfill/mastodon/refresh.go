package mastodon

import (
	"context"
	"fmt"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

var _ backfill.Refresher = (*Server)(nil)

// Refresh searches for the account by its handle, with resolve: home then reads it
// from its origin anew if its copy is older than a day (Mastodon
// app/services/resolve_account_service.rb). What the search finds does not matter.
func (s *Server) Refresh(ctx context.Context, a fediverse.Account) error {
	query := url.Values{"q": {"@" + a.Handle.String()}, "type": {"accounts"}, "resolve": {"true"}, "limit": {"1"}}
	var found struct{}
	if _, err := s.get(ctx, "/api/v2/search", query, &found); err != nil {
		return fmt.Errorf("refreshing %s at %s: %w", a.Handle, s.Host(), err)
	}
	return nil
}
