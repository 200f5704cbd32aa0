package activitypub

import (
	"fmt"

	"tootfill/backfill"
)

const (
	// maxStale is how many pages in a row may bring nothing new before a walk
	// ends. WriteFreely names a next page forever.
	maxStale = 3
	// maxMemory is how many entries and pages a walk remembers at least.
	maxMemory = 50000

	defaultMaxPages = 10_000
	defaultMaxItems = 1_000_000
)

// trail is one walk through a listing, from its top or a later cursor. It knows when
// nothing more will come, and when there is too much.
type trail struct {
	maxPages, maxItems int
	// pages, marks and posts are what this walk has seen of late.
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

// enter says whether a further page may be read. A page that is not read stays
// the place where a later run goes on.
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

// page makes a page of the entries that were read at a cursor, and notes what
// was seen. A post that this walk has listed already is left out (WordPress
// lists it once as Create and again as Update). There is no next page where
// that one was read in this walk, or where nothing new has come for long.
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
