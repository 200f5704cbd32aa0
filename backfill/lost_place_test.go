package backfill_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// interruptedWorld makes a first run stop after some posts, far above the end.
func interruptedWorld(t *testing.T, posts, after int) *enginetest.World {
	t.Helper()
	w := enginetest.NewWorld(t, posts)
	ctx, cancel := context.WithCancel(t.Context())
	settled := 0
	w.Listener.OnEvent = func(e backfill.Event) {
		if _, ok := e.(backfill.PostSettled); ok {
			if settled++; settled == after {
				cancel()
			}
		}
	}
	if _, err := w.RunIn(ctx, enginetest.Alice); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.Listener.OnEvent = nil
	return w
}

func unreadable(cause backfill.Cause, status string) error {
	return &backfill.OriginError{Host: "photos.example", Cause: cause, Err: errors.New("answered " + status)}
}

// renumber makes an origin forget all its cursors, as after a reinstallation: the
// ones it gives from the top are now different.
func renumber(w *enginetest.World, err error) {
	old := make(map[string]bool)
	for i := w.Origin.Posts; i > 0; i -= enginetest.PageSize {
		old[strconv.Itoa(i)] = true
	}
	w.Origin.Posts += 3
	w.Origin.OnPage = func(cursor string) error {
		if old[cursor] {
			return err
		}
		return nil
	}
}

// A place that the origin no longer accepts is tried in two runs; then the listing
// is walked from the top to its end.
func TestAPlaceThatTheOriginNoLongerTakes(t *testing.T) {
	for _, fault := range []error{
		unreadable(backfill.NotFound, "404 Not Found"), unreadable(backfill.Gone, "410 Gone"),
		unreadable(backfill.Malformed, "400 Bad Request"), unreadable(backfill.ServerError, "500 Internal Server Error"),
		unreadable(backfill.Forbidden, "with a next page on another host"), unreadable(backfill.NeedsSignature, "401 Unauthorized"),
		unreadable(backfill.Walled, "403 Forbidden although the request was signed"),
	} {
		w := interruptedWorld(t, 200, 30)
		renumber(w, fault)
		for range 2 {
			w.Clock.Step(8 * 24 * time.Hour)
			r := w.FillAlice(t)
			if r.Status != backfill.Partial || r.RetryAt.IsZero() ||
				!strings.Contains(r.Reason, "no longer serves the place in the list where an earlier run stopped") {
				t.Errorf("%v: %+v", fault, r)
			}
		}
		w.Clock.Step(8 * 24 * time.Hour)
		r := w.FillAlice(t)
		if r.Status != backfill.Done || r.Listed != 203 || r.Eligible != 203 || r.Held+r.Imported != 203 {
			t.Errorf("%v: %+v", fault, r)
		}
		for uri, n := range w.Home.TimesAsked() {
			if n != 1 {
				t.Errorf("%s was asked for %d times", uri, n)
			}
		}
		w.Clock.Step(2 * time.Hour)
		w.Origin.PagesRead = 0
		if enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 203, Held: 203}); w.Origin.PagesRead != 1 {
			t.Errorf("%v: %d pages were read of a listing that is known whole", fault, w.Origin.PagesRead)
		}
	}
}

// An interrupted walk from the top continues where it stopped.
func TestTheWalkFromTheTopCanBeInterrupted(t *testing.T) {
	w := interruptedWorld(t, 200, 30)
	renumber(w, unreadable(backfill.NotFound, "404 Not Found"))
	for range 2 {
		w.Clock.Step(8 * 24 * time.Hour)
		w.FillAlice(t)
	}
	w.Clock.Step(8 * 24 * time.Hour)
	lost := w.Origin.OnPage
	ctx, cancel := context.WithCancel(t.Context())
	w.Origin.OnPage = func(cursor string) error {
		if cursor == "123" {
			cancel()
			return ctx.Err()
		}
		return lost(cursor)
	}
	if results, err := w.RunIn(ctx, enginetest.Alice); !errors.Is(err, context.Canceled) || results[0].Status != backfill.Interrupted {
		t.Fatalf("%+v, %v", results, err)
	}
	w.Origin.OnPage = lost
	if r := w.FillAlice(t); r.Status != backfill.Done || r.Eligible != 203 {
		t.Errorf("%+v", r)
	}
}

// A page that fails for good, also when reached from the top, is no reason to walk
// from the top in every run.
func TestAPageThatFailsForGood(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Origin.OnPage = func(cursor string) error {
		if cursor == "40" {
			return unreadable(backfill.NotFound, "404 Not Found")
		}
		return nil
	}
	var pages []int
	for i := range 6 {
		w.Origin.PagesRead = 0
		r := w.FillAlice(t)
		if pages = append(pages, w.Origin.PagesRead); r.Status != backfill.Partial || r.Cause != "" || !strings.Contains(r.Reason, "404 Not Found") {
			t.Errorf("run %d: %+v", i+1, r)
		}
		if strings.Contains(r.Reason, "does not know the account") {
			t.Errorf("run %d: a page is no account: %s", i+1, r.Reason)
		}
		if want := "does not serve page 4 of the list"; i == 0 && !strings.Contains(r.Reason, want) {
			t.Errorf("got %s, want %s", r.Reason, want)
		}
		if final := i >= 2; r.RetryAt.IsZero() != final {
			t.Errorf("run %d: retry at %v", i+1, r.RetryAt)
		}
		w.Clock.Step(2 * time.Hour)
	}
	if want := []int{3, 1, 4, 1, 1, 1}; !slices.Equal(pages, want) {
		t.Errorf("read %v pages in the runs, want %v", pages, want)
	}
}

// If the list is missing, the account still exists, as its actor has just shown.
func TestAListThatIsNotThere(t *testing.T) {
	for _, cause := range []backfill.Cause{backfill.NotFound, backfill.Gone} {
		w := enginetest.NewWorld(t, 10)
		w.Origin.OnPage = func(string) error { return unreadable(cause, "an error") }
		if r := w.FillAlice(t); r.Status != backfill.FailedAccount || !strings.Contains(r.Reason, "does not serve the list of posts") {
			t.Errorf("%s: %+v", cause, r)
		}
	}
}

// A failure of the whole origin does not cost the place in its list.
func TestAnOriginThatIsAwayLosesNoPlace(t *testing.T) {
	w := interruptedWorld(t, 200, 30)
	w.Origin.OnPage = func(cursor string) error {
		if cursor != "" {
			return unreadable(backfill.Unreachable, "nothing")
		}
		return nil
	}
	for range 4 {
		w.Clock.Step(2 * time.Hour)
		if r := w.FillAlice(t); r.Status != backfill.Partial || !strings.Contains(r.Reason, "can") {
			t.Errorf("%+v", r)
		}
	}
	w.Origin.OnPage = nil
	w.Origin.PagesRead = 0
	w.Clock.Step(2 * time.Hour)
	if r := w.FillAlice(t); r.Status != backfill.Done || w.Origin.PagesRead > 9 {
		t.Errorf("%d pages: %+v", w.Origin.PagesRead, r)
	}
}
