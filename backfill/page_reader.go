package backfill

import (
	"errors"
	"time"

	"tootfill/backfill/fediverse"
)

// pagePauses are the pauses before asking again for a page that the origin could
// not give.
var pagePauses = [...]time.Duration{5 * time.Second, 20 * time.Second}

// pageReader reads single pages of a listing, and finds out which of their posts
// may be imported.
type pageReader struct {
	filling *filling
	listing Listing
	// boosts says that boosts are wanted as well.
	boosts bool
	// excluded are the servers whose posts are not imported as boosts.
	excluded Exclusions
	window   window
	// mayFit says that a post of the last page is left out for a reason that may pass
	// although the page stays as it is.
	mayFit bool
}

// read reads a page, and asks again if the origin could not give it.
func (r *pageReader) read(cursor string) (page Page, err error) {
	err = r.patiently(func() error {
		page, err = r.listing.Page(r.filling.ctx, cursor)
		return err
	})
	return page, err
}

// readTop reads the top page, unless it still is the one that tag stands for.
func (r *pageReader) readTop(tag string) (page Page, same bool, err error) {
	err = r.patiently(func() error {
		page, same, err = r.listing.TopIfChanged(r.filling.ctx, tag)
		return err
	})
	return page, same, err
}

func (r *pageReader) patiently(ask func() error) error {
	for _, pause := range pagePauses {
		err := ask()
		var origin *OriginError
		if !errors.As(err, &origin) || !origin.passing() {
			return err
		}
		if err := r.filling.Wait(origin.Host, pause, "a page could not be read"); err != nil {
			return err
		}
	}
	return ask()
}

// isPastWindow reports whether a whole page lies below the start of the window.
func (r *pageReader) isPastWindow(posts []fediverse.Post) bool {
	dated := false
	for _, p := range posts {
		if p.Boost || p.Published.IsZero() {
			continue
		}
		if !r.window.tooOld(p.Published) {
			return false
		}
		dated = true
	}
	return dated
}

// eligible returns the posts that may be imported, in this run or another, and
// reports the others.
func (r *pageReader) eligible(posts []fediverse.Post) []fediverse.Post {
	actor, now := r.listing.Actor(), r.filling.s.now()
	r.mayFit = false
	kept := make([]fediverse.Post, 0, len(posts))
	for _, p := range posts {
		reason := ineligible(p, actor, r.boosts, now)
		if p.Boost && reason == "" && r.excluded.Server(fediverse.HostOf(p.URI), fediverse.HostOf(p.Author)) != nil {
			reason = leftOut
		}
		if reason == "" {
			if !r.window.holds(p.Published) {
				r.filling.tally.skip(outside)
			}
			kept = append(kept, p)
			continue
		}
		r.mayFit = r.mayFit || reason == futureDated || reason == leftOut
		r.filling.tally.skip(reason)
		skipped := PostSkipped{Account: r.filling.account.Handle, URI: p.URI, Reason: reason}
		if reason == notForAll {
			skipped.URI = ""
		}
		r.filling.Tell(skipped)
	}
	return kept
}

// date completes the bare posts of a page in place if their dates matter: from the
// ledger if an earlier run has learnt them, or else from the origin.
func (r *pageReader) date(posts []fediverse.Post) error {
	if r.window == (window{}) {
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
	known, err := r.filling.recorded(uris)
	if err != nil {
		return err
	}
	for n, i := range undated {
		if posts[i].Published = known[n].Published; !posts[i].Published.IsZero() {
			continue
		}
		if posts[i], err = r.listing.ReadPost(r.filling.ctx, posts[i]); err != nil {
			return err
		}
	}
	return nil
}
