package backfill_test

import (
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// A deferred account is listed in the way that it was deferred with, and the others in
// that of the process.
func TestEachAccountHasItsOwnKindOfListing(t *testing.T) {
	bob, carol := fediverse.Handle{User: "bob", Domain: "notes.example"}, fediverse.Handle{User: "carol", Domain: "words.example"}
	w := enginetest.NewWorld(t, 5)
	var kinds []string
	w.Engine.ByListing = func(kind string) backfill.Origin {
		kinds = append(kinds, kind)
		return w.Origin
	}
	w.Engine.Options.Listing, w.Engine.Options.Accounts = "rest", 1
	err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		_ = yield(backfill.Target{Handle: enginetest.Alice}, nil) &&
			yield(backfill.Target{Handle: bob, Wanted: &backfill.Wanted{Via: backfill.ViaResolve, Listing: "feed"}}, nil) &&
			yield(backfill.Target{Handle: carol, Wanted: &backfill.Wanted{Via: backfill.ViaResolve}}, nil)
	})
	slices.Sort(kinds)
	if want := []string{"feed", "rest"}; err != nil || !slices.Equal(slices.Compact(kinds), want) {
		t.Errorf("%v, %v; want %v", kinds, err, want)
	}
}

// What is noted for an account keeps the kind of listing that was asked for.
func TestADeferralHasTheKindOfListing(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Options.Listing = "rest"
	w.FillAlice(t)
	w.Engine.Options.Listing, w.Engine.Options.Limit = "feed", 3
	w.FillAlice(t) // within the hour
	w.Clock.Step(2 * time.Hour)
	for d, err := range w.Ledger.Due(t.Context()) {
		if err != nil || d.Wanted == nil || d.Wanted.Listing != "feed" || d.Wanted.Limit != 3 {
			t.Errorf("%+v, %v", d.Wanted, err)
		}
		return
	}
	t.Error("the account is not deferred")
}
