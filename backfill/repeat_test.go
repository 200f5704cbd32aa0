package backfill_test

import (
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// newRepeats is a world in which what is learnt is remembered.
func newRepeats(t *testing.T, posts int) *enginetest.World {
	w := enginetest.NewWorld(t, posts)
	w.Origin.Tags, w.Engine.Asker = true, "42"
	w.Engine.Options.Via = backfill.ViaResolve
	return w
}

// asked is how often the servers were asked.
type asked struct{ pages, actors, accounts, standings, held int }

func (a asked) minus(b asked) asked {
	return asked{a.pages - b.pages, a.actors - b.actors, a.accounts - b.accounts, a.standings - b.standings, a.held - b.held}
}

func askedIn(w *enginetest.World) asked {
	return asked{w.Origin.PagesRead, w.Origin.Revalidated, w.Home.AccountsAsked, w.Home.StandingsAsked, w.Home.HeldPages}
}

func wantAsked(t *testing.T, w *enginetest.World, before, want asked) {
	t.Helper()
	if got := askedIn(w).minus(before); got != want {
		t.Errorf("asked %+v, want %+v", got, want)
	}
}

func TestNothingNewCostsOneRequest(t *testing.T) {
	w := newRepeats(t, 50)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Imported: 50})
	wantAsked(t, w, asked{}, asked{pages: 3, actors: 1, accounts: 1, standings: 1, held: 1})
	for range 2 {
		w.Clock.Step(2 * time.Hour)
		before := askedIn(w)
		enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Held: 50})
		wantAsked(t, w, before, asked{pages: 1})
	}
	// Within a week something may have changed of which nobody has told.
	w.Clock.Step(8 * 24 * time.Hour)
	before := askedIn(w)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Held: 50})
	wantAsked(t, w, before, asked{pages: 1, accounts: 1, standings: 1})
}

// Below an unchanged top a run still finds what earlier ones have left out.
func TestAnUnchangedTopAndAGreaterLimit(t *testing.T) {
	w := newRepeats(t, 100)
	w.Engine.Options.Limit = 30
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.Limit = 90
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 90, Held: 30, Imported: 60})
	for uri, times := range w.Home.TimesAsked() {
		if times != 1 {
			t.Errorf("%s was asked for %d times", uri, times)
		}
	}
}

// With boosts the listing is another one: a top page that was read without them
// stands for nothing there.
func TestAnUnchangedTopIsThatOfOneListing(t *testing.T) {
	w := newRepeats(t, 30)
	w.FillAlice(t)
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.Boosts = true
	before := askedIn(w)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 30, Held: 30})
	wantAsked(t, w, before, asked{pages: 2})
	w.Origin.Posts += 5
	w.Clock.Step(2 * time.Hour)
	w.FillAlice(t)
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.Boosts = false
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 35, Held: 35})
}

// Where another listing takes over further down, the top page is still that of the
// first one.
func TestAnUnchangedTopAboveAnotherListing(t *testing.T) {
	w := newRepeats(t, 50)
	w.Origin.BreaksAt = "30"
	w.FillAlice(t)
	for source, want := range map[string]string{"outbox": "50 posts", "rest": ""} {
		got, err := w.Ledger.Recall(t.Context(), "photos.example", "top of "+source+" alice@photos.example")
		if err != nil || got != want {
			t.Errorf("of %s %q is remembered, %v, want %q", source, got, err, want)
		}
	}
	w.Clock.Step(2 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Held: 50})
}

func TestNewPostsAreFoundAboveKnownOnes(t *testing.T) {
	w := newRepeats(t, 50)
	w.FillAlice(t)
	w.Clock.Step(2 * time.Hour)
	w.Origin.Posts += 3
	before := askedIn(w)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 53, Held: 50, Imported: 3})
	wantAsked(t, w, before, asked{pages: 1, actors: 1, standings: 1, held: 1})
	// New posts that home has got by itself cost no check of the account.
	w.Clock.Step(2 * time.Hour)
	w.Origin.Posts++
	w.Home.HeldPosts[enginetest.PostURI(enginetest.Alice, 53)] = w.Clock.Now()
	before = askedIn(w)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 54, Held: 54})
	wantAsked(t, w, before, asked{pages: 1, held: 1})
}

// What has changed of the account counts before the first post is delivered.
func TestWhatIsRememberedIsCheckedBeforeADelivery(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *enginetest.World)
		want   backfill.Result
	}{
		"it opts out": {func(w *enginetest.World) { w.Origin.Change = "no more #nobackfill" },
			backfill.Result{Status: backfill.Skipped, Cause: backfill.OptedOut}},
		"it is no longer followed": {func(w *enginetest.World) { w.Home.AccountStanding.Following = false },
			backfill.Result{Status: backfill.FailedAccount, Cause: backfill.NotFollowed}},
		"it is blocked": {func(w *enginetest.World) { w.Home.AccountStanding.Blocking = true },
			backfill.Result{Status: backfill.Skipped, Cause: backfill.Blocked}},
		"home takes nothing from it": {func(w *enginetest.World) { w.Home.AccountStanding.Refusal = "suspended" },
			backfill.Result{Status: backfill.Skipped, Cause: backfill.SuspendedByHome}},
		"it is gone": {func(w *enginetest.World) {
			w.Origin.RevalidateErr = &backfill.OriginError{Host: "photos.example", Cause: backfill.Gone, Err: backfill.ErrRefused}
		}, backfill.Result{Status: backfill.Partial, Cause: backfill.Gone}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newRepeats(t, 30)
			w.FillAlice(t)
			w.Clock.Step(2 * time.Hour)
			w.Origin.Posts += 3
			before := len(w.Home.AskedFor)
			c.change(w)
			r := w.FillAlice(t)
			if r.Status != c.want.Status || r.Cause != c.want.Cause || r.Imported != 0 || len(w.Home.AskedFor) != before {
				t.Errorf("%+v; asked for %d posts", r, len(w.Home.AskedFor)-before)
			}
		})
	}
}

