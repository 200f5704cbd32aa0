package backfill_test

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// TestFailuresLeaveLargerNotes: a run that fails takes away its own note, and one that
// asks for no more than it does; a standing choice takes away any.
func TestFailuresLeaveLargerNotes(t *testing.T) {
	wanted := backfill.Wanted{Limit: 500, Via: backfill.ViaAuto}
	but := func(change func(*backfill.Wanted)) backfill.Wanted {
		w := wanted
		change(&w)
		return w
	}
	notFollowed := func(w *enginetest.World) { w.Home.AccountStanding = backfill.Standing{} }
	for name, c := range map[string]struct {
		fails func(*enginetest.World)
		noted backfill.Wanted
		taken bool
		stays bool
	}{
		"the same":            {fails: notFollowed, noted: wanted},
		"less":                {fails: notFollowed, noted: but(func(w *backfill.Wanted) { w.Limit = 40 })},
		"no limit":            {fails: notFollowed, noted: but(func(w *backfill.Wanted) { w.Limit = 0 }), stays: true},
		"not followed":        {fails: notFollowed, noted: but(func(w *backfill.Wanted) { w.NotFollowed = true }), stays: true},
		"boosts":              {fails: notFollowed, noted: but(func(w *backfill.Wanted) { w.Boosts = true }), stays: true},
		"replies":             {fails: notFollowed, noted: but(func(w *backfill.Wanted) { w.Replies = true }), stays: true},
		"another route":       {fails: notFollowed, noted: but(func(w *backfill.Wanted) { w.Via = backfill.ViaSidekiq }), stays: true},
		"its own, and larger": {fails: notFollowed, noted: but(func(w *backfill.Wanted) { w.Limit = 0 }), taken: true},
		"no such account": {
			fails: func(w *enginetest.World) { w.Home.Forgotten = w.Home.ID },
			noted: but(func(w *backfill.Wanted) { w.Limit = 0 }), stays: true,
		},
		"opted out": {
			fails: func(w *enginetest.World) { w.Home.Note = "#nobot" },
			noted: but(func(w *backfill.Wanted) { w.Limit = 0 }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := enginetest.NewWorld(t, 5)
			c.fails(w)
			d := backfill.Deferral{Account: enginetest.Alice, RetryAt: w.Clock.Now().Add(time.Hour), Reason: "busy", Wanted: &c.noted}
			if err := w.Defer(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			target := backfill.Target{Handle: enginetest.Alice}
			if c.taken {
				target.Wanted = &c.noted
			}
			err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) { yield(target, nil) })
			if err != nil {
				t.Fatal(err)
			}
			stays := false
			for d, err := range w.Ledger.Deferrals(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				stays = stays || d.Account == enginetest.Alice && d.Wanted != nil && *d.Wanted == c.noted
			}
			if stays != c.stays {
				t.Errorf("the note stays as it was: %t", stays)
			}
		})
	}
}
