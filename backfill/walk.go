package backfill

import (
	"errors"
	"fmt"

	"tootfill/backfill/fediverse"
)

// place is where a walk is.
type place struct {
	// cursor is empty at the top.
	cursor string
	// page counts the pages of the walk, from 1.
	page int
	// saved says that the cursor comes from an earlier walk.
	saved bool
}

// walk lists the posts from the newest on and offers each of them once. Every
// page is in the ledger before any of its posts is tried, so that a crash
// loses nothing; where the walk meets a stretch that an earlier one has read,
// it goes on below that.
func (f *filling) walk() error {
	if err := f.afterAll(f.readOn()); err != nil {
		return err
	}
	f.complete = !f.enough
	f.tell(PageListed{Account: f.account.Handle, Eligible: f.result.Eligible, All: true})
	return nil
}

// readOn reads pages as long as there may be posts of the run on them.
func (f *filling) readOn() error {
	stretch := Stretch{}
	for at := (place{page: 1}); at.page == 1 || at.cursor != ""; at.page++ {
		source := f.listing.Source()
		page, err := f.page(at.cursor)
		if err != nil {
			if err := f.judge(err, at); err != nil {
				return err
			}
			at, stretch = f.fromTheTop(), Stretch{}
			continue
		}
		first := at.page == 1
		if f.listing.Source() != source {
			// Another listing has taken over, with its top page.
			first, stretch, f.order, f.result.Skipped = true, Stretch{}, orderJudge{}, nil
		}
		var known []KnownPost
		if stretch, known, err = f.record(page, at, stretch, first); err != nil {
			return err
		}
		if err := f.gather(known); err != nil {
			return err
		}
		if stretch.Joined && !f.enough && !f.afresh {
			if err := f.gatherKnown(stretch.Below, len(page.Posts)); err != nil {
				return err
			}
		}
		f.past = f.pastWindow(page.Posts)
		if f.enough = f.enough || f.past && f.order.is(newestFirst); f.enough {
			return nil
		}
		at.cursor, at.saved = f.next(at, page, stretch)
	}
	return nil
}

// fromTheTop has the walk begin anew and follow the pages themselves, not the
// places at which earlier walks have stopped. The place before the top is
// returned.
func (f *filling) fromTheTop() place {
	f.afresh = true
	f.result.Listed, f.result.Foreign, f.result.Skipped = 0, 0, nil
	f.tell(Warned{Account: f.account.Handle, Text: "the place where an earlier run stopped is lost; the list is read from its top"})
	return place{}
}

// next is the cursor with which the walk goes on after a page. Only in a listing
// that is in order an earlier walk has left nothing out. Where the oldest posts
// come first the new ones are at the end, whatever was there before.
func (f *filling) next(at place, page Page, stretch Stretch) (cursor string, saved bool) {
	atEnd := stretch.Next == "" || stretch.Next == at.cursor
	if f.afresh || f.order.is(unordered) || f.order.is(oldestFirst) && atEnd {
		return page.Next, false
	}
	return stretch.Next, stretch.Joined && stretch.Next != page.Next
}

// page reads a page, and asks again for one that the origin could not give.
func (f *filling) page(cursor string) (Page, error) {
	for _, pause := range pagePauses {
		page, err := f.listing.Page(f.ctx, cursor)
		var origin *OriginError
		if !errors.As(err, &origin) || !origin.passing() {
			return page, err
		}
		if err := f.wait(f.account.Handle, origin.Host, pause, "a page could not be read"); err != nil {
			return Page{}, err
		}
	}
	return f.listing.Page(f.ctx, cursor)
}

// record records a page before anything is done with its posts, and returns
// those of them that may be imported, with what is known of them.
func (f *filling) record(page Page, at place, stretch Stretch, first bool) (Stretch, []KnownPost, error) {
	if err := f.date(page.Posts); err != nil {
		return stretch, nil, err
	}
	f.order.see(page.Posts, page.Next == "")
	next := page.Next
	if next == "" && f.order.is(oldestFirst) {
		next = at.cursor // a later walk looks there for new posts
	}
	f.result.Listed += page.Items
	f.total = max(f.total, page.Total)
	source := f.listing.Source()
	if f.Options.Boosts {
		source += withBoosts
	}
	posts := f.eligible(page.Posts)
	stretch, known, err := f.Ledger.RecordPage(f.saving, f.run, stretch.ID, ListedPage{
		Source: source, First: first, Posts: posts, Marks: page.Marks, Next: next,
	})
	if err != nil {
		return stretch, nil, fmt.Errorf("recording a page of %s: %w", f.account.Handle, err)
	}
	return stretch, known, nil
}

// pastWindow says that a page reaches down below --since as a whole.
func (f *filling) pastWindow(posts []fediverse.Post) bool {
	dated := false
	for _, p := range posts {
		if p.Boost || p.Published.IsZero() {
			continue
		}
		if !f.window.tooOld(p.Published) {
			return false
		}
		dated = true
	}
	return dated
}

// eligible returns the posts that may be imported, in this run or another, and
// tells of the others.
func (f *filling) eligible(posts []fediverse.Post) []fediverse.Post {
	actor, now := f.listing.Actor(), f.Clock.Now()
	kept := make([]fediverse.Post, 0, len(posts))
	for _, p := range posts {
		reason := ineligible(p, actor, f.Options.Boosts, now)
		if reason == "" {
			if !f.window.holds(p.Published) {
				f.skipEntry(outside)
			}
			kept = append(kept, p)
			continue
		}
		f.skipEntry(reason)
		if foreign(reason) {
			f.result.Foreign++
		}
		skipped := PostSkipped{Account: f.account.Handle, URI: p.URI, Reason: reason}
		if reason == notForAll {
			skipped.URI = ""
		}
		f.tell(skipped)
	}
	return kept
}

// date completes the bare posts among those of a page, in place, where their
// dates matter: from the ledger, if an earlier run has learnt them, or else from
// the origin.
func (f *filling) date(posts []fediverse.Post) error {
	if f.window == (window{}) {
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
	known, err := f.Ledger.Recorded(f.saving, f.run, uris)
	if err != nil {
		return fmt.Errorf("reading what is known of %s: %w", f.account.Handle, err)
	}
	for n, i := range undated {
		if posts[i].Published = known[n].Published; !posts[i].Published.IsZero() {
			continue
		}
		if posts[i], err = f.listing.Complete(f.ctx, posts[i]); err != nil {
			return err
		}
	}
	return nil
}
