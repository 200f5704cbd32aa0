package mastodon

import (
	"context"
	"fmt"
)

// Pulse checks whether home is well. It asks whose token it is: Mastodon answers
// that from its database, and no account or origin can get in the way.
func (s *Server) Pulse(ctx context.Context) error {
	var me struct{}
	if _, err := s.get(ctx, "/api/v1/accounts/verify_credentials", nil, &me); err != nil {
		return fmt.Errorf("asking whether %s is well: %w", s.Host(), err)
	}
	return nil
}
