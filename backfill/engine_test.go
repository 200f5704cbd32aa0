package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

func TestFillsAndThenHasNothingToDo(t *testing.T) {
	w := enginetest.NewWorld(t, 45)
	w.Home.HeldPosts[enginetest.PostURI(enginetest.Alice, 44)] = w.Clock.Now().AddDate(0, 0, -1)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 45, Held: 1, Imported: 44})

	w.Clock.Step(2 * time.Hour)
	w.Home.AskedFor, w.Origin.PagesRead, w.Home.HeldPages = nil, 0, 0
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 45, Held: 45})
	if len(w.Home.AskedFor) != 0 || w.Origin.PagesRead != 1 || w.Home.HeldPages != 0 {
		t.Errorf("the second run asked for %d posts, %d pages of the origin and %d of home",
			len(w.Home.AskedFor), w.Origin.PagesRead, w.Home.HeldPages)
	}
}

func TestNewPostsOnTopAreFoundLater(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.FillAlice(t)
	w.Clock.Step(2 * time.Hour)
	w.Origin.Posts, w.Origin.PagesRead = 145, 0
	w.Origin.Top = w.Origin.Top.AddDate(0, 0, 45)
	w.Clock.Step(50 * 24 * time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 145, Held: 100, Imported: 45})
	if w.Origin.PagesRead != 3 {
		t.Errorf("%d pages read, want the 3 with new posts", w.Origin.PagesRead)
	}
}

func TestLimitTakesTheNewest(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Engine.Options.Limit = 30
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 30, Imported: 30})
	if times := w.Home.TimesAsked(); times[enginetest.PostURI(enginetest.Alice, 99)] != 1 || times[enginetest.PostURI(enginetest.Alice, 70)] != 1 || times[enginetest.PostURI(enginetest.Alice, 69)] != 0 {
		t.Error("not the newest 30")
	}
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.Limit = 0
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 100, Held: 30, Imported: 70})
	for uri, n := range w.Home.TimesAsked() {
		if n != 1 {
			t.Errorf("%s was asked for %d times", uri, n)
		}
	}
}

func TestSinceAndUntil(t *testing.T) {
	w := enginetest.NewWorld(t, 400)
	now := w.Clock.Now()
	w.Engine.Options.Since, w.Engine.Options.Until = now.AddDate(0, 0, -50), now.AddDate(0, 0, -31)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 20, Imported: 20})
	if w.Origin.PagesRead > 4 {
		t.Errorf("%d pages read for a window that ends on the third", w.Origin.PagesRead)
	}
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.Since, w.Engine.Options.Until = now.AddDate(0, 0, -60), time.Time{}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 60, Held: 20, Imported: 40})
}

func TestWaitLimitWaits(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.FillAlice(t)
	w.Engine.Options.WaitLimit = true
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Held: 5})
	if w.Clock.Waited() < 55*time.Minute {
		t.Errorf("waited only %v", w.Clock.Waited())
	}
}

func TestInterruptedWhileWaitingForTheLimit(t *testing.T) {
	bob := fediverse.Handle{User: "bob", Domain: "notes.example"}
	w := enginetest.NewWorld(t, 5)
	if _, err := w.Run(t, enginetest.Alice, bob); err != nil {
		t.Fatal(err)
	}
	w.Engine.Options.WaitLimit = true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.Listener.OnEvent = func(e backfill.Event) {
		if _, ok := e.(backfill.Waiting); ok {
			cancel()
		}
	}
	results, err := w.RunIn(ctx, enginetest.Alice, bob)
	if !errors.Is(err, context.Canceled) || len(results) != 2 {
		t.Fatalf("results %+v, error %v", results, err)
	}
	for _, r := range results {
		if r.Status != backfill.Interrupted || r.RetryAt.IsZero() {
			t.Errorf("%s is %s, from %v on", r.Account, r.Status, r.RetryAt)
		}
	}
	// --due runs those that waited, as they were meant.
	due := make(map[fediverse.Handle]time.Time)
	for d, err := range w.Ledger.Deferrals(t.Context()) {
		if err != nil || d.Wanted == nil || d.Wanted.Limit != 500 {
			t.Errorf("%+v, %v", d, err)
		}
		due[d.Account] = d.RetryAt
	}
	if len(due) != 2 || !due[enginetest.Alice].Equal(results[0].RetryAt) && !due[enginetest.Alice].Equal(results[1].RetryAt) {
		t.Errorf("deferred: %v", due)
	}
}

