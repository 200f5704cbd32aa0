package commands

import "tootfill/backfill/activitypub"

// listingAuto leaves the kind of listing to what the origin has.
const listingAuto = activitypub.ListingAuto

// listingKinds are the kinds of listings that can be asked for by name.
func listingKinds() []string { return activitypub.Listings() }
