package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/sqlite"
)

func TestRequestIsQueued(t *testing.T) {
	w := newWorld(t, 10)
	w.home.requests = func() error { return nil }
	r := w.one(t)
	if r.Status != backfill.Queued || r.Route != backfill.RouteRequest || w.origin.pages != 0 || len(w.home.asked) != 0 {
		t.Errorf("%+v, %d pages, %d imports", r, w.origin.pages, len(w.home.asked))
	}
	if r := w.one(t); !r.Recent || w.home.requested != 1 {
		t.Errorf("a second start within the hour: %+v", r)
	}
}

func TestRequestIsWatched(t *testing.T) {
	for _, appears := range []bool{true, false} {
		w := newWorld(t, 10)
		w.home.requests = func() error {
			if appears {
				w.home.held["https://photos.example/old"] = w.clock.Now().AddDate(-1, 0, 0)
			}
			// A new post of the account is no sign of a backfill.
			w.home.held["https://photos.example/new"] = w.clock.Now().Add(time.Second)
			return nil
		}
		w.Options.Wait = 5 * time.Minute
		r := w.one(t)
		want := "no posts have appeared"
		if appears {
			want = "posts have begun to appear"
		}
		if r.Status != backfill.Queued || !strings.Contains(r.Reason, want) {
			t.Errorf("appears %v: %+v", appears, r)
		}
		if !appears && w.clock.Waited() != 5*time.Minute {
			t.Errorf("waited %v", w.clock.Waited())
		}
	}
}

func TestNoEndpointIsRememberedForAWeek(t *testing.T) {
	w := newWorld(t, 3)
	for day, want := range []int{1, 1, 1, 1, 1, 1, 1, 2} {
		if r := w.one(t); r.Status != backfill.Done || r.Route != backfill.RouteResolve {
			t.Fatalf("day %d: %+v", day, r)
		}
		if w.home.requested != want {
			t.Errorf("day %d: asked %d times, want %d", day, w.home.requested, want)
		}
		w.clock.Step(24*time.Hour + time.Second/2)
	}
}

func TestOnlyRequestWithoutEndpoint(t *testing.T) {
	w := newWorld(t, 3)
	w.Options.Via = backfill.ViaRequest
	if r := w.one(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || w.origin.pages != 0 {
		t.Errorf("%+v", r)
	}
	w = newWorld(t, 3)
	w.Options.Via, w.Requester = backfill.ViaRequest, nil
	if r := w.one(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || w.origin.pages != 0 {
		t.Errorf("without requester: %+v", r)
	}
}

func TestOnlyResolveAsksForNothing(t *testing.T) {
	w := newWorld(t, 3)
	w.Options.Via = backfill.ViaResolve
	if r := w.one(t); r.Status != backfill.Done || w.home.requested != 0 {
		t.Errorf("%+v, asked %d times", r, w.home.requested)
	}
}

func TestNotNowDefersForAtLeastAnHour(t *testing.T) {
	for _, c := range []struct{ named, want time.Duration }{
		{0, time.Hour},
		{5 * time.Minute, time.Hour},
		{3 * time.Hour, 3 * time.Hour},
	} {
		w := newWorld(t, 3)
		w.home.requests = func() error {
			e := &backfill.NotNowError{Status: 422, Message: "one per account per hour"}
			if c.named > 0 {
				e.RetryAt = w.clock.Now().Add(c.named)
			}
			return e
		}
		r := w.one(t)
		if r.Status != backfill.Deferred || !r.RetryAt.Equal(w.clock.Now().Add(c.want)) || len(w.home.asked) != 0 {
			t.Errorf("named %v: %+v", c.named, r)
		}
		var due []backfill.Deferral
		w.clock.Step(c.want)
		for d, err := range w.ledger.Due(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			due = append(due, d)
		}
		if len(due) != 1 || due[0].Account != alice {
			t.Errorf("due: %v", due)
		}
	}
}

func TestDryRunWithRequestAlone(t *testing.T) {
	w := newWorld(t, 3)
	w.Options.Via = backfill.ViaRequest
	w.Engine = w.DryRun()
	if r := w.one(t); r.Status != backfill.Done || r.Route != "" || r.Reason == "" || w.home.requested != 0 {
		t.Errorf("%+v", r)
	}
}

// oddAnswers are answers to a request for a backfill that no real endpoint gives.
var oddAnswers = map[string]error{
	"too few scopes": &backfill.UnauthorizedError{Server: "home.example", NotForThis: true, Message: "outside the authorized scopes"},
	"forbidden":      &backfill.AnswerError{Server: "home.example", Status: 403, Message: "This action is not allowed"},
	"crash":          &backfill.AnswerError{Server: "home.example", Status: 500},
	"maintenance":    &backfill.AnswerError{Server: "home.example", Status: 503, Message: "a web page instead of an answer"},
	"redirect":       &backfill.AnswerError{Server: "home.example", Status: 302, Message: "it redirects a request that is not a GET"},
	"no sense":       &backfill.AnswerError{Server: "home.example", Status: 200},
	"cut":            &backfill.UnavailableError{Server: "home.example", Err: io.EOF},
}

func TestAnOddAnswerLeadsToTheNextRoute(t *testing.T) {
	for name, odd := range oddAnswers {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			w.home.requests = func() error { return fmt.Errorf("requesting a backfill: %w", odd) }
			bob, carl := fediverse.Handle{User: "bob", Domain: "notes.example"}, fediverse.Handle{User: "carl", Domain: "words.example"}
			results, err := w.run(t, alice, bob, carl)
			if err != nil || len(results) != 3 {
				t.Fatalf("%d results, %v", len(results), err)
			}
			for _, r := range results {
				if r.Status != backfill.Done || r.Route != backfill.RouteResolve || r.Imported != 3 {
					t.Errorf("%+v", r)
				}
			}
			if w.listener.warnings() != 1 {
				t.Errorf("%d warnings", w.listener.warnings())
			}
			// It is remembered for a day and no longer.
			asked := w.home.requested
			w.clock.Step(23 * time.Hour)
			if r := w.one(t); r.Status != backfill.Done || w.home.requested != asked {
				t.Errorf("within a day: %+v, asked %d times", r, w.home.requested-asked)
			}
			w.clock.Step(2 * time.Hour)
			if r := w.one(t); r.Status != backfill.Done || w.home.requested != asked+1 {
				t.Errorf("after a day: %+v, asked %d times", r, w.home.requested-asked)
			}
		})
	}
}

