package backfill

import (
	"context"
	"sync"

	"tootfill/backfill/fediverse"
)

// awayListing is a listing that leaves the account's slot to another one while the
// origin is asked. The walk and the check before the first delivery may use it at once.
type awayListing struct {
	Listing
	slot *slot
	mu   sync.Mutex
}

func (l *awayListing) Actor() fediverse.Actor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Listing.Actor()
}

func (l *awayListing) Source() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Listing.Source()
}

func (l *awayListing) Shortfall() Cause {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Listing.Shortfall()
}

func (l *awayListing) Page(ctx context.Context, cursor string) (page Page, err error) {
	l.ask(func() { page, err = l.Listing.Page(ctx, cursor) })
	return page, err
}

func (l *awayListing) TopIfChanged(ctx context.Context, tag string) (page Page, same bool, err error) {
	l.ask(func() { page, same, err = l.Listing.TopIfChanged(ctx, tag) })
	return page, same, err
}

func (l *awayListing) ReadPost(ctx context.Context, p fediverse.Post) (read fediverse.Post, err error) {
	l.ask(func() { read, err = l.Listing.ReadPost(ctx, p) })
	return read, err
}

func (l *awayListing) Revalidate(ctx context.Context) (moved bool, err error) {
	l.ask(func() { moved, err = l.Listing.Revalidate(ctx) })
	return moved, err
}

// ask asks the origin, one question at a time.
func (l *awayListing) ask(question func()) {
	l.slot.whileAway(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		question()
	})
}
