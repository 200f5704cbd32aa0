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
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
)

func TestRequestIsQueued(t *testing.T) {
	w := enginetest.NewWorld(t, 10)
	w.Home.OnRequest = func() error { return nil }
	r := w.FillAlice(t)
	if r.Status != backfill.Queued || r.Route != backfill.RouteRequest || w.Origin.PagesRead != 0 || len(w.Home.AskedFor) != 0 {
		t.Errorf("%+v, %d pages, %d imports", r, w.Origin.PagesRead, len(w.Home.AskedFor))
	}
	if r := w.FillAlice(t); !r.Recent || w.Home.Requested != 1 {
		t.Errorf("a second start within the hour: %+v", r)
	}
}

func TestRequestIsWatched(t *testing.T) {
	for _, appears := range []bool{true, false} {
		w := enginetest.NewWorld(t, 10)
		w.Home.OnRequest = func() error {
			if appears {
				w.Home.HeldPosts["https://photos.example/old"] = w.Clock.Now().AddDate(-1, 0, 0)
			}
			// A new post of the account is no sign of a backfill.
			w.Home.HeldPosts["https://photos.example/new"] = w.Clock.Now().Add(time.Second)
			return nil
		}
		w.Engine.Options.Wait = 5 * time.Minute
		r := w.FillAlice(t)
		want := "no posts have appeared"
		if appears {
			want = "posts have begun to appear"
		}
		if r.Status != backfill.Queued || !strings.Contains(r.Reason, want) {
			t.Errorf("appears %v: %+v", appears, r)
		}
		if !appears && w.Clock.Waited() != 5*time.Minute {
			t.Errorf("waited %v", w.Clock.Waited())
		}
	}
}

func TestNoEndpointIsRememberedForAWeek(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	for day, want := range []int{1, 1, 1, 1, 1, 1, 1, 2} {
		if r := w.FillAlice(t); r.Status != backfill.Done || r.Route != backfill.RouteResolve {
			t.Fatalf("day %d: %+v", day, r)
		}
		if w.Home.Requested != want {
			t.Errorf("day %d: asked %d times, want %d", day, w.Home.Requested, want)
		}
		w.Clock.Step(24*time.Hour + time.Second/2)
	}
}

func TestOnlyRequestWithoutEndpoint(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Options.Via = backfill.ViaRequest
	if r := w.FillAlice(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || w.Origin.PagesRead != 0 {
		t.Errorf("%+v", r)
	}
	w = enginetest.NewWorld(t, 3)
	w.Engine.Options.Via, w.Engine.Requester = backfill.ViaRequest, nil
	if r := w.FillAlice(t); r.Status != backfill.FailedAccount || r.Hint == (backfill.Hint{}) || w.Origin.PagesRead != 0 {
		t.Errorf("without requester: %+v", r)
	}
}

func TestOnlyResolveAsksForNothing(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Options.Via = backfill.ViaResolve
	if r := w.FillAlice(t); r.Status != backfill.Done || w.Home.Requested != 0 {
		t.Errorf("%+v, asked %d times", r, w.Home.Requested)
	}
}

func TestNotNowDefersForAtLeastAnHour(t *testing.T) {
	for _, c := range []struct{ named, want time.Duration }{
		{0, time.Hour},
		{5 * time.Minute, time.Hour},
		{3 * time.Hour, 3 * time.Hour},
	} {
		w := enginetest.NewWorld(t, 3)
		w.Home.OnRequest = func() error {
			e := &backfill.NotNowError{Status: 422, Message: "one per account per hour"}
			if c.named > 0 {
				e.RetryAt = w.Clock.Now().Add(c.named)
			}
			return e
		}
		r := w.FillAlice(t)
		if r.Status != backfill.Deferred || !r.RetryAt.Equal(w.Clock.Now().Add(c.want)) || len(w.Home.AskedFor) != 0 {
			t.Errorf("named %v: %+v", c.named, r)
		}
		var due []backfill.Deferral
		w.Clock.Step(c.want)
		for d, err := range w.Ledger.Due(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			due = append(due, d)
		}
		if len(due) != 1 || due[0].Account != enginetest.Alice {
			t.Errorf("due: %v", due)
		}
	}
}

func TestDryRunWithRequestAlone(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Options.Via = backfill.ViaRequest
	w.Engine = w.Engine.DryRun()
	if r := w.FillAlice(t); r.Status != backfill.Done || r.Route != "" || r.Reason == "" || w.Home.Requested != 0 {
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
			w := enginetest.NewWorld(t, 3)
			w.Home.OnRequest = func() error { return fmt.Errorf("requesting a backfill: %w", odd) }
			bob, carl := fediverse.Handle{User: "bob", Domain: "notes.example"}, fediverse.Handle{User: "carl", Domain: "words.example"}
			results, err := w.Run(t, enginetest.Alice, bob, carl)
			if err != nil || len(results) != 3 {
				t.Fatalf("%d results, %v", len(results), err)
			}
			for _, r := range results {
				if r.Status != backfill.Done || r.Route != backfill.RouteResolve || r.Imported != 3 {
					t.Errorf("%+v", r)
				}
			}
			if w.Listener.Warnings() != 1 {
				t.Errorf("%d warnings", w.Listener.Warnings())
			}
			// It is remembered for a day and no longer.
			asked := w.Home.Requested
			w.Clock.Step(23 * time.Hour)
			if r := w.FillAlice(t); r.Status != backfill.Done || w.Home.Requested != asked {
				t.Errorf("within a day: %+v, asked %d times", r, w.Home.Requested-asked)
			}
			w.Clock.Step(2 * time.Hour)
			if r := w.FillAlice(t); r.Status != backfill.Done || w.Home.Requested != asked+1 {
				t.Errorf("after a day: %+v, asked %d times", r, w.Home.Requested-asked)
			}
		})
	}
}

