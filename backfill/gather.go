package backfill

import (
	"slices"
	"time"
)

// gatherer takes in the posts of a listing and offers the newest of them, as soon
// as it is known which these are.
type gatherer struct {
	picker *picker
	// offer has posts picked and delivered.
	offer func([]KnownPost) error
	// order judges in which order the listing is, and untold are the posts that
	// have to wait for that.
	order  orderJudge
	untold []KnownPost
	// newest are those of which is not known yet how new they are among the others.
	newest *newest
}

// gather takes in posts of the listing. What is in order is offered as it comes;
// of anything else the newest are only known once all of it has been read.
func (g *gatherer) gather(posts []KnownPost) error {
	if g.picker.limit == 0 {
		return g.offer(posts)
	}
	if len(g.untold) > 0 {
		posts = append(g.untold, posts...)
		g.untold = nil
	}
	switch {
	case g.order.is(orderUnknown):
		g.untold = posts
	case g.order.is(newestFirst):
		return g.offer(g.inTurn(posts))
	default:
		for _, k := range posts {
			k.Object = nil // home can fetch it; many of them are much memory
			g.keep(k)
		}
	}
	return nil
}

// inTurn returns those posts of a page, newest first, than which none further
// down is newer. What stands above newer posts, as pinned ones do, is kept until
// its turn has come.
func (g *gatherer) inTurn(page []KnownPost) []KnownPost {
	if slices.ContainsFunc(page, func(k KnownPost) bool { return k.Published.IsZero() }) {
		return page // nobody knows
	}
	if len(page) == 0 {
		return nil
	}
	for _, k := range page {
		g.keep(k)
	}
	return g.newest.takeFrom(page[len(page)-1].Published)
}

// keep keeps a post until it is known how new it is among the others.
func (g *gatherer) keep(k KnownPost) {
	if g.picker.window.holds(k.Published) && !g.picker.filling.met.has(k.URI) {
		g.newest.add(k)
	}
}

// conclude offers what could not be offered before, once nothing more comes. If
// the listing has broken off, what is not in order is kept back: its newest posts
// are not known, and a later run reads on.
func (g *gatherer) conclude(brokenOff bool) error {
	g.order.conclude()
	if err := g.gather(nil); err != nil {
		return err
	}
	if brokenOff && !g.order.is(newestFirst) {
		return nil
	}
	for posts := range slices.Chunk(g.newest.takeFrom(time.Time{}), knownBatch) {
		if err := g.offer(posts); err != nil {
			return err
		}
	}
	return nil
}