func TestInterruptedGoesOnWithoutANewToken(t *testing.T) {
	w := enginetest.NewWorld(t, 200)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	settled := 0
	w.Listener.OnEvent = func(e backfill.Event) {
		if _, ok := e.(backfill.PostSettled); ok {
			if settled++; settled == 57 {
				cancel()
			}
		}
	}
	results, err := w.RunIn(ctx, enginetest.Alice)
	if !errors.Is(err, context.Canceled) || len(results) != 1 || results[0].Status != backfill.Interrupted {
		t.Fatalf("results %+v, error %v", results, err)
	}
	done := results[0].Imported
	if done < 57 || done > 60 {
		t.Errorf("%d imported before the end", done)
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 200, Imported: 200})
	for uri, n := range w.Home.TimesAsked() {
		if n != 1 {
			t.Errorf("%s was asked for %d times", uri, n)
		}
	}
}

func TestRefusedPostsAreTriedInLaterRuns(t *testing.T) {
	w := enginetest.NewWorld(t, 10)
	bad := enginetest.PostURI(enginetest.Alice, 3)
	w.Home.OnImport = func(uri string, _ int) error {
		if uri == bad {
			return backfill.ErrRefused
		}
		return nil
	}
	r := w.FillAlice(t)
	enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 9, Refused: 1})
	if r.RetryAt.IsZero() {
		t.Error("no time for another try")
	}
	for run := 2; run <= 6; run++ {
		w.Clock.Step(10 * 24 * time.Hour)
		r = w.FillAlice(t)
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 10, Held: 9, Refused: 1})
		if again := !r.RetryAt.IsZero(); again != (run < 5) {
			t.Errorf("run %d: another try at %v", run, r.RetryAt)
		}
	}
	if n := w.Home.TimesAsked()[bad]; n != 5 {
		t.Errorf("tried %d times, want 5", n)
	}
}

func TestAllRefusedIsPartial(t *testing.T) {
	w := enginetest.NewWorld(t, 4)
	w.Home.OnImport = func(string, int) error { return backfill.ErrRefused }
	r := w.FillAlice(t)
	enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Partial, Eligible: 4, Refused: 4})
	if r.Hint == (backfill.Hint{}) {
		t.Error("no hint")
	}
}

func TestRestingPostsAreLeftAlone(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Home.OnImport = func(uri string, _ int) error {
		if uri == enginetest.PostURI(enginetest.Alice, 1) {
			return &backfill.AnswerError{Server: "home.example", Status: 500}
		}
		return nil
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Partial, Eligible: 3, Imported: 2, Failed: 1})
	w.Clock.Step(time.Hour + time.Second)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Partial, Eligible: 3, Held: 2, Failed: 1})
	w.Clock.Step(time.Hour + time.Second)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 3, Held: 2, Failed: 1})
	// Twice in a run: what may pass is retried once at the end.
	if n := w.Home.TimesAsked()[enginetest.PostURI(enginetest.Alice, 1)]; n != 4 {
		t.Errorf("tried %d times; the second gap is six hours", n)
	}
}

func TestHomeLimitsForLong(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Engine.Options.DepthFirst = true
	tomorrow := w.Clock.Now().Add(24 * time.Hour)
	limit := &backfill.UnavailableError{Server: "home.example", Err: &backfill.NotNowError{Status: 429, RetryAt: tomorrow}}
	w.Home.OnImport = func(uri string, _ int) error {
		if uri < enginetest.PostURI(enginetest.Alice, 70) {
			return limit
		}
		return nil
	}
	bob := fediverse.Handle{User: "bob", Domain: "photos.example"}
	results, err := w.Run(t, enginetest.Alice, bob)
	if err != nil || len(results) != 2 {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for i, imported := range []int{30, 0} {
		if r := results[i]; r.Status != backfill.Deferred || r.Cause != backfill.NotNow || r.Imported != imported || !r.RetryAt.Equal(tomorrow) ||
			r.Reason != "home.example says not now (429)" {
			t.Errorf("%+v", r)
		}
	}
	if n := w.Home.AccountsAsked; n != 1 {
		t.Errorf("home was asked for %d accounts", n)
	}
	if w.Listener.Warnings() != 1 {
		t.Errorf("told:\n%s", w.Listener.WarningTexts())
	}
	w.Home.OnImport = nil
	w.Clock.Wait(t.Context(), 24*time.Hour)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 100, Held: 30, Imported: 70})
}

