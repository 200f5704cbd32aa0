package mastodon

import (
	"context"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

var _ backfill.Refresher = (*Server)(nil)

// Refresh searches for the account by its handle, with resolve: home then reads it
// again from its origin if its copy is more than a day old (Mastodon
// app/services/resolve_account_service.rb). The search result does not matter.
func (s *Server) Refresh(ctx context.Context, a fediverse.Account) error {
	var found struct{}
	if err := s.search(ctx, "accounts", "@"+a.Handle.String(), true, 1, &found); err != nil {
		return fmt.Errorf("refreshing %s at %s: %w", a.Handle, s.Host(), err)
	}
	return nil
}
