package backfill_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

var refusedConnection = &backfill.UnavailableError{Server: "home.example", Unsent: true, Err: errors.New("connection refused")}

// questions are what an account with three posts asks of home.
var questions = []string{"account", "standing", "held", "import"}

func TestOneFailureIsAskedAgain(t *testing.T) {
	for _, question := range questions {
		for name, trouble := range map[string]error{
			"cut": &backfill.UnavailableError{Server: "home.example", Err: io.EOF}, "crash": &backfill.AnswerError{Server: "home.example", Status: 500},
			"page": &backfill.AnswerError{Server: "home.example", Status: 200, Foreign: true},
		} {
			if question == "import" && name != "cut" {
				continue // that may be about the post
			}
			w, s := enginetest.NewShakyWorld(t, 3)
			left := 2
			s.Trouble = func(q string) error {
				if q == question && left > 0 {
					left--
					return trouble
				}
				return nil
			}
			w.Engine.Options.Concurrency = 1
			r := w.FillAlice(t)
			if r.Status != backfill.Done || r.Imported != 3 || w.Clock.Waited() != 5*time.Second || w.Listener.Warnings() != 0 {
				t.Errorf("%s at %s: %+v after %s\n%s", name, question, r, w.Clock.Waited(), w.Listener.WarningTexts())
			}
		}
	}
}

func TestAShortOutageIsWaitedFor(t *testing.T) {
	for _, question := range questions {
		for name, trouble := range map[string]error{
			"refused": refusedConnection, "maintenance": &backfill.AnswerError{Server: "home.example", Status: 503, Foreign: true},
		} {
			if question == "import" && name == "maintenance" {
				continue // see TestARestartBehindAProxyIsWaitedFor
			}
			t.Run(question+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { shortOutageIsWaitedFor(t, question, trouble) })
			})
		}
	}
}

// shortOutageIsWaitedFor runs in a bubble: two accounts wait at once, and on the test's
// own clock the waits would add up to more than the outage.
func shortOutageIsWaitedFor(t *testing.T, question string, trouble error) {
	w, s := enginetest.NewShakyWorld(t, 30)
	var clock backfill.SystemClock
	w.Clock.Set(clock.Now())
	w.Engine.Clock, w.Engine.Patience.Clock, w.Origin.Top = clock, clock, clock.Now()
	s.AwayFor(clock, 115*time.Second, question, 1, trouble)
	bob := fediverse.Handle{User: "bob", Domain: "notes.example"}
	results, err := w.Run(t, enginetest.Alice, bob)
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		if r.Status != backfill.Done || r.Imported != 30 || r.Failed != 0 {
			t.Errorf("%+v", r)
		}
	}
	if texts := w.Listener.WarningTexts(); strings.Count(texts, "\n") != 1 || !strings.Contains(texts, "home.example ") || !strings.Contains(texts, "waiting for up to 2 minutes") {
		t.Errorf("told:\n%s", texts)
	}
}