func TestHomeAwayForAMoment(t *testing.T) {
	w := enginetest.NewWorld(t, 10)
	w.Home.OnImport = func(uri string, nth int) error {
		if uri == enginetest.PostURI(enginetest.Alice, 5) && nth < 3 {
			return &backfill.UnavailableError{Server: "home.example", Err: errors.New("connection reset")}
		}
		return nil
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
}

func TestHomeUnwell(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Home.OnImport = func(string, int) error { return &backfill.AnswerError{Server: "home.example", Status: 503} }
	r := w.FillAlice(t)
	if r.Status != backfill.FailedAccount || len(w.Home.AskedFor) > 7 || r.RetryAt.IsZero() || r.Hint == (backfill.Hint{}) {
		t.Errorf("%d imports, %+v", len(w.Home.AskedFor), r)
	}
}

func TestTokenRevokedEndsTheRun(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Engine.Options.DepthFirst = true
	revoked := &backfill.UnauthorizedError{Server: "home.example"}
	w.Home.OnImport = func(string, int) error { return revoked }
	results, err := w.Run(t, enginetest.Alice, fediverse.Handle{User: "bob", Domain: "photos.example"})
	if !errors.Is(err, revoked) || len(results) != 1 || results[0].Status != backfill.FailedAccount {
		t.Errorf("%+v, error %v", results, err)
	}
}

func TestBreakInTheListing(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Origin.OnPage = func(cursor string) error {
		if cursor == "40" {
			return &backfill.OriginError{Host: "photos.example", Cause: backfill.ServerError, Err: errors.New("500")}
		}
		return nil
	}
	r := w.FillAlice(t)
	enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Partial, Eligible: 60, Imported: 60})
	if r.RetryAt.IsZero() || r.ProfileURL == "" {
		t.Errorf("%+v", r)
	}
	w.Origin.OnPage = nil
	w.Clock.Step(2 * time.Hour)
	w.Origin.PagesRead = 0
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 100, Held: 60, Imported: 40})
	if w.Origin.PagesRead != 3 {
		t.Errorf("%d pages read, want the first and the two that were missing", w.Origin.PagesRead)
	}
}

func TestOriginAsksForAPause(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	until := w.Clock.Now().Add(20 * time.Minute)
	w.Origin.OnPage = func(cursor string) error {
		if cursor == "60" {
			return &backfill.PausedError{Host: "photos.example", Until: until}
		}
		return nil
	}
	r := w.FillAlice(t)
	enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Deferred, Eligible: 40, Imported: 40})
	if !r.RetryAt.Equal(until) {
		t.Errorf("retry at %v", r.RetryAt)
	}
	w.Origin.OnPage = nil
	w.Clock.Step(20 * time.Minute)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 100, Held: 40, Imported: 60})
}

