package backfill

import (
	"slices"
	"time"
)

// mostKept bounds how many posts are kept until their rank by age is known, if all are
// wanted.
const mostKept = 4 * knownBatch

// gatherer takes in the posts of a listing and offers the newest of them, as soon
// as it is known which these are.
type gatherer struct {
	picker *picker
	// offer has posts picked and delivered.
	offer func([]KnownPost) error
	// order judges the order of the listing, and untold are the posts that have to
	// wait for that.
	order  orderJudge
	untold []KnownPost
	// newest are the posts whose rank by age is not known yet.
	newest *newest
}

// gather takes in posts of the listing. Posts in order are offered as they come;
// otherwise the newest are known only once everything has been read.
func (g *gatherer) gather(posts []KnownPost) error {
	if len(g.untold) > 0 {
		posts = append(g.untold, posts...)
		g.untold = nil
	}
	if g.order.is(oldestFirst) || g.order.is(unordered) {
		g.picker.takeAllRounds() // the newest are known only at the end
	}
	switch {
	case g.picker.limit == 0:
		return g.offer(posts)
	case g.order.is(orderUnknown):
		g.untold = posts
	case g.order.is(newestFirst):
		return g.offer(g.inTurn(posts))
	default:
		for _, k := range posts {
			k.Object = nil // home can fetch it; many objects take much memory
			g.keep(k)
		}
	}
	return nil
}

// inTurn takes in a page and returns, newest first, the posts that are not older
// than its last one. An older post, such as a pinned one, is kept until its turn.
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

// keep keeps a post until its rank by age is known.
func (g *gatherer) keep(k KnownPost) {
	if g.picker.window.holds(k.Published) && !g.picker.filling.met.has(k.URI) {
		g.newest.add(k)
	}
}

// conclude offers what could not be offered before, once nothing more comes. If a
// listing that is out of order has broken off, its posts are kept back: the newest
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