func TestAnOddAnswerIsAFailureWhereThereIsNoOtherRoute(t *testing.T) {
	for name, odd := range oddAnswers {
		w := newWorld(t, 3)
		w.Options.Via = backfill.ViaRequest
		w.home.requests = func() error { return odd }
		results, _ := w.run(t, alice)
		if len(results) != 1 || results[0].Status != backfill.FailedAccount || results[0].Reason == "" || len(w.home.asked) != 0 {
			t.Errorf("%s: %+v, %d imports", name, results, len(w.home.asked))
		}
	}
}

// An outage that another account has met, of whatever kind, says nothing about the
// endpoint.
func TestAnOutageDoesNotCloseTheEndpoint(t *testing.T) {
	w := newWorld(t, 3)
	cut := &backfill.UnavailableError{Server: "home.example", Err: io.EOF}
	w.home.requests = func() error {
		return &backfill.OutageError{Server: "home.example", RetryAt: w.clock.Now().Add(time.Hour), Err: cut}
	}
	if r := w.one(t); r.Status != backfill.Deferred || r.Cause != backfill.Outage {
		t.Errorf("%+v", r)
	}
	w.home.requests = func() error { return nil }
	w.clock.Step(time.Hour)
	if r := w.one(t); r.Status != backfill.Queued {
		t.Errorf("%+v", r)
	}
}

func TestAWrongTokenEndsTheRun(t *testing.T) {
	w := newWorld(t, 3)
	w.home.requests = func() error { return &backfill.UnauthorizedError{Server: "home.example"} }
	var unauthorized *backfill.UnauthorizedError
	if _, err := w.run(t, alice); !errors.As(err, &unauthorized) || len(w.home.asked) != 0 {
		t.Errorf("%v, %d imports", err, len(w.home.asked))
	}
}

func TestAStandingChoiceOfHomeIsSkipped(t *testing.T) {
	w := newWorld(t, 3)
	w.home.requests = func() error {
		return &backfill.LeftAloneError{Cause: backfill.OptedOut, Message: "they do not want it"}
	}
	r := w.one(t)
	if r.Status != backfill.Skipped || r.Cause != backfill.OptedOut || !r.RetryAt.IsZero() || !strings.Contains(r.Reason, "they do not want it") {
		t.Errorf("%+v", r)
	}
	if w.origin.pages != 0 || w.listener.warnings() != 0 {
		t.Errorf("%d pages, %d warnings", w.origin.pages, w.listener.warnings())
	}
}

// crashed is a ledger whose process is killed before it can close a run.
type crashed struct{ *sqlite.Ledger }

func (c crashed) Finish(ctx context.Context, r backfill.Run, _ backfill.Result, _ bool) error {
	return c.Ledger.Finish(ctx, r, backfill.Result{}, true)
}

func TestHomeIsNotAskedTwiceInOneRun(t *testing.T) {
	w := newWorld(t, 3)
	w.home.requests = func() error { return nil }
	w.Ledger = crashed{w.ledger}
	w.one(t)
	w.Ledger = w.ledger
	if r := w.one(t); r.Status != backfill.Queued || w.home.requested != 1 {
		t.Errorf("asked %d times, %+v", w.home.requested, r)
	}
	if r := w.one(t); !r.Recent || w.home.requested != 1 {
		t.Errorf("asked %d times, %+v", w.home.requested, r)
	}
}

func TestHomeIsAskedAgainIfItGaveNoAnswer(t *testing.T) {
	w := newWorld(t, 3)
	w.home.requests = func() error {
		return &backfill.UnavailableError{Server: "home.example", Unsent: true, Err: errors.New("connection refused")}
	}
	if r := w.one(t); r.Status != backfill.Deferred || len(w.home.asked) != 0 {
		t.Fatalf("%+v, %d imports", r, len(w.home.asked))
	}
	w.home.requests = func() error { return nil }
	w.clock.Step(15 * time.Minute)
	before := w.home.requested
	if r := w.one(t); r.Status != backfill.Queued || w.home.requested != before+1 {
		t.Errorf("asked %d times, %+v", w.home.requested-before, r)
	}
}

func TestSinceDoesNotCountWhereHomeChooses(t *testing.T) {
	w := newWorld(t, 3)
	w.home.requests = func() error { return nil }
	w.Options.Since = w.clock.Now().AddDate(0, -1, 0)
	if r := w.one(t); r.Status != backfill.Queued || w.listener.warnings() != 1 {
		t.Errorf("%d warnings, %+v", w.listener.warnings(), r)
	}
}
