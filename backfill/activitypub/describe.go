package activitypub

import (
	"context"
	"errors"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// The values of [Description].Outbox that are not a [backfill.Cause].
const (
	// Readable: the first page of a listing could be read.
	Readable = "readable"
	// Paused: the origin asks for a pause; Err says until when.
	Paused = "paused"
)

// Description is what an origin says about itself and about an account.
type Description struct {
	// Actor is the account as the origin describes it; the zero Actor if it
	// could not be read.
	Actor fediverse.Actor
	// Software and Version are what the origin runs, by its nodeinfo; empty if it
	// does not say.
	Software, Version string
	// Count is how many entries the outbox is said to have, boosts and posts
	// that are not public included; -1 if that is not known.
	Count int
	// AtLeast says that the outbox has and counts only the latest posts, so that
	// there may be more than Count.
	AtLeast bool
	// Outbox is Readable, Paused or the [backfill.Cause] for which the account
	// or a list of its posts cannot be read; empty if the context ended before.
	Outbox string
	// Source is the kind of listing that could be read; empty if none could.
	Source string
	// Further is the kind of listing that has the posts which an outbox leaves out;
	// empty where none is needed or could be read.
	Further string
	// Shortfall says why that listing may have less than the account has posted, as
	// far as its first page shows; empty if there is no reason to think so.
	Shortfall backfill.Cause
	// BoostsOnly says that all posts on the first page are boosts.
	BoostsOnly bool
	// Err is the error behind Outbox; nil if that is Readable.
	Err error
}

// Describe asks the origin of an account what it is and whether the account's
// posts can be listed.
func (r *Reader) Describe(ctx context.Context, a fediverse.Account) Description {
	d := Description{Count: -1}
	host, port := a.Handle.Domain, domainPort(a.Handle.Domain)
	if page := fediverse.HostOf(a.URL); page != "" {
		// The server of a split domain also has its pages.
		host, port = page, portOf(a.URL)
	}
	who, err := r.identify(ctx, a)
	if err == nil {
		host, port = fediverse.HostOf(who.actor), who.port
		err = r.describeOutbox(ctx, a, who, &d)
	}
	d.Outbox, d.Err = outboxState(err), err
	if d.Software != "" {
		return d
	}
	// The software is worth showing, but not worth failing for.
	if runs, err := r.softwareNow(ctx, host, port); err == nil {
		d.Software, d.Version = runs.Name, runs.Version
	}
	return d
}

func (r *Reader) describeOutbox(ctx context.Context, a fediverse.Account, who identity, d *Description) error {
	if err := CheckListing(r.options.Listing); err != nil {
		return err
	}
	l, err := r.open(ctx, a, who)
	if err != nil {
		return err
	}
	l.describes = true
	page, err := l.Page(ctx, "")
	d.Actor, d.Count = l.Actor(), l.outbox.total
	d.Software, d.Version = l.runs.Name, l.runs.Version
	if err != nil {
		return err
	}
	d.Source = l.Source()
	d.BoostsOnly = len(page.Posts) > 0 && !slices.ContainsFunc(page.Posts, func(p fediverse.Post) bool { return !p.Boost })
	if page.Next != "" && page.Next != elsewhere {
		return nil
	}
	d.Shortfall = l.Shortfall()
	d.AtLeast = l.capped && d.Count >= 0 && d.Count <= l.outbox.items
	if page.Next != elsewhere {
		return nil
	}
	// What the outbox leaves out is not lost if another listing has it (snac).
	if _, err := l.Page(ctx, page.Next); err != nil {
		return err
	}
	if l.Source() != d.Source {
		d.Further = l.Source()
	}
	return nil
}

func outboxState(err error) string {
	var refused *backfill.OriginError
	var paused *backfill.PausedError
	switch {
	case err == nil:
		return Readable
	case errors.As(err, &refused):
		return string(refused.Cause)
	case errors.As(err, &paused):
		return Paused
	}
	return ""
}
