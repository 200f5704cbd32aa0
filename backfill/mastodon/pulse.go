package mastodon

import (
	"context"
	"fmt"
)

// Pulse asks whose token it is, which no account or origin can be in the way of
// and which Mastodon answers from its database: it sees whether home is well.
func (s *Server) Pulse(ctx context.Context) error {
	var me struct{}
	if _, err := s.get(ctx, "/api/v1/accounts/verify_credentials", nil, &me); err != nil {
		return fmt.Errorf("asking whether %s is well: %w", s.Host(), err)
	}
	return nil
}
