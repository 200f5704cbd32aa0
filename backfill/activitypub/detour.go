package activitypub

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// mayDetour says whether other listings than the outbox may be used: not where the
// profile is kept from us, as it may say that the account has opted out.
func (l *listings) mayDetour() bool {
	a := l.outbox.actor
	return !a.stripped || a.profiled
}

// aroundClosed looks for another listing where the outbox cannot be read. One that is
// closed to those who do not sign is closed by its admins' will, so that the
// others are left alone too, unless the reader was told otherwise.
func (l *listings) aroundClosed(ctx context.Context, err error) (backfill.Page, error) {
	var refused *backfill.OriginError
	if !errors.As(err, &refused) {
		return backfill.Page{}, err
	}
	if hasStatus(err, http.StatusForbidden) {
		if err := l.askSoftware(ctx); err != nil {
			return backfill.Page{}, err
		}
		if l.software == "mastodon" {
			// app/controllers/concerns/account_owned_concern.rb; an unsigned
			// request is 401.
			return backfill.Page{}, l.outbox.fail(backfill.Suspended, "the account is suspended")
		}
	}
	if !l.isAuto() || !l.mayGoAround(refused) {
		return backfill.Page{}, err
	}
	if err := l.askSoftware(ctx); err != nil {
		return backfill.Page{}, err
	}
	return l.instead(ctx, backfill.Page{}, err, listingsOf(l.software))
}

func (l *listings) mayGoAround(refused *backfill.OriginError) bool {
	switch refused.Cause {
	case backfill.NeedsSignature, backfill.Walled:
		return isClosed(refused) && l.reader.options.RestOnSecureOrigins
	case backfill.NoOutbox, backfill.Malformed:
		return true
	case backfill.ServerError:
		return hasStatus(refused, http.StatusInternalServerError)
	}
	return false
}

// breaksOff says that there is no way on in the outbox: Misskey lists the wrong
// posts, or answers 500 for ever as the post behind a renote is gone
// (misskey-dev/misskey#17353).
func (l *listings) breaksOff(ctx context.Context, err error) bool {
	if l.current != l.outbox || !l.isAuto() {
		return false
	}
	var swapped *swappedError
	if errors.As(err, &swapped) {
		return l.askSoftware(ctx) == nil
	}
	return hasStatus(err, http.StatusInternalServerError) && l.askSoftware(ctx) == nil &&
		slices.Contains(listingsOf(l.software), ListingMisskey)
}

// broken makes the error that others know of the one that only listings do.
func broken(o *outbox, err error) error {
	var swapped *swappedError
	if errors.As(err, &swapped) {
		return &backfill.OriginError{Host: fediverse.HostOf(o.actor.outbox), Cause: backfill.Malformed, Err: swapped}
	}
	return err
}

// wholeListings names the listings of the origin, besides the outbox, that have all
// posts.
func (l *listings) wholeListings(ctx context.Context) []string {
	if !l.isAuto() || l.askSoftware(ctx) != nil {
		return nil
	}
	var names []string
	for _, name := range listingsOf(l.software) {
		if name != ListingFeed {
			names = append(names, name)
		}
	}
	return names
}

// instead reads the top of another listing; where none has anything, the page and
// the error of the outbox stand.
func (l *listings) instead(ctx context.Context, page backfill.Page, err error, names []string) (backfill.Page, error) {
	top, found, failure := l.firstWithPosts(ctx, names)
	if failure != nil {
		return backfill.Page{}, failure
	}
	if found {
		return top, nil
	}
	return page, err
}

// firstWithPosts reads the top of the first listing that has anything. Errors are
// *[backfill.PausedError] or the context's: a listing that is closed is no error.
func (l *listings) firstWithPosts(ctx context.Context, names []string) (page backfill.Page, found bool, err error) {
	if !l.mayDetour() {
		return backfill.Page{}, false, nil
	}
	for _, name := range names {
		d := l.listing(name)
		page, err := d.page(ctx, "")
		var refused *backfill.OriginError
		switch {
		case errors.As(err, &refused):
		case err != nil:
			return backfill.Page{}, false, err
		case page.Items > 0:
			l.current = d
			return page, true, nil
		}
	}
	return backfill.Page{}, false, nil
}
