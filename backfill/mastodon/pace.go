package mastodon

import (
	"time"

	"tootfill/backfill/limit"
)

// limitWindow is the window of Mastodon's limit for all requests with a token
// (Mastodon config/initializers/rack_attack.rb, throttle_per_token_api). GoToSocial
// counts in windows of 5 minutes, too.
const limitWindow = 5 * time.Minute

// Pace is how fast requests may be sent in the long run, as far as home has said; the
// zero Pace if nothing limits them.
func (s *Server) Pace() limit.Pace { return s.transport.gate.longRun() }

func (g *gate) longRun() limit.Pace {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.rate == limit.Unlimited:
		return limit.Pace{}
	case g.rate != limit.Auto:
		return limit.Pace{Requests: float64(g.rate), Per: time.Second}
	case !g.all.announced || g.all.limit <= 0:
		return limit.Pace{Requests: 1, Per: carefulGap}
	}
	// A window that ends later is a longer one.
	rest := min(g.all.reset.Sub(g.now()), longestWait)
	return limit.Pace{Requests: float64(g.all.limit), Per: max(limitWindow, rest.Round(time.Minute))}
}
