package backfill

import (
	"fmt"

	"tootfill/backfill/fediverse"
)

// record records a page before anything is done with its posts, and returns
// those of them that may be imported, with what is known of them.
func (w *walk) record(page Page, at place, stretch Stretch, first bool) (Stretch, []KnownPost, error) {
	if err := w.date(page.Posts); err != nil {
		return stretch, nil, err
	}
	w.posts.order.see(page.Posts, page.Next == "")
	next := page.Next
	if next == "" && w.posts.order.is(oldestFirst) {
		next = at.cursor // a later walk looks there for new posts
	}
	w.filling.tally.list(page.Items)
	w.total = max(w.total, page.Total)
	source := w.listing.Source()
	if w.boosts {
		source += withBoosts
	}
	stretch, posts, err := w.filling.s.Ledger.RecordPage(w.filling.s.saving, w.filling.run, stretch.ID, ListedPage{
		Source: source, First: first, Posts: w.eligible(page.Posts), Marks: page.Marks, Next: next,
	})
	if err != nil {
		return stretch, nil, fmt.Errorf("recording a page of %s: %w", w.filling.account.Handle, err)
	}
	return stretch, posts, nil
}

// eligible returns the posts that may be imported, in this run or another, and
// tells of the others.
func (w *walk) eligible(posts []fediverse.Post) []fediverse.Post {
	actor, now := w.listing.Actor(), w.filling.s.Clock.Now()
	kept := make([]fediverse.Post, 0, len(posts))
	for _, p := range posts {
		reason := ineligible(p, actor, w.boosts, now)
		if reason == "" {
			if !w.posts.picker.window.holds(p.Published) {
				w.filling.tally.skip(outside)
			}
			kept = append(kept, p)
			continue
		}
		w.filling.tally.skip(reason)
		skipped := PostSkipped{Account: w.filling.account.Handle, URI: p.URI, Reason: reason}
		if reason == notForAll {
			skipped.URI = ""
		}
		w.filling.Tell(skipped)
	}
	return kept
}

// date completes the bare posts among those of a page, in place, where their
// dates matter: from the ledger, if an earlier run has learnt them, or else from
// the origin.
func (w *walk) date(posts []fediverse.Post) error {
	if w.posts.picker.window == (window{}) {
		return nil
	}
	var undated []int
	var uris []string
	for i, p := range posts {
		if p.Bare && !p.Boost && p.Published.IsZero() {
			undated, uris = append(undated, i), append(uris, p.URI)
		}
	}
	if len(uris) == 0 {
		return nil
	}
	known, err := w.filling.s.Ledger.Recorded(w.filling.s.saving, w.filling.run, uris)
	if err != nil {
		return fmt.Errorf("reading what is known of %s: %w", w.filling.account.Handle, err)
	}
	for n, i := range undated {
		if posts[i].Published = known[n].Published; !posts[i].Published.IsZero() {
			continue
		}
		if posts[i], err = w.listing.ReadPost(w.filling.s.ctx, posts[i]); err != nil {
			return err
		}
	}
	return nil
}
