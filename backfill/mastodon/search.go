package mastodon

import (
	"context"
	"net/url"
	"strconv"
)

// search reads home's results of one kind, "accounts" or "statuses", for q into
// out. If resolve is true, home fetches what it does not hold. The library's Search
// sends no type and no limit, with which Mastodon searches for every kind and
// answers with up to 20 of each (Mastodon app/controllers/api/v2/search_controller.rb).
func (s *Server) search(ctx context.Context, kind, q string, resolve bool, limit int, out any) error {
	_, err := s.get(ctx, "/api/v2/search", url.Values{
		"q": {q}, "type": {kind}, "resolve": {strconv.FormatBool(resolve)}, "limit": {strconv.Itoa(limit)},
	}, out)
	return err
}
