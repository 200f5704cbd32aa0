package backfill

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// gather takes in posts of the listing. What is in order is offered as it comes;
// of anything else the newest are only known once all of it has been read.
func (f *filling) gather(known []KnownPost) error {
	if f.Options.Limit == 0 {
		return f.offer(known)
	}
	if len(f.untold) > 0 {
		known = append(f.untold, known...)
		f.untold = nil
	}
	if f.order.is(orderUnknown) {
		f.untold = known
		return nil
	}
	return f.gatherMore(known)
}

func (f *filling) gatherMore(posts []KnownPost) error {
	if f.order.is(newestFirst) {
		return f.offer(f.inTurn(posts))
	}
	for _, k := range posts {
		k.Object = nil // home can fetch it; many of them are much memory
		f.keep(k)
	}
	return nil
}

// inTurn returns those posts of a page, newest first, than which none further
// down is newer. What stands above newer posts, as pinned ones do, is kept until
// its turn has come.
func (f *filling) inTurn(page []KnownPost) []KnownPost {
	if slices.ContainsFunc(page, func(k KnownPost) bool { return k.Published.IsZero() }) {
		return page // nobody knows
	}
	if len(page) == 0 {
		return nil
	}
	for _, k := range page {
		f.keep(k)
	}
	return f.newest.takeFrom(page[len(page)-1].Published)
}

// keep keeps a post until it is known how new it is among the others.
func (f *filling) keep(k KnownPost) {
	if f.window.holds(k.Published) && !f.met.has(k.URI) {
		f.newest.add(k)
	}
}

// gatherKnown takes in the posts of a span that earlier walks have read.
func (f *filling) gatherKnown(span Span, pageSize int) error {
	for {
		known, rest, err := f.Ledger.ReadKnown(f.saving, f.run, span, knownBatch)
		if err != nil {
			return fmt.Errorf("reading what is known of %s: %w", f.account.Handle, err)
		}
		f.order.seeKnown(known, pageSize)
		if f.order.is(unordered) {
			return f.gather(nil) // all pages are read
		}
		f.result.Listed += len(known)
		if err := f.gather(known); err != nil || f.enough || len(known) == 0 {
			return err
		}
		inWindow := slices.ContainsFunc(known, func(k KnownPost) bool { return !f.window.tooOld(k.Published) })
		if !inWindow && f.order.is(newestFirst) {
			f.enough = true
			return nil
		}
		span = rest
	}
}

// afterAll offers what was gathered and could not be offered before. err is what
// ended the reading. Where the listing has broken off its newest posts are not
// known, and the next run reads on; what that would not help is offered now.
func (f *filling) afterAll(err error) error {
	var origin *OriginError
	var paused *PausedError
	if err != nil && !errors.As(err, &origin) && !errors.As(err, &paused) {
		return err
	}
	f.order.conclude()
	if err := f.gather(nil); err != nil {
		return err
	}
	if err == nil || f.order.is(newestFirst) || isFinal(err) {
		if err := f.offerNewest(); err != nil {
			return err
		}
	}
	if f.order.is(newestFirst) && (f.past || f.enough) {
		f.enough = true
		return nil // only the order of the listing was still to be found out
	}
	return err
}

func (f *filling) offerNewest() error {
	for posts := range slices.Chunk(f.newest.takeFrom(time.Time{}), knownBatch) {
		if err := f.offer(posts); err != nil {
			return err
		}
	}
	return nil
}
