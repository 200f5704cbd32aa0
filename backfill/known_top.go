package backfill

import (
	"fmt"
	"time"
)

const (
	// topMemory is how long to ask only whether the top page of a listing has changed.
	// After that it is read again, whatever the origin says.
	topMemory = 7 * 24 * time.Hour
	// usualPage is the size of the pages that posts from the ledger are taken to have
	// come from.
	usualPage = 20
)

// knownTop is the top page of a listing as the last walk has read it.
type knownTop struct {
	// tag is that of the page that the ledger has; empty if none is remembered. now is
	// that of the page that this walk has read.
	tag, now string
	recalled bool
	// fact is what is remembered of the listing that the page is the top of. Further
	// down another one may take over.
	fact Fact
	// at is where a walk stands for which the page is unchanged.
	at Stretch
}

// source names the listing in the ledger.
func (w *walk) source() string {
	source := w.pages.listing.Source()
	if w.pages.boosts {
		source += withBoosts
	}
	return source
}

func (w *walk) topFact() Fact {
	account := w.filling.account.Handle
	return NewFact(w.filling.s.engine.Ledger, account.Domain, "top of "+w.source(), account)
}

// recallTop recalls the top page, if the ledger has what was on it.
func (w *walk) recallTop() error {
	if w.top.recalled {
		return nil
	}
	w.top.recalled = true
	w.top.fact = w.topFact()
	tag, err := w.top.fact.Recall(w.filling.s.saving)
	if err != nil {
		return fmt.Errorf("recalling the listing of %s: %w", w.filling.account.Handle, err)
	}
	if tag == "" {
		return nil
	}
	at, known, err := w.filling.reread(w.source())
	if known {
		w.top.tag, w.top.at = tag, at
	}
	return err
}

// noteTop notes the top page that the walk has just read and recorded. One with a post
// that may be imported later, although the page stays as it is, has to be read again.
func (w *walk) noteTop(page Page) {
	w.top.now, w.top.fact = page.Tag, w.topFact()
	if w.pages.mayFit {
		w.top.now = ""
	}
}

// keepTop remembers the top page that this walk has read and recorded. Where a listing
// is in no order, an unchanged top says nothing about the rest.
func (w *walk) keepTop() error {
	order := w.posts.order
	if w.top.now == "" || w.top.now == w.top.tag || order.is(orderUnknown) || order.is(unordered) {
		return nil
	}
	if err := w.top.fact.Remember(w.filling.s.saving, w.top.now, w.filling.s.now().Add(topMemory)); err != nil {
		return fmt.Errorf("remembering the listing of %s: %w", w.filling.account.Handle, err)
	}
	return nil
}

// readPage reads the page at a place; the top page only if it has changed since the
// ledger has it.
func (w *walk) readPage(at place) (page Page, same bool, err error) {
	if at.cursor == "" && !w.afresh {
		if err := w.recallTop(); err != nil {
			return Page{}, false, err
		}
		if w.top.tag != "" {
			return w.pages.readTop(w.top.tag)
		}
	}
	page, err = w.pages.read(at.cursor)
	return page, false, err
}

// goOnBelow hands on what the ledger knows of a listing whose top is unchanged, and
// returns the place below that. If the listing turns out to be in no order, that is
// before its top, which has to be read then.
func (w *walk) goOnBelow(top Page) (place, Stretch, error) {
	at := w.top.at
	w.claims(top)
	if err := w.readKnown(at.Below, usualPage); err != nil {
		return place{}, Stretch{}, err
	}
	if w.posts.order.is(unordered) {
		w.top.tag = ""
		return place{}, Stretch{}, nil
	}
	return place{cursor: at.Next, page: 1, saved: true}, at, nil
}
