package activitypub

import (
	"fmt"

	"tootfill/backfill"
)

const (
	// maxStale is how many pages in a row may bring nothing new before a walk
	// ends. WriteFreely names a next page forever.
	maxStale = 3
	// maxMemory is the least number of entries and pages that a walk remembers.
	maxMemory = 50000

	defaultMaxPages = 10_000
	defaultMaxItems = 1_000_000
)

// trail is one walk through a listing, from its top or a later cursor. It knows when
// nothing more will come, and when there is too much.
type trail struct {
	maxPages, maxItems int
	// pages, marks and posts are what this walk has seen recently.
	pages, marks, posts *recent
	// stale counts the pages since the last one that had something new.
	stale       int
	read, items int
}

func newTrail(maxPages, maxItems int) *trail {
	w := &trail{maxPages: maxPages, maxItems: maxItems}
	w.restart()
	return w
}

func (r *Reader) newTrail() *trail { return newTrail(r.options.MaxPages, r.options.MaxItems) }

func (w *trail) restart() {
	w.pages, w.marks, w.posts = newRecent(maxMemory), newRecent(maxMemory), newRecent(maxMemory)
	w.stale, w.read, w.items = 0, 0, 0
}

// enter returns an error if no further page may be read. A later run then continues
// at that page.
func (w *trail) enter(host string) error {
	why := ""
	switch {
	case w.read >= w.maxPages:
		why = fmt.Sprintf("the listing has more than the %d pages that are read in one walk", w.maxPages)
	case w.items >= w.maxItems:
		why = fmt.Sprintf("the listing has more than the %d entries that are read in one walk", w.maxItems)
	default:
		return nil
	}
	return &backfill.OriginError{Host: host, Cause: backfill.Forbidden, Err: fmt.Errorf("%s", why)}
}

// page makes a page of the entries that were read at a cursor, and notes what it
// has seen. It leaves out posts that this walk has already listed (WordPress lists
// a post once as Create and again as Update). It names no next page if this walk
// has already read that one, or if nothing new has come for a while.
func (w *trail) page(cursor, next string, entries []entry) backfill.Page {
	p := backfill.Page{Items: len(entries), Next: next}
	fresh := false
	for _, e := range entries {
		if e.mark != "" {
			p.Marks = append(p.Marks, e.mark)
			fresh = w.marks.add(e.mark) || fresh
		}
		if e.post == nil {
			continue
		}
		key := e.post.URI
		if e.post.Boost {
			key = "boost " + key
		}
		if w.posts.add(key) {
			p.Posts = append(p.Posts, *e.post)
		}
	}
	w.pages.add(cursor)
	w.read++
	w.items += len(entries)
	w.stale++
	if fresh {
		w.stale = 0
	}
	if w.stale >= maxStale || w.pages.has(p.Next) {
		p.Next = ""
	}
	return p
}
