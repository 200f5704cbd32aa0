package backfill_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
)

// windowLimit is an origin that lets home fetch a number of times per window, as
// GoToSocial does (300 in 5 minutes; a post costs two). Beyond that it gives
// nothing, and home answers with an empty list.
type windowLimit struct {
	clock   *backfilltest.Clock
	fetches int
	window  time.Duration

	begun time.Time
	used  int
	// bad are posts that the origin never gives.
	bad map[string]bool
}

func (l *windowLimit) answer(uri string, _ int) error {
	if now := l.clock.Now(); l.begun.IsZero() || now.Sub(l.begun) >= l.window {
		l.begun, l.used = now, 0
	}
	if l.used += 2; l.used > l.fetches || l.bad[uri] {
		return backfill.ErrRefused
	}
	return nil
}

func limited(t *testing.T, posts int) (*world, *windowLimit) {
	t.Helper()
	w := newWorld(t, posts)
	l := &windowLimit{clock: w.clock, fetches: 300, window: 5 * time.Minute, bad: make(map[string]bool)}
	w.home.imports = l.answer
	w.Options.Limit, w.Options.Concurrency = 0, 1
	return w, l
}

// told counts the posts reported with an outcome.
func (w *world) told(o backfill.Outcome) int {
	n := 0
	for _, e := range w.listener.events {
		if p, ok := e.(backfill.PostSettled); ok && p.Outcome == o {
			n++
		}
	}
	return n
}

func TestAnOriginThatLimitsHomeGivesAllInTheEnd(t *testing.T) {
	for _, posts := range []int{149, 151, 154, 155, 1000} {
		w, _ := limited(t, posts)
		wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: posts, Imported: posts})
		if n := w.told(backfill.Refused); n != 0 {
			t.Errorf("%d posts: %d were told to be refused", posts, n)
		}
		if asked := len(w.home.asked); asked > posts+15*(posts/150+1) {
			t.Errorf("%d posts: home was asked %d times", posts, asked)
		}
		if most := time.Duration(posts/150+1) * 8 * time.Minute; w.clock.Waited() > most {
			t.Errorf("%d posts: waited %v", posts, w.clock.Waited())
		}
	}
}

// While the origin gives nothing, only posts that were already tried are asked for.
func TestProbesWithPostsThatWereTried(t *testing.T) {
	w, l := limited(t, 400)
	l.window = 1000 * time.Hour // it never gives anything again
	r := w.one(t)
	if r.Status != backfill.Partial || r.Imported != 150 || r.Refused != 0 || r.Failed != 0 || r.RetryAt.IsZero() ||
		!strings.Contains(r.Reason, "seems to limit") {
		t.Errorf("%+v", r)
	}
	if tried := len(w.home.timesAsked()) - 150; tried > 20 {
		t.Errorf("%d fresh posts were asked for in vain", tried)
	}
	if w.clock.Waited() > 20*time.Minute {
		t.Errorf("waited %v", w.clock.Waited())
	}
	// None has used up an attempt: they are as they were when listed.
	for i := range 250 {
		known, err := w.ledger.Recorded(t.Context(), backfill.Run{Account: alice}, []string{postURI(alice, i)})
		if err != nil || known[0].Attempts != 0 || known[0].Outcome == backfill.Refused || known[0].Outcome == backfill.Failed {
			t.Fatalf("post %d: %+v, %v", i, known, err)
		}
	}
	w.home.imports = nil
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 400, Held: 150, Imported: 250})
}

// An origin that gives nothing at all, such as one that refuses home, is waited for
// once per run, not once per account.
func TestAnOriginThatGivesNothingIsWaitedForOnce(t *testing.T) {
	w, l := limited(t, 40)
	l.fetches = 0
	bob := fediverse.Handle{User: "bob", Domain: alice.Domain}
	w.one(t)
	once := w.clock.Waited()
	w.clock.Step(2 * time.Hour)
	results, err := w.run(t, alice, bob)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Status != backfill.Partial || r.Refused != 0 || r.RetryAt.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	if again := w.clock.Waited() - once; again > once+time.Minute {
		t.Errorf("waited %v for one account, and %v for two", once, again)
	}
}

