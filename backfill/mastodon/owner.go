package mastodon

import (
	"context"
	"fmt"
	"time"
)

// Owner is what home says of a token.
type Owner struct {
	Identity
	// Scopes are those of the token's application; nil if home does not show them.
	Scopes []string
	// Missing is the first scope that tootfill needs and the token lacks; "" if it has
	// them all, or if home does not show them.
	Missing string
	// Limit and Remaining are how many requests the token has in the window that ends
	// at Reset, and how many of them are left. A zero Reset means that home has
	// announced no limit.
	Limit, Remaining int
	Reset            time.Time
}

// Owner asks whose the token is, and what it may do.
func (s *Server) Owner(ctx context.Context) (Owner, error) {
	o, err := s.askAll(ctx)
	if err != nil {
		return Owner{}, fmt.Errorf("asking %s whose the access token is: %w", s.Host(), err)
	}
	o.Limit, o.Remaining, o.Reset = s.transport.gate.left()
	return o, nil
}

// Accepts reports whether home still accepts the token. Home's answer has to show it:
// without one, it does not.
func (s *Server) Accepts(ctx context.Context) bool {
	_, err := s.owner(ctx)
	return err == nil
}

func (s *Server) askAll(ctx context.Context) (o Owner, err error) {
	may, err := s.Scopes(ctx)
	if err != nil {
		return o, err
	}
	o.Scopes = may.Names
	if len(may.Missing) > 0 {
		o.Missing = may.Missing[0]
	}
	me, err := s.owner(ctx)
	if err != nil {
		return o, err
	}
	o.Identity, err = s.identify(ctx, me)
	return o, err
}

// left is what home has last said of the limit for all requests with the token; a zero
// reset if that no longer holds.
func (g *gate) left() (limit, remaining int, reset time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.all.current(g.now()) {
		return 0, 0, time.Time{}
	}
	return g.all.limit, g.all.remaining, g.all.reset
}
