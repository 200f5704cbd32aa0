package resolve_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
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

func limited(t *testing.T, posts int) (*enginetest.World, *windowLimit) {
	t.Helper()
	w := enginetest.NewWorld(t, posts)
	l := &windowLimit{clock: w.Clock, fetches: 300, window: 5 * time.Minute, bad: make(map[string]bool)}
	w.Home.OnImport = l.answer
	w.Engine.Options.Limit, w.Engine.Options.Concurrency = 0, 1
	return w, l
}

func TestAnOriginThatLimitsHomeGivesAllInTheEnd(t *testing.T) {
	for _, posts := range []int{149, 151, 154, 155, 1000} {
		w, _ := limited(t, posts)
		enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: posts, Imported: posts})
		if n := w.Listener.Settled(backfill.Refused); n != 0 {
			t.Errorf("%d posts: %d were told to be refused", posts, n)
		}
		if asked := len(w.Home.AskedFor); asked > posts+15*(posts/150+1) {
			t.Errorf("%d posts: home was asked %d times", posts, asked)
		}
		if most := time.Duration(posts/150+1) * 8 * time.Minute; w.Clock.Waited() > most {
			t.Errorf("%d posts: waited %v", posts, w.Clock.Waited())
		}
	}
}

// While the origin gives nothing, only posts that were already tried are asked for.
func TestProbesWithPostsThatWereTried(t *testing.T) {
	w, l := limited(t, 400)
	l.window = 1000 * time.Hour // it never gives anything again
	r := w.FillAlice(t)
	if r.Status != backfill.Partial || r.Imported != 150 || r.Refused != 0 || r.Failed != 0 || r.RetryAt.IsZero() ||
		!strings.Contains(r.Reason, "seems to limit") {
		t.Errorf("%+v", r)
	}
	if tried := len(w.Home.TimesAsked()) - 150; tried > 20 {
		t.Errorf("%d fresh posts were asked for in vain", tried)
	}
	if w.Clock.Waited() > 20*time.Minute {
		t.Errorf("waited %v", w.Clock.Waited())
	}
	// None has used up an attempt: they are as they were when listed.
	for i := range 250 {
		known, err := w.Ledger.Recorded(t.Context(), backfill.Run{Account: enginetest.Alice}, []string{enginetest.PostURI(enginetest.Alice, i)})
		if err != nil || known[0].Attempts != 0 || known[0].Outcome == backfill.Refused || known[0].Outcome == backfill.Failed {
			t.Fatalf("post %d: %+v, %v", i, known, err)
		}
	}
	// The first result has told of 150 of them.
	w.Home.OnImport = nil
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 400, Held: 150, Imported: 250})
}

// An origin that gives nothing at all, such as one that refuses home, is waited for
// once per run, not once per account.
func TestAnOriginThatGivesNothingIsWaitedForOnce(t *testing.T) {
	w, l := limited(t, 40)
	l.fetches = 0
	bob := fediverse.Handle{User: "bob", Domain: enginetest.Alice.Domain}
	w.FillAlice(t)
	once := w.Clock.Waited()
	w.Clock.Step(2 * time.Hour)
	results, err := w.Run(t, enginetest.Alice, bob)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Status != backfill.Partial || r.Refused != 0 || r.RetryAt.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	if again := w.Clock.Waited() - once; again > once+time.Minute {
		t.Errorf("waited %v for one account, and %v for two", once, again)
	}
}

// Posts that cannot be had are told apart from those requested too soon.
func TestRefusedAreOnlyThoseThatOthersAreNot(t *testing.T) {
	for _, bad := range [][2]int{{200, 201}, {160, 172}, {0, 1}, {0, 3}, {166, 169}, {60, 75}} {
		w, l := limited(t, 320)
		for i := bad[0]; i < bad[1]; i++ {
			l.bad[enginetest.PostURI(enginetest.Alice, i)] = true
		}
		n := bad[1] - bad[0]
		r := w.FillAlice(t)
		if r.Imported != 320-n || r.Refused != n || r.Status != backfill.Done {
			t.Errorf("posts %v are bad: %+v", bad, r)
		}
		for _, e := range w.Listener.Events {
			if p, ok := e.(backfill.PostSettled); ok && p.Outcome == backfill.Refused && !l.bad[p.URI] {
				t.Errorf("posts %v are bad: %s was told to be refused", bad, p.URI)
			}
		}
		// In a later run, posts that were refused before do not indicate a limit.
		w.Clock.Step(100 * time.Hour)
		waited := w.Clock.Waited()
		r = w.FillAlice(t)
		if r.Refused != n || r.Status != backfill.Done || w.Clock.Waited() > waited {
			t.Errorf("posts %v are bad: the second run waited %v: %+v", bad, w.Clock.Waited()-waited, r)
		}
	}
}

