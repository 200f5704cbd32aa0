package mastodon

import (
	"context"
	"fmt"
	"net/url"

	"tootfill/backfill"
	"tootfill/backfill/loosejson"
)

// refreshHeader says that home fetches the replies to a post in the background
// (Mastodon app/controllers/concerns/async_refreshes_concern.rb).
const refreshHeader = "Mastodon-Async-Refresh"

// Conversation reads what home holds of the conversation around a post. From 4.5
// on, Mastodon then fetches the replies to the post, if it was asked by a user, the
// post is 5 minutes old, and it has not done so within 15 minutes
// (app/controllers/api/v1/statuses/contexts_controller.rb); the header says so, as it
// does while it still fetches them. The library decodes all posts of the conversation
// completely or not at all.
func (s *Server) Conversation(ctx context.Context, id string) (backfill.Conversation, error) {
	var found struct {
		Descendants []loosejson.Maybe[struct {
			URI loosejson.Text `json:"uri"`
		}] `json:"descendants"`
	}
	header, err := s.get(finishing(ctx), "/api/v1/statuses/"+url.PathEscape(id)+"/context", nil, &found)
	c := backfill.Conversation{Begun: header.Get(refreshHeader) != ""}
	if err != nil {
		return c, fmt.Errorf("reading the conversation around the post %s at %s: %w", clean(id), s.Host(), err)
	}
	for _, d := range loosejson.Values(found.Descendants) {
		if d.URI != "" {
			c.Descendants = append(c.Descendants, string(d.URI))
		}
	}
	return c, nil
}