// What somebody has chosen is skipped; what a retry or a person can fix is failed.
func TestOriginClosed(t *testing.T) {
	for cause, want := range map[backfill.Cause]backfill.Status{
		backfill.Gone: backfill.Skipped, backfill.NotFound: backfill.Skipped, backfill.NoOutbox: backfill.Skipped,
		backfill.Suspended: backfill.Skipped, backfill.Moved: backfill.Skipped, backfill.Hidden: backfill.Skipped,
		backfill.Robots: backfill.Skipped,

		backfill.NeedsSignature: backfill.FailedAccount, backfill.Walled: backfill.FailedAccount,
		backfill.ServerError: backfill.FailedAccount, backfill.Unreachable: backfill.FailedAccount,
		backfill.Malformed: backfill.FailedAccount, backfill.Forbidden: backfill.FailedAccount,
	} {
		w := enginetest.NewWorld(t, 10)
		why := errors.New("it is so")
		if cause == backfill.Robots {
			why = &backfill.RobotsError{Agent: "*", Rule: "Disallow: /", Path: "/"}
		}
		w.Origin.OpenErr = &backfill.OriginError{Host: "photos.example", Cause: cause, Err: why}
		r := w.FillAlice(t)
		if r.Status != want || r.Cause != cause || r.Reason == "" || r.ProfileURL == "" || len(w.Home.AskedFor) != 0 {
			t.Errorf("%s: %+v", cause, r)
		}
		if r.Hint == (backfill.Hint{}) {
			t.Errorf("%s has no hint", cause)
		}
	}
}

// If a listing that was asked for by name is missing, the person who asked may have
// made a mistake.
func TestAListingAskedForByNameIsAFailure(t *testing.T) {
	for cause, want := range map[backfill.Cause]backfill.Status{
		backfill.NotFound: backfill.FailedAccount, backfill.NoOutbox: backfill.FailedAccount, backfill.Gone: backfill.Skipped,
	} {
		w := enginetest.NewWorld(t, 10)
		w.Engine.Options.Listing = "misskey"
		w.Origin.OpenErr = &backfill.OriginError{Host: "photos.example", Cause: cause, Err: errors.New("it is so")}
		if r := w.FillAlice(t); r.Status != want || r.Cause != cause {
			t.Errorf("%s: %+v", cause, r)
		}
	}
}

func TestEveryShortfallHasItsCause(t *testing.T) {
	for cause, want := range map[backfill.Cause]backfill.Status{
		backfill.Hidden: backfill.Skipped, backfill.Suspended: backfill.Skipped, backfill.Moved: backfill.Skipped,
		backfill.Capped: backfill.Done, backfill.Empty: backfill.Done, "": backfill.Done,
	} {
		w := enginetest.NewWorld(t, 0)
		w.Origin.ShortBecause = cause
		if r := w.FillAlice(t); r.Status != want || r.Cause != cause {
			t.Errorf("%q: %+v", cause, r)
		}
	}
}

func TestPreconditions(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(*enginetest.World)
		handle  fediverse.Handle
		status  backfill.Status
		retries bool
	}{
		"not followed": {func(w *enginetest.World) { w.Home.AccountStanding = backfill.Standing{} }, enginetest.Alice, backfill.FailedAccount, false},
		"follow pending": {func(w *enginetest.World) { w.Home.AccountStanding = backfill.Standing{Requested: true} },
			enginetest.Alice, backfill.Deferred, true},
		"blocked": {func(w *enginetest.World) { w.Home.AccountStanding.BlockedBy = true }, enginetest.Alice, backfill.Skipped, false},
		"not followed but wanted": {func(w *enginetest.World) {
			w.Home.AccountStanding, w.Engine.Options.NotFollowed = backfill.Standing{}, true
		},
			enginetest.Alice, backfill.Done, false},
		"opted out on home": {func(w *enginetest.World) { w.Home.Note = "<p>#nobot</p>" }, enginetest.Alice, backfill.Skipped, false},
		"opted out on the origin": {func(w *enginetest.World) { w.Origin.Summary = "#nobackfill" },
			enginetest.Alice, backfill.Skipped, false},
		"local":   {func(*enginetest.World) {}, fediverse.Handle{User: "me", Domain: "home.example"}, backfill.Skipped, false},
		"unknown": {func(*enginetest.World) {}, fediverse.Handle{User: "nobody", Domain: "photos.example"}, backfill.FailedAccount, false},
	} {
		w := enginetest.NewWorld(t, 3)
		c.prepare(w)
		results, err := w.Run(t, c.handle)
		if err != nil || len(results) != 1 {
			t.Fatalf("%s: %d results, error %v", name, len(results), err)
		}
		r := results[0]
		if r.Status != c.status || r.RetryAt.IsZero() == c.retries {
			t.Errorf("%s: %+v", name, r)
		}
		if c.status != backfill.Done && (r.Reason == "" || len(w.Home.AskedFor) != 0) {
			t.Errorf("%s: reason %q, %d imports", name, r.Reason, len(w.Home.AskedFor))
		}
	}
}

