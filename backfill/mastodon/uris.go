package mastodon

import (
	"slices"

	"tootfill/backfill"
)

// checkURIs returns an error if home sends no URIs of posts, as some software with
// an API only similar to Mastodon's does: then nothing shows which posts it holds
// or has imported. A single post without a URI among others is just odd.
func (s *Server) checkURIs(posts []statusEntity) error {
	if slices.ContainsFunc(posts, func(p statusEntity) bool { return p.URI != "" }) {
		s.tellsURIs.Store(true)
	}
	isPost := func(p statusEntity) bool { return p.ID != "" }
	if s.tellsURIs.Load() || !slices.ContainsFunc(posts, isPost) {
		return nil
	}
	return &backfill.Hinted{
		Err:  &backfill.UnsupportedError{Server: s.Host(), Message: "does not give the URIs of posts, without which nobody can see what it has imported"},
		Hint: backfill.Say("its API is not quite Mastodon's, and tootfill cannot fill it this way"),
	}
}
