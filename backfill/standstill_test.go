package backfill_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// mostFruitless is how many runs in a row may try an account in vain before it is no
// longer due.
const mostFruitless = 10

// steadyPattern answers each post of an account in the same way each time. Neighbours
// often share their fate, as posts of one time or of one software do.
func steadyPattern(random *rand.Rand, posts int) map[string]error {
	kinds := []error{
		nil, nil, backfill.ErrRefused, backfill.ErrRefused, backfill.ErrUncertain,
		&backfill.AnswerError{Server: "home.example", Status: 500},
		&backfill.AnswerError{Server: "home.example", Status: 422},
	}
	pattern := make(map[string]error)
	for i := 0; i < posts; {
		kind, length := kinds[random.IntN(len(kinds))], 1+random.IntN(1+random.IntN(40))
		for ; length > 0 && i < posts; length, i = length-1, i+1 {
			pattern[enginetest.PostURI(enginetest.Alice, i)] = kind
		}
	}
	return pattern
}

// runsWhileDue runs the engine over alice for as long as she is due, each time as soon as
// she is, and checks that no more than mostFruitless runs in a row try her in vain. It
// returns the last result and how many imports all of them have told of.
func runsWhileDue(t *testing.T, w *enginetest.World) (last backfill.Result, told int) {
	t.Helper()
	for fruitless := 0; ; {
		asked, held := len(w.Home.AskedFor), len(w.Home.HeldPosts)
		last = w.FillAlice(t)
		told += last.Imported
		if len(w.Home.AskedFor) > asked {
			fruitless++
		}
		if len(w.Home.HeldPosts) > held {
			fruitless = 0
		}
		next, err := w.Ledger.NextDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() {
			return last, told
		}
		if fruitless >= mostFruitless {
			t.Fatalf("after %d runs in vain: %+v", fruitless, last)
		}
		w.Clock.Step(max(0, next.Sub(w.Clock.Now())))
	}
}

// Whatever home or the origin keeps refusing: after a bounded number of runs in vain the
// run is closed and the account is no longer due, and no import is told of twice.
func TestRefusalsThatStayTheSameComeToAnEnd(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 3))
			posts := 1 + random.IntN(1+random.IntN(200))
			pattern := steadyPattern(random, posts)
			w, _ := enginetest.NewShakyWorld(t, posts)
			w.Home.OnImport = func(uri string, _ int) error { return pattern[uri] }
			last, told := runsWhileDue(t, w)
			if held := len(w.Home.HeldPosts); told != held {
				t.Errorf("%d imports were told of, and home has %d posts", told, held)
			}
			past, err := w.Ledger.LastRun(t.Context(), enginetest.Alice)
			if err != nil || past.Open {
				t.Errorf("the last run is open: %+v, error %v", past, err)
			}
			switch last.Status {
			case backfill.Done, backfill.Partial, backfill.FailedAccount:
			default:
				t.Errorf("%+v", last)
			}
		})
	}
}

// The oldest posts cannot be had. Each result tells of what came since the one before,
// and asking for the account again tries it again.
func TestTheOldestPostsAreRefusedForGood(t *testing.T) {
	w := enginetest.NewWorld(t, 40)
	w.Home.OnImport = func(uri string, _ int) error {
		if uri < enginetest.PostURI(enginetest.Alice, 15) {
			return backfill.ErrRefused
		}
		return nil
	}
	first := w.FillAlice(t)
	if first.Status != backfill.Partial || first.Imported != 25 || first.Held != 0 || first.RetryAt.IsZero() {
		t.Errorf("the first run: %+v", first)
	}
	w.Clock.Step(time.Hour)
	second := w.FillAlice(t)
	if second.Imported != 0 || second.Held != 25 || second.RetryAt.IsZero() {
		t.Errorf("the second run: %+v", second)
	}
	w.Clock.Step(time.Hour)
	last, told := runsWhileDue(t, w)
	if told != 0 || last.Held != 25 || !last.RetryAt.IsZero() {
		t.Errorf("%d told of, the last run: %+v", told, last)
	}
	w.Home.OnImport = nil
	w.Clock.Step(30 * 24 * time.Hour)
	w.Engine.Options.RetryLeft = true
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 40, Held: 25, Imported: 15})
}

// Posts that the origin gives stand below others that it never gives, more than it takes
// to think that it limits home.
func TestRefusedPostsDoNotBlockTheOthers(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	given := func(i int) bool { return i < 40 || i >= 80 }
	never := make(map[string]bool)
	for i := range 100 {
		never[enginetest.PostURI(enginetest.Alice, i)] = !given(i)
	}
	w.Home.OnImport = func(uri string, _ int) error {
		if never[uri] {
			return backfill.ErrRefused
		}
		return nil
	}
	if _, told := runsWhileDue(t, w); told != 60 || len(w.Home.HeldPosts) != 60 {
		t.Errorf("%d told of, home has %d posts, want 60", told, len(w.Home.HeldPosts))
	}
}

// A run that was put off because home is away does not count.
func TestAnOutageIsNoStandstill(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 5)
	away := &backfill.AnswerError{Server: "home.example", Status: 502, Foreign: true}
	s.Trouble = func(string) error { return away }
	for range 2 * mostFruitless {
		if r := w.FillAlice(t); r.Status != backfill.Deferred || r.RetryAt.IsZero() {
			t.Fatalf("%+v", r)
		}
		w.Clock.Step(time.Hour)
	}
	s.Trouble = nil
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 5, Imported: 5})
}