func TestALongOutageDefers(t *testing.T) {
	handles := []fediverse.Handle{enginetest.Alice}
	for _, user := range []string{"bob", "carl", "dora", "emil", "fay", "gus", "hal"} {
		handles = append(handles, fediverse.Handle{User: user, Domain: user + ".example"})
	}
	for _, question := range questions {
		t.Run(question, func(t *testing.T) {
			w, s := enginetest.NewShakyWorld(t, 30)
			s.AwayFor(w.Clock, time.Hour, question, 1, refusedConnection)
			w.Engine.Options.Accounts = 4
			began := w.Clock.Now()
			results, err := w.Run(t, handles...)
			if err != nil || len(results) != len(handles) {
				t.Fatalf("%d results, %v", len(results), err)
			}
			if waited := w.Clock.Now().Sub(began); waited < 2*time.Minute {
				t.Errorf("waited %s", waited)
			}
			for _, r := range results {
				if r.Status != backfill.Deferred || !r.RetryAt.After(w.Clock.Now()) || r.Failed+r.Imported != 0 ||
					r.Reason != "home.example cannot be reached: connection refused" {
					t.Errorf("%+v", r)
				}
			}
			// Accounts that were not begun are not asked about.
			if n := s.Asked["account"]; n > 4*3 {
				t.Errorf("%d accounts were asked for", n)
			}
			if texts := w.Listener.WarningTexts(); strings.Count(texts, "\n") != 2 || !strings.Contains(texts, "are deferred (come again)") {
				t.Errorf("told:\n%s", texts)
			}
			// --due runs them, and no start was used up.
			s.Trouble = nil
			w.Clock.Step(15 * time.Minute)
			var due []fediverse.Handle
			for d, err := range w.Ledger.Due(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				due = append(due, d.Account)
			}
			results, err = w.Run(t, due...)
			if err != nil || len(results) != len(handles) {
				t.Fatalf("%d results, %v", len(results), err)
			}
			for _, r := range results {
				if r.Status != backfill.Done || r.Imported != 30 {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

func TestALongOutageInTheMiddle(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 100)
	s.AwayFor(w.Clock, time.Hour, "import", 31, refusedConnection)
	r := w.FillAlice(t)
	if r.Status != backfill.Deferred || r.Imported != 30 || r.Failed != 0 {
		t.Errorf("%+v", r)
	}
	s.Trouble = nil
	w.Clock.Step(15 * time.Minute)
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 100, Held: 30, Imported: 70})
}

// A question that home fails on while it answers others is one account's failure.
func TestALoneFailureIsTheAccountsOwn(t *testing.T) {
	for _, question := range []string{"account", "standing", "held"} {
		for name, trouble := range map[string]error{
			"cut": &backfill.UnavailableError{Server: "home.example", Err: io.EOF}, "crash": &backfill.AnswerError{Server: "home.example", Status: 500},
		} {
			w, s := enginetest.NewShakyWorld(t, 3)
			var mu sync.Mutex
			n := 0
			s.Trouble = func(q string) error {
				mu.Lock()
				defer mu.Unlock()
				if q != question {
					return nil
				}
				if n++; n <= 3 {
					return trouble
				}
				return nil
			}
			bob := fediverse.Handle{User: "bob", Domain: "photos.example"}
			results, err := w.Run(t, enginetest.Alice, bob)
			if err != nil || len(results) != 2 {
				t.Fatalf("%s at %s: %+v, %v", name, question, results, err)
			}
			if a, b := results[0], results[1]; a.Status != backfill.FailedAccount || a.RetryAt.IsZero() || b.Status != backfill.Done {
				t.Errorf("%s at %s: %+v, %+v", name, question, a, b)
			}
			if w.Listener.Warnings() != 0 {
				t.Errorf("told:\n%s", w.Listener.WarningTexts())
			}
		}
	}
}

// A post whose import is cut off every time does not end anything.
func TestACutImportIsThePostsOwn(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 10)
	poison := enginetest.PostURI(enginetest.Alice, 5)
	w.Home.OnImport = func(uri string, _ int) error {
		if uri == poison {
			return &backfill.UnavailableError{Server: "home.example", Err: io.EOF}
		}
		return nil
	}
	if r := w.FillAlice(t); r.Status != backfill.Partial || r.Imported != 9 || r.Failed != 1 || s.Asked["pulse"] == 0 {
		t.Errorf("%+v", r)
	}
}

// A row of errors at imports may mean that home as a whole is down.
func TestARestartBehindAProxyIsWaitedFor(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 40)
	s.AwayFor(w.Clock, time.Minute, "import", 21, &backfill.AnswerError{Server: "home.example", Status: 502, Foreign: true})
	r := w.FillAlice(t)
	if r.Imported < 30 || r.Imported+r.Failed != 40 || strings.Count(w.Listener.WarningTexts(), "waiting for up to") != 1 {
		t.Errorf("%+v\n%s", r, w.Listener.WarningTexts())
	}
}

func TestInterruptedWhileHomeIsAway(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 3)
	s.AwayFor(w.Clock, time.Hour, "standing", 1, refusedConnection)
	ctx, cancel := context.WithCancel(t.Context())
	w.Listener.OnEvent = func(e backfill.Event) {
		if e, ok := e.(backfill.Waiting); ok && e.On == "home.example" {
			cancel()
		}
	}
	results, err := w.RunIn(ctx, enginetest.Alice)
	if !errors.Is(err, context.Canceled) || len(results) != 1 || results[0].Status != backfill.Interrupted {
		t.Errorf("%+v, %v", results, err)
	}
}

// An untrusted certificate does not get better by waiting.
func TestNothingWaitsForACertificate(t *testing.T) {
	w, s := enginetest.NewShakyWorld(t, 3)
	s.Trouble = func(string) error {
		return &backfill.UnavailableError{Server: "home.example", Err: x509.UnknownAuthorityError{}}
	}
	results, err := w.Run(t, enginetest.Alice)
	if err == nil || len(results) != 1 || results[0].Status != backfill.FailedAccount || w.Clock.Waited() != 0 {
		t.Errorf("%+v, %v, waited %s", results, err, w.Clock.Waited())
	}
}

// However long it takes to read a list, an engine that defers its accounts makes no
// requests for them.
func TestPuttingOffLastsUntilTheListEnds(t *testing.T) {
	w, _ := enginetest.NewShakyWorld(t, 3)
	w.Engine.Accounts, w.Engine.Resolve = nil, nil
	outage := &backfill.OutageError{Server: "home.example", RetryAt: w.Clock.Now().Add(15 * time.Minute), Err: refusedConnection}
	err := w.Engine.PutOff(t.Context(), outage, func(yield func(backfill.Target, error) bool) {
		for _, h := range []fediverse.Handle{enginetest.Alice, {User: "bob", Domain: "notes.example"}} {
			if !yield(backfill.Target{Handle: h}, nil) {
				return
			}
			w.Clock.Step(time.Hour)
		}
	})
	results := w.Listener.Results()
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		if r.Status != backfill.Deferred || r.Cause != backfill.Outage {
			t.Errorf("%+v", r)
		}
	}
}
