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
// again from its origin if its copy is more than a day old (Mastodon
// app/services/resolve_account_service.rb). The search result does not matter.
func (s *Server) Refresh(ctx context.Context, a fediverse.Account) error {
	query := url.Values{"q": {"@" + a.Handle.String()}, "type": {"accounts"}, "resolve": {"true"}, "limit": {"1"}}
	var found struct{}
	if _, err := s.get(ctx, "/api/v2/search", query, &found); err != nil {
		return fmt.Errorf("refreshing %s at %s: %w", a.Handle, s.Host(), err)
	}
	return nil
}