func TestAPendingFollowUsesNoToken(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Home.AccountStanding = backfill.Standing{Requested: true}
	w.FillAlice(t)
	w.Home.AccountStanding = backfill.Standing{Following: true}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 3, Imported: 3})
}

func TestDryRunChangesNothing(t *testing.T) {
	w := enginetest.NewWorld(t, 30)
	w.Home.HeldPosts[enginetest.PostURI(enginetest.Alice, 29)] = w.Clock.Now()
	w.Engine = w.Engine.DryRun()
	for range 2 {
		r := w.FillAlice(t)
		if r.Status != backfill.Done || r.Imported != 0 || r.Held != 1 || r.Eligible != 30 {
			t.Errorf("%+v", r)
		}
	}
	if len(w.Home.AskedFor) != 0 || w.Home.Requested != 0 {
		t.Error("home was asked to do something")
	}
	would := 0
	for _, e := range w.Listener.Events {
		if s, ok := e.(backfill.PostSettled); ok && s.Outcome == backfill.WouldImport {
			would++
		}
	}
	if would != 2*29 {
		t.Errorf("%d posts would be imported", would)
	}
	if at, err := w.Ledger.LastBackfill(t.Context(), enginetest.Alice); err != nil || !at.IsZero() {
		t.Errorf("the ledger knows of a backfill: %v, %v", at, err)
	}
}

func TestManyAccountsAndOneBusyOrigin(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	var handles []fediverse.Handle
	for i := range 300 {
		domain := "busy.example"
		if i%3 == 0 {
			domain = fmt.Sprintf("o%d.example", i)
		}
		handles = append(handles, fediverse.Handle{User: fmt.Sprintf("u%d", i), Domain: domain})
	}
	results, err := w.Run(t, handles...)
	if err != nil || len(results) != len(handles) {
		t.Fatalf("%d results, error %v", len(results), err)
	}
	for _, r := range results {
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 3, Imported: 3})
	}
}

func TestAJobsErrorEndsTheRun(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	broken := errors.New("the list is broken")
	err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
		_ = yield(backfill.Target{Handle: enginetest.Alice}, nil) && yield(backfill.Target{}, broken)
	})
	if !errors.Is(err, broken) || len(w.Listener.Results()) != 1 {
		t.Errorf("%d results, error %v", len(w.Listener.Results()), err)
	}
}

func TestShortfalls(t *testing.T) {
	for cause, want := range map[backfill.Cause]backfill.Status{
		backfill.Empty: backfill.Done, backfill.Hidden: backfill.Skipped, backfill.Capped: backfill.Done,
		backfill.Moved: backfill.Skipped, backfill.Suspended: backfill.Skipped,
	} {
		w := enginetest.NewWorld(t, 0)
		w.Origin.ShortBecause = cause
		if r := w.FillAlice(t); r.Status != want || r.Reason == "" || r.Hint == (backfill.Hint{}) {
			t.Errorf("%s: %+v", cause, r)
		}
	}
}

// A listing may break off, and another one starts from the top.
func TestAnotherListingTakesOver(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Origin.BreaksAt = "60"
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 100, Imported: 100})
	for uri, n := range w.Home.TimesAsked() {
		if n != 1 {
			t.Errorf("%s was asked for %d times", uri, n)
		}
	}
	w.Clock.Step(2 * time.Hour)
	w.Home.AskedFor = nil
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 100, Held: 100})
}

// aliases gives accounts a name other than the one they are asked for by, like
// accounts whose domain is not the host they live on.
type aliases struct {
	*enginetest.Home
	away bool
}

func (a *aliases) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	if a.away {
		return fediverse.Account{}, &backfill.AnswerError{Server: "home.example", Status: 500}
	}
	h.Domain = strings.TrimPrefix(h.Domain, "web.")
	return a.Home.Account(ctx, h)
}