// An account that has opted out is asked each time whether it still does.
func TestAnOptOutIsNotRememberedForLong(t *testing.T) {
	w := newRepeats(t, 5)
	w.Origin.Summary = "#nobot"
	if r := w.FillAlice(t); r.Cause != backfill.OptedOut {
		t.Fatalf("%+v", r)
	}
	w.Clock.Step(2 * time.Hour)
	w.Origin.Change = "hello again"
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Imported: 5})
}

// Nor is anybody asked about an account that is left out by the host of its remembered
// actor.
func TestARememberedActorOfAnExcludedServer(t *testing.T) {
	w := newRepeats(t, 5)
	w.Engine.Accounts, w.Engine.Origin = withoutURI{w.Home}, elsewhere{w.Origin}
	w.Engine.Options.Exclusions = leaveOut(t, false, "social.spam.example")
	if r := w.FillAlice(t); r.Cause != backfill.Excluded || w.Origin.Revalidated+w.Origin.PagesRead != 0 {
		t.Errorf("%+v; the origin was asked for %d actors", r, w.Origin.Revalidated)
	}
}

// Home may forget an account and know it again under another id.
func TestAnIDThatHomeHasForgotten(t *testing.T) {
	w := newRepeats(t, 30)
	w.FillAlice(t)
	w.Clock.Step(2 * time.Hour)
	w.Origin.Posts += 3
	w.Home.ID, w.Home.Forgotten = "2", "1"
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 33, Held: 30, Imported: 3})
	if w.Home.AccountsAsked != 2 {
		t.Errorf("home was asked for the account %d times", w.Home.AccountsAsked)
	}
}

// A listing that has moved is read in its new place, and what was picked in the old
// one is delivered.
func TestAListingThatHasMoved(t *testing.T) {
	w := newRepeats(t, 30)
	w.FillAlice(t)
	w.Clock.Step(2 * time.Hour)
	w.Origin.Posts += 3
	w.Origin.Moves = 4
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 37, Held: 30, Imported: 7})
}

func TestFull(t *testing.T) {
	w := newRepeats(t, 50)
	w.FillAlice(t)
	gone := enginetest.PostURI(enginetest.Alice, 7)
	delete(w.Home.HeldPosts, gone)
	w.Clock.Step(2 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Held: 50})
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.Full = true
	before, reopened := askedIn(w), w.Origin.Reopened
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Held: 49, Imported: 1})
	// Home tells no dates here, so that its list is read through.
	wantAsked(t, w, before, asked{pages: 3, standings: 1, held: 2})
	if w.Origin.Reopened != reopened+1 {
		t.Error("the account was not opened afresh")
	}
	if times := w.Home.TimesAsked(); times[gone] != 2 || len(w.Home.AskedFor) != 51 {
		t.Errorf("asked for it %d times, and for %d posts", times[gone], len(w.Home.AskedFor))
	}
	// What is refused now is no longer taken to be there.
	delete(w.Home.HeldPosts, gone)
	w.Home.OnImport = func(string, int) error { return backfill.ErrRefused }
	w.Clock.Step(2 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Held: 49, Refused: 1})
	w.Engine.Options.Full, w.Home.OnImport = false, nil
	w.Clock.Step(2 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 50, Held: 49, Imported: 1})
}

// A run with --full within the hour after another one has something left to do.
func TestFullIsNotCoveredByAnOrdinaryRun(t *testing.T) {
	w := newRepeats(t, 5)
	w.FillAlice(t)
	w.Engine.Options.Full = true
	if r := w.FillAlice(t); r.Status != backfill.Deferred || r.Cause != backfill.Limited {
		t.Fatalf("%+v", r)
	}
	var noted []bool
	w.Clock.Step(2 * time.Hour)
	for d, err := range w.Ledger.Due(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		noted = append(noted, d.Wanted.Full)
	}
	if !slices.Equal(noted, []bool{true}) {
		t.Errorf("noted %v", noted)
	}
}

// Posts in no order are read to the end each time: an unchanged top says nothing.
func TestAnUnchangedTopOfAListingInNoOrder(t *testing.T) {
	w := newRepeats(t, 60)
	mixed := func(n int) []int {
		order := upwards(n)
		for i := 0; i+7 < n; i += 2 {
			order[i], order[i+7] = order[i+7], order[i]
		}
		slices.Reverse(order[n/3 : 2*n/3])
		return order
	}
	w.Engine.Origin = shelf{Origin: w.Origin, pageSize: 20, arrange: mixed}
	w.FillAlice(t)
	for range 2 {
		w.Clock.Step(2 * time.Hour)
		before := w.Origin.PagesRead
		if r := w.FillAlice(t); r.Held != 60 || w.Origin.PagesRead-before != 3 {
			t.Errorf("%+v; %d pages", r, w.Origin.PagesRead-before)
		}
	}
}

// A post that is dated in the future is imported once its date has come, although the
// page that has it is unchanged.
func TestAPostOfTheFutureOnAnUnchangedTop(t *testing.T) {
	w := newRepeats(t, 5)
	w.Origin.Top = w.Clock.Now().Add(25 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 4, Imported: 4})
	w.Clock.Step(2 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Held: 4, Imported: 1})
	w.Clock.Step(2 * time.Hour)
	before := askedIn(w)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Held: 5})
	wantAsked(t, w, before, asked{pages: 1})
}
