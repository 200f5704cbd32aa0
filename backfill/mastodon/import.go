package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"tootfill/backfill"
	"tootfill/backfill/loosejson"
)

// statusTimeout is Cloudflare's equivalent of a 504.
const statusTimeout = 524

// Import has home fetch one post by its URI, with the search that resolves
// (Mastodon app/services/resolve_url_service.rb). Home answers 200 without the
// post if it could not or would not import it, whatever the reason. The id is the
// post's own at home.
func (s *Server) Import(ctx context.Context, uri string) (id string, err error) {
	var found struct {
		Statuses []loosejson.Maybe[statusEntity] `json:"statuses"`
	}
	if err := s.search(finishing(ctx), "statuses", uri, true, 1, &found); err != nil {
		return "", fmt.Errorf("importing %s: %w", uri, uncertain(err))
	}
	if len(found.Statuses) == 0 {
		return "", fmt.Errorf("importing %s: %w", uri, backfill.ErrRefused)
	}
	if err := s.checkURIs(loosejson.Values(found.Statuses)); err != nil {
		return "", err
	}
	post := found.Statuses[0].Value
	if got := string(post.URI); got != uri {
		return "", fmt.Errorf("importing %s: %w, with %s instead", uri, backfill.ErrRefused, clean(got))
	}
	return string(post.ID), nil
}

// uncertain recognises the errors after which home may have the post all the
// same: its answer, or that of the proxy before it, came too late or broke off.
func uncertain(err error) error {
	switch {
	case errors.Is(err, errNoAnswer), errors.Is(err, errCutShort):
		return fmt.Errorf("%w: %w", backfill.ErrUncertain, reason(err))
	case status(err) == http.StatusGatewayTimeout, status(err) == statusTimeout:
		return fmt.Errorf("%w (%d)", backfill.ErrUncertain, status(err))
	}
	return err
}

// reason is what an UnavailableError is about, without the words "cannot be
// reached".
func reason(err error) error {
	var away *backfill.UnavailableError
	if errors.As(err, &away) {
		return away.Err
	}
	return err
}