func TestAnOddAnswerIsAFailureWhereThereIsNoOtherRoute(t *testing.T) {
	for name, odd := range oddAnswers {
		w := enginetest.NewWorld(t, 3)
		w.Engine.Options.Via = backfill.ViaRequest
		w.Home.OnRequest = func() error { return odd }
		results, _ := w.Run(t, enginetest.Alice)
		if len(results) != 1 || results[0].Status != backfill.FailedAccount || results[0].Reason == "" || len(w.Home.AskedFor) != 0 {
			t.Errorf("%s: %+v, %d imports", name, results, len(w.Home.AskedFor))
		}
	}
}

// An outage that another account has met, of whatever kind, says nothing about the
// endpoint.
func TestAnOutageDoesNotCloseTheEndpoint(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	cut := &backfill.UnavailableError{Server: "home.example", Err: io.EOF}
	w.Home.OnRequest = func() error {
		return &backfill.OutageError{Server: "home.example", RetryAt: w.Clock.Now().Add(time.Hour), Err: cut}
	}
	if r := w.FillAlice(t); r.Status != backfill.Deferred || r.Cause != backfill.Outage {
		t.Errorf("%+v", r)
	}
	w.Home.OnRequest = func() error { return nil }
	w.Clock.Step(time.Hour)
	if r := w.FillAlice(t); r.Status != backfill.Queued {
		t.Errorf("%+v", r)
	}
}

func TestAWrongTokenEndsTheRun(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Home.OnRequest = func() error { return &backfill.UnauthorizedError{Server: "home.example"} }
	var unauthorized *backfill.UnauthorizedError
	if _, err := w.Run(t, enginetest.Alice); !errors.As(err, &unauthorized) || len(w.Home.AskedFor) != 0 {
		t.Errorf("%v, %d imports", err, len(w.Home.AskedFor))
	}
}

