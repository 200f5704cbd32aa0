package resolve_test

import (
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// attempts returns how many attempts the ledger counts against each post.
func attempts(t *testing.T, w *enginetest.World, uris ...string) []int {
	t.Helper()
	known, err := w.Ledger.Recorded(t.Context(), backfill.Run{Account: enginetest.Alice}, uris)
	if err != nil {
		t.Fatal(err)
	}
	var n []int
	for _, k := range known {
		n = append(n, k.Attempts)
	}
	return n
}

// homesOwn are errors that say nothing about the requested post.
var homesOwn = map[string]error{
	"crash": &backfill.AnswerError{Server: "home.example", Status: 500}, "bad gateway": &backfill.AnswerError{Server: "home.example", Status: 502, Foreign: true},
	"page": &backfill.AnswerError{Server: "home.example", Status: 200, Foreign: true}, "time-out": backfill.ErrUncertain,
}

// An outage is not the posts' fault: after any number of runs during it, the first
// run after it imports them.
func TestAnOutageCostsNoPosts(t *testing.T) {
	for name, trouble := range homesOwn {
		for _, posts := range []int{2, 40} {
			w, _ := enginetest.NewShakyWorld(t, posts)
			w.Home.OnImport = func(string, int) error { return trouble }
			for range 8 {
				if r := w.FillAlice(t); r.Imported != 0 || r.Status == backfill.Done {
					t.Fatalf("%s: %+v", name, r)
				}
				w.Clock.Step(8 * 24 * time.Hour)
			}
			w.Home.OnImport = nil
			if r := w.FillAlice(t); r.Status != backfill.Done || r.Imported != posts {
				t.Errorf("%s, %d posts: %+v", name, posts, r)
			}
		}
	}
}

// Posts that home always fails on, although it is well, do not keep the ones below
// them from being imported.
func TestTheNewestPostsDoNotBlockTheOthers(t *testing.T) {
	w, _ := enginetest.NewShakyWorld(t, 60)
	w.Home.OnImport = func(uri string, _ int) error {
		if uri >= enginetest.PostURI(enginetest.Alice, 50) {
			return &backfill.AnswerError{Server: "home.example", Status: 503}
		}
		return nil
	}
	for range 4 {
		w.FillAlice(t)
		w.Clock.Step(time.Hour + time.Minute)
	}
	if n := len(w.Home.HeldPosts); n != 50 {
		t.Errorf("home holds %d posts, want 50", n)
	}
}

// The same if the outage begins in the middle of a run: home has just answered other
// imports, but its pulse is gone at the end.
func TestAnOutageAtTheEndCostsNoPosts(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 20)
	last := enginetest.PostURI(enginetest.Alice, 1)
	away := &backfill.AnswerError{Server: "home.example", Status: 502, Foreign: true}
	gone := false
	w.Home.OnImport = func(uri string, _ int) error {
		if uri <= last {
			gone = true
			return away
		}
		return nil
	}
	s.Trouble = func(question string) error {
		if question == "pulse" && gone {
			return away
		}
		return nil
	}
	w.Engine.Options.Concurrency = 1
	if r := w.FillAlice(t); r.Imported != 18 || r.Failed != 2 {
		t.Errorf("%+v", r)
	}
	if n := attempts(t, w, last, enginetest.PostURI(enginetest.Alice, 0)); n[0] != 0 || n[1] != 0 {
		t.Errorf("attempts %v", n)
	}
}

// A post that home fails on while it answers others uses up its attempts, and only
// RetryLeft tries it again.
func TestAPostThatHomeFailsAtIsLeft(t *testing.T) {
	for name, trouble := range homesOwn {
		w, _ := enginetest.NewShakyWorld(t, 20)
		poison := enginetest.PostURI(enginetest.Alice, 10)
		w.Home.OnImport = func(uri string, _ int) error {
			if uri == poison {
				return trouble
			}
			return nil
		}
		for run := 1; run <= 5; run++ {
			w.Origin.Posts++ // a new post, which home answers
			if r := w.FillAlice(t); r.Failed != 1 || r.Status != backfill.Partial {
				t.Errorf("%s, run %d: %+v", name, run, r)
			}
			if n := attempts(t, w, poison)[0]; n != run {
				t.Errorf("%s, run %d: %d attempts", name, run, n)
			}
			w.Clock.Step(8 * 24 * time.Hour)
		}
		w.Home.OnImport = nil
		if r := w.FillAlice(t); r.Status != backfill.Done || r.Imported != 0 || r.Hint.Kind != backfill.RetryLeft {
			t.Errorf("%s: left: %+v", name, r)
		}
		w.Clock.Step(2 * time.Hour)
		w.Engine.Options.RetryLeft = true
		if r := w.FillAlice(t); r.Status != backfill.Done || r.Imported != 1 {
			t.Errorf("%s: with RetryLeft: %+v", name, r)
		}
	}
}

func TestRetryLeftTriesInVain(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	poison := enginetest.PostURI(enginetest.Alice, 1)
	w.Home.OnImport = func(uri string, _ int) error {
		if uri == poison {
			return &backfill.AnswerError{Server: "home.example", Status: 422}
		}
		return nil
	}
	for range 5 {
		w.FillAlice(t)
		w.Clock.Step(8 * 24 * time.Hour)
	}
	asked := w.Home.TimesAsked()[poison]
	w.Engine.Options.RetryLeft = true
	if r := w.FillAlice(t); r.Failed != 1 || !r.RetryAt.IsZero() || w.Home.TimesAsked()[poison] != asked+1 {
		t.Errorf("%+v after %d more tries", r, w.Home.TimesAsked()[poison]-asked)
	}
	w.Clock.Step(2 * time.Hour)
	w.Engine.Options.RetryLeft = false
	if r := w.FillAlice(t); w.Home.TimesAsked()[poison] != asked+1 {
		t.Errorf("without it: %+v", r)
	}
}

// A row of empty answers that ends a walk is not the posts' fault.
func TestARowOfEmptyAnswersCostsNoPosts(t *testing.T) {
	w, _ := enginetest.NewShakyWorld(t, 60)
	w.Home.OnImport = func(string, int) error { return backfill.ErrRefused }
	for range 7 {
		w.FillAlice(t)
		w.Clock.Step(8 * 24 * time.Hour)
	}
	w.Home.OnImport = nil
	if r := w.FillAlice(t); r.Imported != 60 {
		t.Errorf("%+v", r)
	}
}
