package backfill

import (
	"context"

	"tootfill/backfill/fediverse"
)

// awayListing is a listing that leaves the account's slot to another one while the
// origin is asked.
type awayListing struct {
	Listing
	slot *slot
}

func (l awayListing) Page(ctx context.Context, cursor string) (page Page, err error) {
	l.slot.whileAway(func() { page, err = l.Listing.Page(ctx, cursor) })
	return page, err
}

func (l awayListing) ReadPost(ctx context.Context, p fediverse.Post) (read fediverse.Post, err error) {
	l.slot.whileAway(func() { read, err = l.Listing.ReadPost(ctx, p) })
	return read, err
}
