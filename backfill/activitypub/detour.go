package activitypub

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// mayDetour reports whether listings other than the outbox may be used: not if the
// profile is kept from us, since it may say that the account has opted out.
func (l *listings) mayDetour() bool {
	a := l.outbox.actor
	return !a.stripped || a.profiled
}

// checkDetour is mayDetour where there is nothing but another listing.
func (l *listings) checkDetour() error {
	if l.mayDetour() {
		return nil
	}
	return l.outbox.fail(backfill.NeedsSignature, "the profile is not shown to unsigned requests")
}

// aroundClosed looks for another listing if the outbox cannot be read. If the admins
// have closed the outbox to unsigned requests, it leaves the other listings alone
// too, unless the options allow them.
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

// breaksOff reports whether the outbox cannot be read any further: Misskey lists the
// wrong posts, or always answers 500 because a renoted post is gone
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

// broken turns an error that only listings know into one that others know.
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

// instead reads the top of another listing. If none has anything, it returns the
// page and the error of the outbox.
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
// *[backfill.PausedError] or the context's: a closed listing is not an error.
func (l *listings) firstWithPosts(ctx context.Context, names []string) (page backfill.Page, found bool, err error) {
	if !l.mayDetour() {
		return backfill.Page{}, false, nil
	}
	for _, name := range names {
		d := l.detour(name)
		page, _, err := l.topOfDetour(ctx, d, detourTag{})
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
