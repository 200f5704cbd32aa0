package backfill

import (
	"fmt"
	"slices"

	"tootfill/backfill/fediverse"
)

// dateKnown completes posts that the ledger knows without a date, if their dates matter:
// when they were listed, none did. It leaves out those that turn out not to be eligible.
// past says that it has stopped at posts that lie below the start of the window.
func (w *walk) dateKnown(posts []KnownPost, pageSize int) (dated []KnownPost, past bool, err error) {
	if w.pages.window == (window{}) || !slices.ContainsFunc(posts, w.pages.lacksDate) {
		return posts, false, nil
	}
	for chunk := range slices.Chunk(posts, usualPage) {
		lacking := slices.ContainsFunc(chunk, w.pages.lacksDate)
		chunk, err := w.pages.dateKnown(chunk)
		if err != nil {
			return nil, false, err
		}
		if dated = append(dated, chunk...); len(dated) >= enoughPages*usualPage {
			w.posts.order.seeKnown(dated, pageSize)
		}
		switch {
		case w.posts.order.is(unordered):
			return dated, false, nil // all pages are read
		case lacking && w.posts.order.is(newestFirst) && w.pages.window.isPast(chunk):
			return dated, true, nil
		}
	}
	return dated, false, nil
}

// isPast reports whether posts lie below the start of the window.
func (w window) isPast(posts []KnownPost) bool {
	dated := false
	for _, k := range posts {
		switch {
		case k.Published.IsZero():
		case !w.tooOld(k.Published):
			return false
		default:
			dated = true
		}
	}
	return dated
}

// lacksDate reports whether the date of a known post may be read. Home finds out that of
// a boosted one.
func (r *pageReader) lacksDate(k KnownPost) bool {
	return k.Published.IsZero() && offPlace(k.URI, r.listing.Actor().URI) == ""
}

// dateKnown reads the posts without a date from the origin, and records their dates.
func (r *pageReader) dateKnown(posts []KnownPost) ([]KnownPost, error) {
	kept, learnt := make([]KnownPost, 0, len(posts)), []KnownPost(nil)
	for _, k := range posts {
		if !r.lacksDate(k) {
			kept = append(kept, k)
			continue
		}
		p, err := r.listing.ReadPost(r.filling.ctx, fediverse.Post{URI: k.URI, Bare: true})
		if err != nil {
			return nil, err
		}
		if r.window.holds(p.Published) && !p.Bare && len(r.eligible([]fediverse.Post{p})) == 0 {
			continue
		}
		if k.Published = p.Published; !k.Published.IsZero() {
			learnt = append(learnt, k)
		}
		kept = append(kept, k)
	}
	return kept, r.filling.recordDates(learnt)
}

// recordDates records dates that the ledger lacks.
func (f *filling) recordDates(posts []KnownPost) error {
	if len(posts) == 0 {
		return nil
	}
	if err := f.s.engine.Ledger.RecordDates(f.s.saving, f.run, posts); err != nil {
		return fmt.Errorf("recording the dates of posts of %s: %w", f.account.Handle, err)
	}
	return nil
}
