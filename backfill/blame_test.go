package backfill_test

import (
	"testing"
	"time"

	"tootfill/backfill"
)

// attempts returns how many attempts the ledger counts against each post.
func (w *world) attempts(t *testing.T, uris ...string) []int {
	t.Helper()
	known, err := w.ledger.Recorded(t.Context(), backfill.Run{Account: alice}, uris)
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
			w, _ := newShakyWorld(t, posts)
			w.home.imports = func(string, int) error { return trouble }
			for range 8 {
				if r := w.one(t); r.Imported != 0 || r.Status == backfill.Done {
					t.Fatalf("%s: %+v", name, r)
				}
				w.clock.Step(8 * 24 * time.Hour)
			}
			w.home.imports = nil
			if r := w.one(t); r.Status != backfill.Done || r.Imported != posts {
				t.Errorf("%s, %d posts: %+v", name, posts, r)
			}
		}
	}
}

// Posts that home always fails on, although it is well, do not keep the ones below
// them from being imported.
func TestTheNewestPostsDoNotBlockTheOthers(t *testing.T) {
	w, _ := newShakyWorld(t, 60)
	w.home.imports = func(uri string, _ int) error {
		if uri >= postURI(alice, 50) {
			return &backfill.AnswerError{Server: "home.example", Status: 503}
		}
		return nil
	}
	imported := 0
	for range 4 {
		imported += w.one(t).Imported
		w.clock.Step(time.Hour + time.Minute)
	}
	if imported != 50 {
		t.Errorf("%d posts were imported, want 50", imported)
	}
}

// The same if the outage begins in the middle of a run: home has just answered other
// imports, but its pulse is gone at the end.
func TestAnOutageAtTheEndCostsNoPosts(t *testing.T) {
	w, s := newShakyWorld(t, 20)
	last := postURI(alice, 1)
	away := &backfill.AnswerError{Server: "home.example", Status: 502, Foreign: true}
	gone := false
	w.home.imports = func(uri string, _ int) error {
		if uri <= last {
			gone = true
			return away
		}
		return nil
	}
	s.trouble = func(question string) error {
		if question == "pulse" && gone {
			return away
		}
		return nil
	}
	w.Options.Concurrency = 1
	if r := w.one(t); r.Imported != 18 || r.Failed != 2 {
		t.Errorf("%+v", r)
	}
	if n := w.attempts(t, last, postURI(alice, 0)); n[0] != 0 || n[1] != 0 {
		t.Errorf("attempts %v", n)
	}
}

// A post that home fails on while it answers others uses up its attempts, and only
// RetryLeft tries it again.
func TestAPostThatHomeFailsAtIsLeft(t *testing.T) {
	for name, trouble := range homesOwn {
		w, _ := newShakyWorld(t, 20)
		poison := postURI(alice, 10)
		w.home.imports = func(uri string, _ int) error {
			if uri == poison {
				return trouble
			}
			return nil
		}
		for run := 1; run <= 5; run++ {
			w.origin.n++ // a new post, which home answers
			if r := w.one(t); r.Failed != 1 || r.Status != backfill.Partial {
				t.Errorf("%s, run %d: %+v", name, run, r)
			}
			if n := w.attempts(t, poison)[0]; n != run {
				t.Errorf("%s, run %d: %d attempts", name, run, n)
			}
			w.clock.Step(8 * 24 * time.Hour)
		}
		w.home.imports = nil
		if r := w.one(t); r.Status != backfill.Done || r.Imported != 0 || r.Hint.Kind != backfill.RetryLeft {
			t.Errorf("%s: left: %+v", name, r)
		}
		w.clock.Step(2 * time.Hour)
		w.Options.RetryLeft = true
		if r := w.one(t); r.Status != backfill.Done || r.Imported != 1 {
			t.Errorf("%s: with RetryLeft: %+v", name, r)
		}
	}
}

func TestRetryLeftTriesInVain(t *testing.T) {
	w := newWorld(t, 3)
	poison := postURI(alice, 1)
	w.home.imports = func(uri string, _ int) error {
		if uri == poison {
			return &backfill.AnswerError{Server: "home.example", Status: 422}
		}
		return nil
	}
	for range 5 {
		w.one(t)
		w.clock.Step(8 * 24 * time.Hour)
	}
	asked := w.home.timesAsked()[poison]
	w.Options.RetryLeft = true
	if r := w.one(t); r.Failed != 1 || !r.RetryAt.IsZero() || w.home.timesAsked()[poison] != asked+1 {
		t.Errorf("%+v after %d more tries", r, w.home.timesAsked()[poison]-asked)
	}
	w.clock.Step(2 * time.Hour)
	w.Options.RetryLeft = false
	if r := w.one(t); w.home.timesAsked()[poison] != asked+1 {
		t.Errorf("without it: %+v", r)
	}
}

// A row of empty answers that ends a walk is not the posts' fault.
func TestARowOfEmptyAnswersCostsNoPosts(t *testing.T) {
	w, _ := newShakyWorld(t, 60)
	w.home.imports = func(string, int) error { return backfill.ErrRefused }
	for range 7 {
		w.one(t)
		w.clock.Step(8 * 24 * time.Hour)
	}
	w.home.imports = nil
	if r := w.one(t); r.Imported != 60 {
		t.Errorf("%+v", r)
	}
}
