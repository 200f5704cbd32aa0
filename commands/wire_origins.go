package commands

import (
	"context"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/activitypub"
	"tootfill/backfill/fediverse"
	"tootfill/commands/report"
)

// describe asks an account's origin what it is and whether the account's posts can
// be listed.
func (s *system) describe(ctx context.Context, a fediverse.Account) report.Origin {
	d := s.reader.Describe(ctx, a)
	return report.Origin{
		Actor: d.Actor, Software: d.Software, Version: d.Version, Count: d.Count, AtLeast: d.AtLeast,
		Outbox: d.Outbox, Err: d.Err, Listing: d.Source, Further: d.Further, Shortfall: d.Shortfall, BoostsOnly: d.BoostsOnly,
	}
}

func (s *system) originWaits(host string, until time.Time) {
	s.listener.Event(backfill.Waiting{On: host, Until: until, Reason: "it limits requests"})
}

// originBy reads origins by one kind of listing.
func (s *system) originBy(listing string) backfill.Origin { return s.reader.By(listing) }

// listingAuto leaves the kind of listing to what the origin has.
const listingAuto = activitypub.ListingAuto

// listingKinds are the kinds of listings that can be asked for by name.
func listingKinds() []string { return activitypub.Listings() }
