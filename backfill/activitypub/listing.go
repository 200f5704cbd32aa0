package activitypub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/fetch"
)

// listing is one way to list an account's posts on its origin. Which software has
// which listings, and how they behave, comes from the sources that their files
// name.
type listing interface {
	// source is the name of this kind of listing.
	source() string
	// page reads the page at a cursor, which is below the top.
	page(ctx context.Context, cursor string) (backfill.Page, error)
	// shortfall says why what was read may not be all.
	shortfall() backfill.Cause
}

// detour is a listing other than the outbox.
type detour interface {
	listing
	// top begins a new walk with the top page. place is where an earlier walk has
	// found the account, and known are the validators of the page that it has read;
	// both are empty if there was none.
	top(ctx context.Context, place string, known fetch.Validators) (topPage, error)
}

// topPage is the top page of a detour, and how it is asked for again.
type topPage struct {
	backfill.Page
	// place is where the account was found, as the listing writes it.
	place      string
	validators fetch.Validators
	// same says that it is the page that is known already, in the place that is known.
	// Then it has no posts.
	same bool
}

// pageReader makes a page of an answer, and says in which place the account was found.
type pageReader func(*fetch.Document) (page backfill.Page, place string, err error)

// topOf is the top page that is read from an answer, unless the answer says that the
// page is the known one.
func topOf(answer *fetch.Document, read pageReader) (topPage, error) {
	if answer.NotModified {
		return topPage{validators: answer.Validators, same: true}, nil
	}
	page, place, err := read(answer)
	return topPage{Page: page, place: place, validators: answer.Validators}, err
}

// The values of [Options].Listing, which are also the sources of listings.
const (
	ListingAuto      = "auto"
	ListingOutbox    = "outbox"
	ListingREST      = "rest"
	ListingMisskey   = "misskey"
	ListingPeerTube  = "peertube"
	ListingLemmy     = "lemmy"
	ListingWordPress = "wordpress"
	ListingFeed      = "feed"
)

// Listings are the values that [Options].Listing may have.
func Listings() []string {
	return []string{ListingAuto, ListingOutbox, ListingREST, ListingMisskey, ListingPeerTube, ListingLemmy, ListingWordPress, ListingFeed}
}

// CheckListing reports whether a value of [Options].Listing is known. An empty one
// means auto.
func CheckListing(name string) error {
	if name == "" || slices.Contains(Listings(), name) {
		return nil
	}
	return fmt.Errorf("unknown listing %q: it is one of %s", name, strings.Join(Listings(), ", "))
}

// detour makes the listing of a name for an account; nil for auto, the outbox and
// unknown ones.
func (l *listings) detour(name string) detour {
	at := site{client: l.reader.client, actor: l.outbox.actor, host: fediverse.HostOf(l.outbox.actor.URI), boosts: l.reader.options.Boosts}
	switch name {
	case ListingREST:
		return &restListing{site: at, trail: l.reader.newTrail()}
	case ListingMisskey:
		return &misskeyListing{site: at, trail: l.reader.newTrail()}
	case ListingPeerTube:
		return &peertubeListing{site: at, trail: l.reader.newTrail()}
	case ListingLemmy:
		return &lemmyListing{site: at, trail: l.reader.newTrail()}
	case ListingWordPress:
		return &wordpressListing{site: at, trail: l.reader.newTrail()}
	case ListingFeed:
		return &feedListing{site: at, software: l.software}
	}
	return nil
}

// listingsOf names the listings besides the outbox that a software is known to have,
// the best first. Unknown software is asked only for Mastodon's API, which most
// software has.
func listingsOf(software string) []string {
	switch software {
	case "misskey", "sharkey", "firefish", "calckey", "foundkey", "cherrypick", "iceshrimp", "catodon", "magnetar":
		return []string{ListingMisskey, ListingREST, ListingFeed}
	case "peertube":
		return []string{ListingPeerTube}
	case "lemmy":
		return []string{ListingLemmy}
	case "wordpress":
		return []string{ListingWordPress, ListingFeed}
	case "writefreely", "bookwyrm", "honk", "ghost":
		return []string{ListingFeed}
	case "bridgy-fed", "threads", "mobilizon", "nodebb", "discourse", "owncast", "funkwhale":
		return nil
	}
	return []string{ListingREST, ListingFeed}
}

// trust reports whether an empty list by a software is complete: its API filters by
// the same rules as its outbox (Mastodon app/models/account_statuses_filter.rb).
func trust(software string) bool {
	switch software {
	case "mastodon", "hometown", "pleroma", "akkoma":
		return true
	}
	return false
}

// caps reports whether a software lists only the latest posts in its outbox.
func caps(software string) bool {
	switch software {
	case "snac", "snac2", "honk", "takahe", "mitra", "lemmy":
		return true
	}
	return false
}

// hasStatus reports whether the host itself, not something in front of it, answered
// with this HTTP status.
func hasStatus(err error, status int) bool {
	var answered *fetch.StatusError
	return errors.As(err, &answered) && answered.Status == status && !answered.Wall
}

// isClosed reports whether a host itself refuses to show something: to unsigned
// requests, or to home.
func isClosed(err error) bool {
	var refused *backfill.OriginError
	return errors.As(err, &refused) && refused.Cause == backfill.NeedsSignature ||
		hasStatus(err, http.StatusUnauthorized) || hasStatus(err, http.StatusForbidden)
}