// A run takes back what another process noted meanwhile only if the run has done
// that as well.
func TestADeferralForMoreStays(t *testing.T) {
	for _, c := range []struct {
		noted, taken *backfill.Wanted
		stays        bool
	}{
		{noted: &backfill.Wanted{Limit: 500, Via: backfill.ViaAuto}},
		{noted: &backfill.Wanted{Limit: 500, Via: backfill.ViaAuto, Boosts: true}, stays: true},
		{
			noted: &backfill.Wanted{Limit: 500, Via: backfill.ViaAuto, Boosts: true},
			taken: &backfill.Wanted{Limit: 500, Via: backfill.ViaAuto},
			stays: true,
		},
		{
			noted: &backfill.Wanted{Limit: 500, Via: backfill.ViaAuto, Boosts: true, Spelling: "Alice"},
			taken: &backfill.Wanted{Limit: 500, Via: backfill.ViaAuto, Boosts: true},
		},
		{},
	} {
		w := enginetest.NewWorld(t, 5)
		noted := false
		w.Listener.OnEvent = func(e backfill.Event) {
			if _, ok := e.(backfill.PageListed); !ok || noted {
				return
			}
			noted = true
			d := backfill.Deferral{Account: enginetest.Alice, RetryAt: w.Clock.Now().Add(time.Hour), Reason: "busy", Wanted: c.noted}
			if err := w.Defer(t.Context(), d); err != nil {
				t.Error(err)
			}
		}
		err := w.Engine.Run(t.Context(), func(yield func(backfill.Target, error) bool) {
			yield(backfill.Target{Handle: enginetest.Alice, Wanted: c.taken}, nil)
		})
		if err != nil || !noted {
			t.Fatalf("noted %t, error %v", noted, err)
		}
		stays := false
		for d, err := range w.Ledger.Deferrals(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			stays = d.Wanted != nil && d.Wanted.Boosts
		}
		if stays != c.stays {
			t.Errorf("noted %+v: it stays: %t", c.noted, stays)
		}
	}
}

// Once it is known which account a name stands for, its note has the canonical
// handle, whatever happens to the run.
func TestANoteUnderAnotherNameIsRenamed(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	w.Engine.Accounts = &aliases{Home: w.Home}
	alias := fediverse.Handle{User: "alice", Domain: "web.photos.example"}
	err := w.Defer(t.Context(), backfill.Deferral{
		Account: alias, RetryAt: w.Clock.Now(), Wanted: &backfill.Wanted{Via: backfill.ViaResolve, Boosts: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.Origin.OnPage = func(string) error {
		cancel()
		return context.Canceled
	}
	results, err := w.RunIn(ctx, alias)
	if !errors.Is(err, context.Canceled) || len(results) != 1 || results[0].Account != enginetest.Alice {
		t.Fatalf("results %+v, error %v", results, err)
	}
	for d, err := range w.Ledger.Deferrals(t.Context()) {
		if err != nil || d.Account != enginetest.Alice || !d.Wanted.Boosts {
			t.Errorf("%+v, error %v", d, err)
		}
	}
	if next, err := w.Ledger.NextDue(t.Context()); err != nil || next.IsZero() {
		t.Errorf("nothing is noted any more, error %v", err)
	}
}

func TestDeferredUnderAnotherName(t *testing.T) {
	w := enginetest.NewWorld(t, 5)
	accounts := &aliases{Home: w.Home, away: true}
	w.Engine.Accounts = accounts
	alias := fediverse.Handle{User: "alice", Domain: "web.photos.example"}
	deferred := func() (handles []fediverse.Handle) {
		for d, err := range w.Ledger.Deferrals(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			handles = append(handles, d.Account)
		}
		return handles
	}
	if _, err := w.Run(t, alias); err != nil || len(deferred()) != 1 {
		t.Fatalf("deferred %v, error %v", deferred(), err)
	}
	accounts.away = false
	results, err := w.Run(t, alias)
	if err != nil || len(results) != 1 || results[0].Account != enginetest.Alice {
		t.Fatalf("results %+v, error %v", results, err)
	}
	if left := deferred(); len(left) != 0 {
		t.Errorf("%v is still deferred", left)
	}
}