// An origin that never gives anything is not waited for like one that once did.
func TestAnOriginThatNeverGives(t *testing.T) {
	w, l := limited(t, 100)
	l.fetches = 0
	r := w.FillAlice(t)
	if r.Status != backfill.Partial || r.RetryAt.IsZero() || !strings.Contains(r.Reason, "seems to limit") {
		t.Errorf("%+v", r)
	}
	if w.Clock.Waited() > 7*time.Minute || len(w.Home.TimesAsked()) > 7 {
		t.Errorf("waited %v, %d posts", w.Clock.Waited(), len(w.Home.TimesAsked()))
	}
}

// A row of refusals for one account says nothing about the posts of another.
func TestARowOfRefusalsIsOneAccounts(t *testing.T) {
	w, _ := limited(t, 60)
	bob := fediverse.Handle{User: "bob", Domain: "photos.example"}
	w.Home.OnImport = func(uri string, _ int) error {
		if strings.Contains(uri, "/alice/") || uri == enginetest.PostURI(bob, 59) {
			return backfill.ErrRefused
		}
		return nil
	}
	results, err := w.Run(t, enginetest.Alice, bob)
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
		w := enginetest.NewWorld(t, 40)
		slow := map[string]bool{enginetest.PostURI(enginetest.Alice, 5): true, enginetest.PostURI(enginetest.Alice, 39): true, enginetest.PostURI(enginetest.Alice, 0): true}
		w.Home.OnImport = func(uri string, nth int) error {
			if slow[uri] && nth == 1 {
				return passing
			}
			return nil
		}
		r := w.FillAlice(t)
		enginetest.WantCounts(t, r, backfill.Result{Status: backfill.Done, Eligible: 40, Imported: 40})
		if w.Listener.Settled(backfill.Failed) != 0 || !r.RetryAt.IsZero() {
			t.Errorf("%s: %d told as failed, again at %v", name, w.Listener.Settled(backfill.Failed), r.RetryAt)
		}
	}
}

// A permanent failure is not retried, and what fails twice has failed.
func TestAFailureThatStands(t *testing.T) {
	for status, want := range map[int]int{400: 1, 403: 1, 404: 1, 422: 1, 503: 2} {
		w := enginetest.NewWorld(t, 10)
		bad := enginetest.PostURI(enginetest.Alice, 4)
		w.Home.OnImport = func(uri string, _ int) error {
			if uri == bad {
				return &backfill.AnswerError{Server: "home.example", Status: status}
			}
			return nil
		}
		enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Partial, Eligible: 10, Imported: 9, Failed: 1})
		if n := w.Home.TimesAsked()[bad]; n != want {
			t.Errorf("%d: asked %d times, want %d", status, n, want)
		}
	}
}

// The second look does not depend on how the listing ended.
func TestSecondLookAfterABreakInTheListing(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Origin.OnPage = func(cursor string) error {
		if cursor == "40" {
			return &backfill.OriginError{Host: "photos.example", Cause: backfill.ServerError, Err: errors.New("500")}
		}
		return nil
	}
	w.Home.OnImport = func(uri string, nth int) error {
		if uri == enginetest.PostURI(enginetest.Alice, 70) && nth == 1 {
			return &backfill.AnswerError{Server: "home.example", Status: 503}
		}
		return nil
	}
	if r := w.FillAlice(t); r.Status != backfill.Partial || r.Imported != 60 || r.Failed != 0 {
		t.Errorf("%+v", r)
	}
}
