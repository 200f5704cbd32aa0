package mastodon

import (
	"context"
	"fmt"

	api "github.com/mattn/go-mastodon"
)

// Pulse checks whether home is well. It asks whose token it is: Mastodon answers
// that from its database, and no account or origin can get in the way.
func (s *Server) Pulse(ctx context.Context) error {
	var me struct{}
	err := s.read(&me, func(c *api.Client) error {
		_, err := c.GetAccountCurrentUser(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("asking whether %s is up: %w", s.Host(), err)
	}
	return nil
}