// Posts that cannot be had are told apart from those requested too soon.
func TestRefusedAreOnlyThoseThatOthersAreNot(t *testing.T) {
	for _, bad := range [][2]int{{200, 201}, {160, 172}, {0, 1}, {0, 3}, {166, 169}, {60, 75}} {
		w, l := limited(t, 320)
		for i := bad[0]; i < bad[1]; i++ {
			l.bad[postURI(alice, i)] = true
		}
		n := bad[1] - bad[0]
		r := w.one(t)
		if r.Imported != 320-n || r.Refused != n || r.Status != backfill.Done {
			t.Errorf("posts %v are bad: %+v", bad, r)
		}
		for _, e := range w.listener.events {
			if p, ok := e.(backfill.PostSettled); ok && p.Outcome == backfill.Refused && !l.bad[p.URI] {
				t.Errorf("posts %v are bad: %s was told to be refused", bad, p.URI)
			}
		}
		// In a later run, posts that were refused before do not indicate a limit.
		w.clock.Step(100 * time.Hour)
		waited := w.clock.Waited()
		r = w.one(t)
		if r.Refused != n || r.Status != backfill.Done || w.clock.Waited() > waited {
			t.Errorf("posts %v are bad: the second run waited %v: %+v", bad, w.clock.Waited()-waited, r)
		}
	}
}

// An origin that never gives anything is not waited for like one that once did.
func TestAnOriginThatNeverGives(t *testing.T) {
	w, l := limited(t, 100)
	l.fetches = 0
	r := w.one(t)
	if r.Status != backfill.Partial || r.RetryAt.IsZero() || !strings.Contains(r.Reason, "seems to limit") {
		t.Errorf("%+v", r)
	}
	if w.clock.Waited() > 7*time.Minute || len(w.home.timesAsked()) > 7 {
		t.Errorf("waited %v, %d posts", w.clock.Waited(), len(w.home.timesAsked()))
	}
}

// A row of refusals for one account says nothing about the posts of another.
func TestARowOfRefusalsIsOneAccounts(t *testing.T) {
	w, _ := limited(t, 60)
	bob := fediverse.Handle{User: "bob", Domain: "photos.example"}
	w.home.imports = func(uri string, _ int) error {
		if strings.Contains(uri, "/alice/") || uri == postURI(bob, 59) {
			return backfill.ErrRefused
		}
		return nil
	}
	results, err := w.run(t, alice, bob)
	if err != nil || len(results) != 2 || results[1].Imported != 59 || results[1].Refused != 1 {
		t.Errorf("%+v, %v", results, err)
	}
}

// What failed for a passing reason succeeds a little later in the same run.
func TestAPassingFailureIsTriedOnceMore(t *testing.T) {
	for name, passing := range map[string]error{
		"503":      &backfill.AnswerError{Server: "home.example", Status: 503},
		"500":      &backfill.AnswerError{Server: "home.example", Status: 500},
		"429":      &backfill.AnswerError{Server: "home.example", Status: 429},
		"a page":   &backfill.AnswerError{Server: "home.example", Status: 200, Message: "a web page instead of an answer"},
		"time-out": fmt.Errorf("importing: %w (504)", backfill.ErrUncertain),
	} {
		w := newWorld(t, 40)
		slow := map[string]bool{postURI(alice, 5): true, postURI(alice, 39): true, postURI(alice, 0): true}
		w.home.imports = func(uri string, nth int) error {
			if slow[uri] && nth == 1 {
				return passing
			}
			return nil
		}
		r := w.one(t)
		wantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 40, Imported: 40})
		if w.told(backfill.Failed) != 0 || !r.RetryAt.IsZero() {
			t.Errorf("%s: %d told as failed, again at %v", name, w.told(backfill.Failed), r.RetryAt)
		}
	}
}

// A permanent failure is not retried, and what fails twice has failed.
func TestAFailureThatStands(t *testing.T) {
	for status, want := range map[int]int{400: 1, 403: 1, 404: 1, 422: 1, 503: 2} {
		w := newWorld(t, 10)
		bad := postURI(alice, 4)
		w.home.imports = func(uri string, _ int) error {
			if uri == bad {
				return &backfill.AnswerError{Server: "home.example", Status: status}
			}
			return nil
		}
		wantCounts(t, w.one(t), backfill.Result{Status: backfill.Partial, Eligible: 10, Imported: 9, Failed: 1})
		if n := w.home.timesAsked()[bad]; n != want {
			t.Errorf("%d: asked %d times, want %d", status, n, want)
		}
	}
}

// The second look does not depend on how the listing ended.
func TestSecondLookAfterABreakInTheListing(t *testing.T) {
	w := newWorld(t, 100)
	w.origin.fail = func(cursor string) error {
		if cursor == "40" {
			return &backfill.OriginError{Host: "photos.example", Cause: backfill.ServerError, Err: errors.New("500")}
		}
		return nil
	}
	w.home.imports = func(uri string, nth int) error {
		if uri == postURI(alice, 70) && nth == 1 {
			return &backfill.AnswerError{Server: "home.example", Status: 503}
		}
		return nil
	}
	if r := w.one(t); r.Status != backfill.Partial || r.Imported != 60 || r.Failed != 0 {
		t.Errorf("%+v", r)
	}
}
