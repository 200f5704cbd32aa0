package resolve

import (
	"fmt"
	"slices"

	"tootfill/backfill"
)

// Missing takes out the posts that home's own list shows.
func (d *delivery) Missing(posts []backfill.KnownPost) ([]backfill.KnownPost, error) {
	var missing, held []backfill.KnownPost
	// Home's list is read by date; an origin's may have a pinned post on top, or
	// the oldest first.
	posts = slices.SortedStableFunc(slices.Values(posts), func(a, b backfill.KnownPost) int { return b.Published.Compare(a.Published) })
	d.held.account = d.filling.Account()
	for _, k := range posts {
		holds, err := d.held.holds(d.ctx, k.URI, k.Published)
		if err != nil {
			return nil, fmt.Errorf("reading what %s holds of %s: %w", d.route.Home, d.account.Handle, err)
		}
		if holds {
			held = append(held, k.Arrived(backfill.Held))
		} else {
			missing = append(missing, k)
		}
	}
	return missing, d.filling.Settle(held...)
}
