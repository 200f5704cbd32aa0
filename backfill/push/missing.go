package push

import (
	"fmt"

	"tootfill/backfill"
)

// Missing takes out the posts that home has, those that it will never take in
// again, and those whose jobs are under way.
func (d *delivery) Missing(posts []backfill.KnownPost) ([]backfill.KnownPost, error) {
	posts = d.notUnderWay(posts)
	if len(posts) == 0 {
		return nil, nil
	}
	uris := make([]string, len(posts))
	for i, k := range posts {
		uris[i] = k.URI
	}
	held, err := d.heldURIs(uris)
	if err != nil {
		return nil, err
	}
	deleted, err := d.route.database.Tombstones(d.ctx, uris)
	if err != nil {
		return nil, fmt.Errorf("reading what was deleted on %s: %w", d.route.Home, err)
	}
	var missing, settled []backfill.KnownPost
	for _, k := range posts {
		switch {
		case held[k.URI]:
			settled = append(settled, k.Arrived(backfill.Held))
		case deleted[k.URI]:
			settled = append(settled, k.RefusedForGood("it was deleted on "+d.route.Home))
		default:
			missing = append(missing, k)
		}
	}
	return missing, d.filling.Settle(settled...)
}

// notUnderWay takes out the posts for which there is, or was, a job of an earlier
// run: they are settled with their jobs.
func (d *delivery) notUnderWay(posts []backfill.KnownPost) []backfill.KnownPost {
	var rest []backfill.KnownPost
	for _, k := range posts {
		switch j := d.jobs[k.URI]; {
		case j != nil:
			j.post = k
		case !d.resumed[k.URI]:
			rest = append(rest, k)
		}
	}
	return rest
}
