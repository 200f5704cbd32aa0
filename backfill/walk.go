package backfill

import "slices"

// withBoosts marks listings that were read with boosts: one that was read without
// them has gaps.
const withBoosts = "+boosts"

// walk reads the listing of one account from its top. Every page is in the ledger
// before any of its posts is tried, so that a crash loses nothing. When the walk
// meets a stretch that an earlier one has read, it resumes below that.
type walk struct {
	filling *filling
	pages   pageReader
	lost    lostPlaces
	// posts takes in what the walk reads.
	posts *gatherer
	// total is how long the listing claims to be.
	total int
	// past says that the whole last page lies below the window.
	past bool
	// afresh says that the walk ignores the places at which earlier walks have
	// stopped.
	afresh bool
	// before is how far earlier rounds have come, and gathered counts the posts of the
	// ledger that the walk has passed.
	before   progress
	gathered int
	// toItsEnd says that the listing was read to its end.
	toItsEnd bool
	// top is the top page as earlier walks have known it.
	top knownTop
}

// read reads everything that the run is about, and hands each post on once.
func (w *walk) read() error {
	err := w.handOnRest(w.readPages())
	if kept := w.keepTop(); err == nil {
		err = kept
	}
	if err != nil {
		return err
	}
	w.toItsEnd = !w.posts.picker.enough
	w.filling.Tell(PageListed{
		Account: w.filling.account.Handle, Eligible: w.eligible(), All: !w.posts.picker.cut, About: w.posts.picker.about(w.total),
	})
	return nil
}

// eligible is how many posts are known to belong to the run, maybe from an earlier
// round.
func (w *walk) eligible() int {
	return max(w.filling.tally.soFar().eligible, w.before.counts.eligible)
}

// readPages reads pages while there may be posts of the run on them.
func (w *walk) readPages() error {
	at, stretch, err := w.begin()
	if err != nil || w.posts.picker.enough {
		return err
	}
	for ; at.page == 1 || at.cursor != ""; at.page++ {
		source := w.pages.listing.Source()
		page, same, err := w.readPage(at)
		if same && err == nil {
			if at, stretch, err = w.goOnBelow(page); err != nil || w.posts.picker.enough {
				return err
			}
			continue
		}
		if err != nil {
			if err := w.lost.judge(w.filling.s.saving, err, at, w.afresh); err != nil {
				return err
			}
			at, stretch = w.fromTheTop(), Stretch{}
			continue
		}
		first := at.page == 1
		if w.pages.listing.Source() != source {
			// Another listing has taken over, with its top page.
			first, stretch, w.posts.order = true, Stretch{}, orderJudge{}
			w.filling.tally.forgetSkipped()
		}
		var posts []KnownPost
		if stretch, posts, err = w.record(page, at, stretch, first); err != nil {
			return err
		}
		w.gathered += len(posts)
		if at.page == 1 {
			w.noteTop(page)
		}
		if err := w.posts.gather(posts); err != nil {
			return err
		}
		if stretch.Joined && !w.posts.picker.enough && !w.afresh {
			if err := w.readKnown(stretch.Below, len(page.Posts)); err != nil {
				return err
			}
		}
		w.past = w.pages.isPastWindow(page.Posts)
		if w.past && w.posts.order.is(newestFirst) {
			w.posts.picker.enough = true
		}
		if w.posts.picker.enough {
			return nil
		}
		at.cursor, at.saved = w.next(at, page, stretch)
	}
	return nil
}

// begin returns the place where the walk begins: the top or, in a further round, the
// place below all that the ledger knows, which it hands on first.
func (w *walk) begin() (place, Stretch, error) {
	top := place{page: 1}
	if w.before.source == "" || w.before.source != w.pages.listing.Source() {
		return top, Stretch{}, nil
	}
	at, known, err := w.filling.reread(w.source())
	if !known || err != nil {
		return top, Stretch{}, err
	}
	w.posts.order.order = newestFirst
	if err := w.readKnown(at.Below, 0); err != nil {
		return top, Stretch{}, err
	}
	return place{cursor: at.Next, page: 2, saved: true}, at, nil
}

// fromTheTop makes the walk start over and follow the pages themselves, not the
// places at which earlier walks have stopped. It returns the place before the top.
func (w *walk) fromTheTop() place {
	w.afresh, w.gathered, w.before.gathered = true, 0, 0
	w.filling.tally.startOver()
	w.filling.Tell(Warned{Account: w.filling.account.Handle, Text: "the place where an earlier run stopped is lost; reading the list from the top"})
	return place{}
}

// next is the cursor of the page after one. Only in a listing that is in order has
// an earlier walk left nothing out. If the oldest posts come first, the new ones
// are at the end, whatever was there before.
func (w *walk) next(at place, page Page, stretch Stretch) (cursor string, saved bool) {
	atEnd := stretch.Next == "" || stretch.Next == at.cursor
	if w.afresh || w.posts.order.is(unordered) || w.posts.order.is(oldestFirst) && atEnd {
		return page.Next, false
	}
	return stretch.Next, stretch.Joined && stretch.Next != page.Next
}

// claims takes in how long a page says that the listing is.
func (w *walk) claims(page Page) {
	w.total = max(w.total, page.Total)
	w.filling.tally.claim(page.Total)
}

// record records a page before anything is done with its posts, and returns those
// that may be imported, with what is known of them.
func (w *walk) record(page Page, at place, stretch Stretch, first bool) (Stretch, []KnownPost, error) {
	if err := w.pages.date(page.Posts); err != nil {
		return stretch, nil, err
	}
	w.posts.order.see(page.Posts, page.Next == "")
	next := page.Next
	if next == "" && w.posts.order.is(oldestFirst) {
		next = at.cursor // a later walk looks there for new posts
	}
	w.filling.tally.list(page.Items)
	w.claims(page)
	return w.filling.recordPage(stretch.ID, ListedPage{
		Source: w.source(), First: first, Posts: w.pages.eligible(page.Posts), Marks: page.Marks, Next: next,
	})
}

// readKnown hands on the posts of a span that earlier walks have read.
func (w *walk) readKnown(span Span, pageSize int) error {
	for {
		posts, rest, err := w.filling.readKnown(span)
		if err != nil {
			return err
		}
		posts, past, err := w.dateKnown(posts, pageSize)
		if err != nil {
			return err
		}
		w.posts.order.seeKnown(posts, pageSize)
		if w.posts.order.is(unordered) {
			return w.posts.gather(nil) // all pages are read
		}
		// What earlier rounds have passed is counted already.
		w.gathered += len(posts)
		w.filling.tally.list(max(0, min(len(posts), w.gathered-w.before.gathered)))
		if err := w.posts.gather(posts); err != nil || w.posts.picker.enough || len(posts) == 0 {
			return err
		}
		inWindow := slices.ContainsFunc(posts, func(k KnownPost) bool { return !w.posts.picker.window.tooOld(k.Published) })
		if (past || !inWindow) && w.posts.order.is(newestFirst) {
			w.posts.picker.enough = true
			return nil
		}
		span = rest
	}
}

// handOnRest hands on the gathered posts that could not be offered before. err is
// what ended the reading.
func (w *walk) handOnRest(err error) error {
	if err != nil && !OfListing(err) {
		return err
	}
	if err := w.posts.conclude(err != nil && !isFinal(err)); err != nil {
		return err
	}
	if w.posts.order.is(newestFirst) && (w.past || w.posts.picker.enough) {
		w.posts.picker.enough = true
		return nil // only the order of the listing was still open
	}
	return err
}