// What home says about one account is no word about the endpoint.
func TestHomeLeavesOneAccountAlone(t *testing.T) {
	for _, tt := range []struct {
		cause       backfill.Cause
		notFollowed bool
		via         backfill.Via
		status      backfill.Status
		route       backfill.Route
	}{
		{backfill.NoAccount, false, backfill.ViaAuto, backfill.FailedAccount, backfill.RouteRequest},
		{backfill.NotFollowed, false, backfill.ViaAuto, backfill.FailedAccount, backfill.RouteRequest},
		{backfill.NotFollowed, true, backfill.ViaRequest, backfill.FailedAccount, backfill.RouteRequest},
		{backfill.NotFollowed, true, backfill.ViaAuto, backfill.Done, backfill.RouteResolve},
		{backfill.FollowRequested, false, backfill.ViaAuto, backfill.Deferred, backfill.RouteRequest},
		{backfill.FollowRequested, true, backfill.ViaAuto, backfill.Done, backfill.RouteResolve},
	} {
		w := enginetest.NewWorld(t, 3)
		w.Engine.Options.Via, w.Engine.Options.NotFollowed = tt.via, tt.notFollowed
		w.Home.OnRequest = func() error { return &backfill.LeftAloneError{Cause: tt.cause, Message: "no"} }
		r := w.FillAlice(t)
		if r.Status != tt.status || r.Route != tt.route || r.Status != backfill.Done && (r.Cause != tt.cause || !strings.Contains(r.Reason, "no")) {
			t.Errorf("%+v: %+v", tt, r)
		}
		if none, err := backfill.NoEndpoint(t.Context(), w.Ledger, "home.example"); none || err != nil || w.Listener.Warnings() != 0 {
			t.Errorf("%+v: the route is closed: %t, %v", tt, none, err)
		}
	}
}

func TestAStandingChoiceOfHomeIsSkipped(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Home.OnRequest = func() error {
		return &backfill.LeftAloneError{Cause: backfill.OptedOut, Message: "they do not want it"}
	}
	r := w.FillAlice(t)
	if r.Status != backfill.Skipped || r.Cause != backfill.OptedOut || !r.RetryAt.IsZero() || !strings.Contains(r.Reason, "they do not want it") {
		t.Errorf("%+v", r)
	}
	if w.Origin.PagesRead != 0 || w.Listener.Warnings() != 0 {
		t.Errorf("%d pages, %d warnings", w.Origin.PagesRead, w.Listener.Warnings())
	}
}

// crashed is a ledger whose process is killed before it can close a run.
type crashed struct{ *ledger.Ledger }

func (c crashed) Settle(ctx context.Context, all ...backfill.Settlement) error {
	s := all[0]
	return c.Ledger.Settle(ctx, backfill.Settlement{Account: s.Account, Run: s.Run, StaysOpen: true})
}

func TestHomeIsNotAskedTwiceInOneRun(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Home.OnRequest = func() error { return nil }
	w.Engine.Ledger = crashed{w.Ledger}
	w.FillAlice(t)
	w.Engine.Ledger = w.Ledger
	if r := w.FillAlice(t); r.Status != backfill.Queued || w.Home.Requested != 1 {
		t.Errorf("asked %d times, %+v", w.Home.Requested, r)
	}
	if r := w.FillAlice(t); !r.Recent || w.Home.Requested != 1 {
		t.Errorf("asked %d times, %+v", w.Home.Requested, r)
	}
}

func TestHomeIsAskedAgainIfItGaveNoAnswer(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Home.OnRequest = func() error {
		return &backfill.UnavailableError{Server: "home.example", Unsent: true, Err: errors.New("connection refused")}
	}
	if r := w.FillAlice(t); r.Status != backfill.Deferred || len(w.Home.AskedFor) != 0 {
		t.Fatalf("%+v, %d imports", r, len(w.Home.AskedFor))
	}
	w.Home.OnRequest = func() error { return nil }
	w.Clock.Step(15 * time.Minute)
	before := w.Home.Requested
	if r := w.FillAlice(t); r.Status != backfill.Queued || w.Home.Requested != before+1 {
		t.Errorf("asked %d times, %+v", w.Home.Requested-before, r)
	}
}

func TestSinceDoesNotCountWhereHomeChooses(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Home.OnRequest = func() error { return nil }
	w.Engine.Options.Since = w.Clock.Now().AddDate(0, -1, 0)
	if r := w.FillAlice(t); r.Status != backfill.Queued || w.Listener.Warnings() != 1 {
		t.Errorf("%d warnings, %+v", w.Listener.Warnings(), r)
	}
}
