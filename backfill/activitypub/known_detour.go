package activitypub

import (
	"context"
	"errors"

	"tootfill/backfill"
	"tootfill/backfill/fetch"
)

// detourTag stands for the top page of a detour that was read, as a [backfill.Page]
// carries it: with it, a later walk need not find the account there again.
type detourTag struct {
	Listing    string           `json:"listing"`
	Actor      string           `json:"actor"`
	Place      string           `json:"place,omitempty"`
	Validators fetch.Validators `json:"validators,omitzero"`
	Total      int              `json:"total,omitempty"`
}

// detourTagOf reads a tag of a detour that this account may be listed by; the zero
// tag if it is none.
func (l *listings) detourTagOf(text string) detourTag {
	t, ok := backfill.ReadFact[detourTag](text, maxTopTag)
	if !ok || t.Actor != l.outbox.actor.URI || t.Listing == "" || t.Listing != l.expected().source() || l.detour(t.Listing) == nil {
		return detourTag{}
	}
	return t
}

// expected is the listing that will have the posts: the one that was asked for, or
// the one that has had them.
func (l *listings) expected() listing {
	if d := l.detour(l.outbox.actor.detour); d != nil && l.isAuto() {
		return d
	}
	return l.first()
}

// topAgain reads the top of the detour that was asked for, or that a tag stands for.
// If the latter has nothing any more, the outbox becomes the current listing.
func (l *listings) topAgain(ctx context.Context, t detourTag) (page backfill.Page, same bool, err error) {
	asked := l.current != l.outbox
	if asked {
		t.Listing = l.current.source()
	}
	page, same, err = l.readDetour(ctx, t)
	var refused *backfill.OriginError
	if gone := errors.As(err, &refused) || err == nil && !same && page.Items == 0; gone && !asked {
		l.current = l.outbox
		return backfill.Page{}, false, nil
	}
	return page, same, err
}

// readDetour reads the top of a detour, unless it still is the page that the tag
// stands for.
func (l *listings) readDetour(ctx context.Context, t detourTag) (page backfill.Page, same bool, err error) {
	if err := l.checkDetour(); err != nil {
		return page, false, err
	}
	if t.Listing == ListingFeed { // where it is depends on the software
		if err := l.askSoftware(ctx); err != nil {
			return page, false, err
		}
	}
	d := l.detour(t.Listing)
	l.current = d
	return l.topOfDetour(ctx, d, t)
}

// topOfDetour reads the top of a detour, with a tag of its own.
func (l *listings) topOfDetour(ctx context.Context, d detour, known detourTag) (page backfill.Page, same bool, err error) {
	top, err := d.top(ctx, known.Place, known.Validators)
	if err != nil {
		return page, false, err
	}
	if top.same {
		top.Total, top.place = known.Total, known.Place
	}
	top.Tag = l.detourTag(d, top)
	return top.Page, top.same, nil
}

// detourTag stands for a top page of a detour; empty if there is nothing on it.
func (l *listings) detourTag(d detour, top topPage) string {
	t := detourTag{Listing: d.source(), Actor: l.outbox.actor.URI, Place: top.place, Validators: top.validators, Total: top.Total}
	if top.Items == 0 && !top.same {
		return ""
	}
	return backfill.FactText(t, maxTopTag)
}

// keepDetour remembers the detour that had the posts in place of the outbox, so that a
// later run begins with it. Of an account that is only looked up, nothing is kept.
func (l *listings) keepDetour(ctx context.Context) error {
	name := ""
	if l.current != l.outbox {
		name = l.current.source()
	}
	a := &l.outbox.actor
	if a.detour == name || l.until.IsZero() {
		return nil
	}
	a.detour = name
	return l.reader.rememberActor(ctx, l.account, *a, l.until)
}

// isShut reports whether a server shows the outbox only to others. What goes around
// that is up to the options of each run.
func isShut(err error) bool {
	var refused *backfill.OriginError
	return errors.As(err, &refused) && (refused.Cause == backfill.NeedsSignature || refused.Cause == backfill.Walled)
}
