package activitypub

import (
	"context"
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
	"tootfill/backfill/loosejson"
)

// readPost reads the object of a bare post, for its date and audience. A post
// that cannot be read stays as it was; errors are *[backfill.PausedError] or
// the context's.
func (r *Reader) readPost(ctx context.Context, owner actor, p fediverse.Post) (fediverse.Post, error) {
	if fediverse.HostOf(p.URI) != fediverse.HostOf(owner.URI) {
		return p, nil
	}
	d, err := r.client.Get(ctx, fetch.Request{URL: p.URI, Kind: fetch.Object, Port: owner.port})
	var refused *backfill.OriginError
	if errors.As(err, &refused) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	n, err := loosejson.Parse(d.Body)
	if err != nil || !n.Is(isPostType) {
		return p, nil
	}
	// An id that is not the one asked for proves nothing about this post.
	if read := posted(n, owner); read != nil && read.URI == p.URI {
		return *read, nil
	}
	return p, nil
}
