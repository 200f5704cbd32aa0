package backfill_test

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// What an origin counts is remembered, in whatever round it said so, until it says
// something else.
func TestRemembersHowManyPostsAnOriginCounts(t *testing.T) {
	w := enginetest.NewWorld(t, 45)
	bob := enginetest.Alice
	bob.User, bob.Domain = "bob", "notes.example"
	want := func(claimed int) {
		t.Helper()
		if got, err := backfill.ClaimedPosts(t.Context(), w.Ledger, enginetest.Alice); err != nil || got != claimed {
			t.Errorf("got %d, %v, want %d", got, err, claimed)
		}
	}
	want(0)
	for _, claims := range []int{60, 0, 50} { // one who says nothing says nothing new
		w.Origin.Claims = claims
		if _, err := w.Run(t, enginetest.Alice, bob); err != nil {
			t.Fatal(err)
		}
		if claims == 0 {
			claims = 60
		}
		want(claims)
		w.Clock.Step(2 * time.Hour)
	}
	w.Engine = w.Engine.DryRun()
	w.Origin.Claims = 70
	w.FillAlice(t)
	want(50)
}
