package backfill_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/resolve"
)

var refusedConnection = &backfill.UnavailableError{Server: "home.example", Unsent: true, Err: errors.New("connection refused")}

// shaky is a home whose answers can be overridden, question by question. Its pulse
// is one of the questions.
type shaky struct {
	*home
	trouble func(question string) error

	mu    sync.Mutex
	asked map[string]int
}

func (s *shaky) meet(question string) error {
	s.mu.Lock()
	if s.asked == nil {
		s.asked = make(map[string]int)
	}
	s.asked[question]++
	s.mu.Unlock()
	if s.trouble == nil {
		return nil
	}
	return s.trouble(question)
}

func (s *shaky) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	if err := s.meet("account"); err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s at home.example: %w", h, err)
	}
	return s.home.Account(ctx, h)
}

func (s *shaky) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	if err := s.meet("standing"); err != nil {
		return backfill.Standing{}, err
	}
	return s.home.Standing(ctx, a)
}

func (s *shaky) Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error) {
	if err := s.meet("held"); err != nil {
		return backfill.HeldPage{}, err
	}
	return s.home.Held(ctx, a, newest, cursor)
}

func (s *shaky) Import(ctx context.Context, uri string) error {
	if err := s.meet("import"); err != nil {
		return err
	}
	return s.home.Import(ctx, uri)
}

func (s *shaky) pulse(context.Context) error { return s.meet("pulse") }

// sharedListener may be called by an engine and a patience at once.
type sharedListener struct {
	mu sync.Mutex
	to backfill.Listener
}

func (l *sharedListener) Event(e backfill.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to.Event(e)
}

// newShakyWorld is a world whose home is shaky.
func newShakyWorld(t testing.TB, posts int) (*world, *shaky) {
	w := newWorld(t, posts)
	s := &shaky{home: w.home}
	w.Engine.Accounts, w.Resolve, w.Requester = s, resolve.Deliverer{Held: s, Importer: s}, nil
	told := &sharedListener{to: w.listener}
	w.Listener = told
	w.Patience = &backfill.Patience{
		Clock: w.clock, Home: "home.example", Pulse: s.pulse, Advice: "come again", Tell: told.Event,
	}
	return w, s
}

// awayFor makes home unreachable for a time, starting with a question.
func (s *shaky) awayFor(c *backfilltest.Clock, d time.Duration, from string, nth int, err error) {
	var begun time.Time
	n := 0
	s.trouble = func(question string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if question == from {
			n++
		}
		if n < nth {
			return nil
		}
		if begun.IsZero() {
			begun = c.Now()
		}
		if c.Now().Sub(begun) < d {
			return err
		}
		return nil
	}
}

// questions are what an account with three posts asks of home.
var questions = []string{"account", "standing", "held", "import"}

func (w *world) texts() string {
	var b strings.Builder
	for _, e := range w.listener.events {
		if e, ok := e.(backfill.Warned); ok {
			fmt.Fprintf(&b, "%s (%s)\n", e.Text, e.Hint.About)
		}
	}
	return b.String()
}

func TestOneFailureIsAskedAgain(t *testing.T) {
	for _, question := range questions {
		for name, trouble := range map[string]error{
			"cut": &backfill.UnavailableError{Server: "home.example", Err: io.EOF}, "crash": &backfill.AnswerError{Server: "home.example", Status: 500},
			"page": &backfill.AnswerError{Server: "home.example", Status: 200, Foreign: true},
		} {
			if question == "import" && name != "cut" {
				continue // that may be about the post
			}
			w, s := newShakyWorld(t, 3)
			left := 2
			s.trouble = func(q string) error {
				if q == question && left > 0 {
					left--
					return trouble
				}
				return nil
			}
			w.Options.Concurrency = 1
			r := w.one(t)
			if r.Status != backfill.Done || r.Imported != 3 || w.clock.Waited() != 5*time.Second || w.listener.warnings() != 0 {
				t.Errorf("%s at %s: %+v after %s\n%s", name, question, r, w.clock.Waited(), w.texts())
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
				w, s := newShakyWorld(t, 30)
				s.awayFor(w.clock, 115*time.Second, question, 1, trouble)
				bob := fediverse.Handle{User: "bob", Domain: "notes.example"}
				results, err := w.run(t, alice, bob)
				if err != nil || len(results) != 2 {
					t.Fatalf("%+v, %v", results, err)
				}
				for _, r := range results {
					if r.Status != backfill.Done || r.Imported != 30 || r.Failed != 0 {
						t.Errorf("%+v", r)
					}
				}
				if texts := w.texts(); strings.Count(texts, "\n") != 1 || !strings.Contains(texts, "home.example ") || !strings.Contains(texts, "waiting for up to 2 minutes") {
					t.Errorf("told:\n%s", texts)
				}
			})
		}
	}
}

func TestALongOutageDefers(t *testing.T) {
	handles := []fediverse.Handle{alice}
	for _, user := range []string{"bob", "carl", "dora", "emil", "fay", "gus", "hal"} {
		handles = append(handles, fediverse.Handle{User: user, Domain: user + ".example"})
	}
	for _, question := range questions {
		t.Run(question, func(t *testing.T) {
			w, s := newShakyWorld(t, 30)
			s.awayFor(w.clock, time.Hour, question, 1, refusedConnection)
			began := w.clock.Now()
			results, err := w.run(t, handles...)
			if err != nil || len(results) != len(handles) {
				t.Fatalf("%d results, %v", len(results), err)
			}
			if waited := w.clock.Now().Sub(began); waited < 2*time.Minute {
				t.Errorf("waited %s", waited)
			}
			for _, r := range results {
				if r.Status != backfill.Deferred || !r.RetryAt.After(w.clock.Now()) || r.Failed+r.Imported != 0 ||
					r.Reason != "home.example cannot be reached: connection refused" {
					t.Errorf("%+v", r)
				}
			}
			// Accounts that were not begun are not asked about.
			if n := s.asked["account"]; n > 4*3 {
				t.Errorf("%d accounts were asked for", n)
			}
			if texts := w.texts(); strings.Count(texts, "\n") != 2 || !strings.Contains(texts, "are deferred (come again)") {
				t.Errorf("told:\n%s", texts)
			}
			// --due runs them, and no start was used up.
			s.trouble = nil
			w.clock.Step(15 * time.Minute)
			var due []fediverse.Handle
			for d, err := range w.ledger.Due(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				due = append(due, d.Account)
			}
			results, err = w.run(t, due...)
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
	w, s := newShakyWorld(t, 100)
	s.awayFor(w.clock, time.Hour, "import", 31, refusedConnection)
	r := w.one(t)
	if r.Status != backfill.Deferred || r.Imported != 30 || r.Failed != 0 {
		t.Errorf("%+v", r)
	}
	s.trouble = nil
	w.clock.Step(15 * time.Minute)
	wantCounts(t, w.one(t), backfill.Result{Status: backfill.Done, Eligible: 100, Held: 30, Imported: 70})
}

// A question that home fails on while it answers others is one account's failure.
func TestALoneFailureIsTheAccountsOwn(t *testing.T) {
	for _, question := range []string{"account", "standing", "held"} {
		for name, trouble := range map[string]error{
			"cut": &backfill.UnavailableError{Server: "home.example", Err: io.EOF}, "crash": &backfill.AnswerError{Server: "home.example", Status: 500},
		} {
			w, s := newShakyWorld(t, 3)
			n := 0
			s.trouble = func(q string) error {
				s.mu.Lock()
				defer s.mu.Unlock()
				if q != question {
					return nil
				}
				if n++; n <= 3 {
					return trouble
				}
				return nil
			}
			bob := fediverse.Handle{User: "bob", Domain: "photos.example"}
			results, err := w.run(t, alice, bob)
			if err != nil || len(results) != 2 {
				t.Fatalf("%s at %s: %+v, %v", name, question, results, err)
			}
			if a, b := results[0], results[1]; a.Status != backfill.FailedAccount || a.RetryAt.IsZero() || b.Status != backfill.Done {
				t.Errorf("%s at %s: %+v, %+v", name, question, a, b)
			}
			if w.listener.warnings() != 0 {
				t.Errorf("told:\n%s", w.texts())
			}
		}
	}
}

// A post whose import is cut off every time does not end anything.
func TestACutImportIsThePostsOwn(t *testing.T) {
	w, s := newShakyWorld(t, 10)
	poison := postURI(alice, 5)
	w.home.imports = func(uri string, _ int) error {
		if uri == poison {
			return &backfill.UnavailableError{Server: "home.example", Err: io.EOF}
		}
		return nil
	}
	if r := w.one(t); r.Status != backfill.Partial || r.Imported != 9 || r.Failed != 1 || s.asked["pulse"] == 0 {
		t.Errorf("%+v", r)
	}
}

// A row of errors at imports may mean that home as a whole is down.
func TestARestartBehindAProxyIsWaitedFor(t *testing.T) {
	w, s := newShakyWorld(t, 40)
	s.awayFor(w.clock, time.Minute, "import", 21, &backfill.AnswerError{Server: "home.example", Status: 502, Foreign: true})
	r := w.one(t)
	if r.Imported < 30 || r.Imported+r.Failed != 40 || strings.Count(w.texts(), "waiting for up to") != 1 {
		t.Errorf("%+v\n%s", r, w.texts())
	}
}

func TestInterruptedWhileHomeIsAway(t *testing.T) {
	w, s := newShakyWorld(t, 3)
	s.awayFor(w.clock, time.Hour, "standing", 1, refusedConnection)
	ctx, cancel := context.WithCancel(t.Context())
	w.listener.onEvent = func(e backfill.Event) {
		if e, ok := e.(backfill.Waiting); ok && e.On == "home.example" {
			cancel()
		}
	}
	results, err := w.runIn(ctx, alice)
	if !errors.Is(err, context.Canceled) || len(results) != 1 || results[0].Status != backfill.Interrupted {
		t.Errorf("%+v, %v", results, err)
	}
}

// An untrusted certificate does not get better by waiting.
func TestNothingWaitsForACertificate(t *testing.T) {
	w, s := newShakyWorld(t, 3)
	s.trouble = func(string) error {
		return &backfill.UnavailableError{Server: "home.example", Err: x509.UnknownAuthorityError{}}
	}
	results, err := w.run(t, alice)
	if err == nil || len(results) != 1 || results[0].Status != backfill.FailedAccount || w.clock.Waited() != 0 {
		t.Errorf("%+v, %v, waited %s", results, err, w.clock.Waited())
	}
}

// However long it takes to read a list, an engine that defers its accounts makes no
// requests for them.
func TestPuttingOffLastsUntilTheListEnds(t *testing.T) {
	w, _ := newShakyWorld(t, 3)
	w.Accounts, w.Resolve = nil, nil
	outage := &backfill.OutageError{Server: "home.example", RetryAt: w.clock.Now().Add(15 * time.Minute), Err: refusedConnection}
	err := w.PutOff(t.Context(), outage, func(yield func(backfill.Target, error) bool) {
		for _, h := range []fediverse.Handle{alice, {User: "bob", Domain: "notes.example"}} {
			if !yield(backfill.Target{Handle: h}, nil) {
				return
			}
			w.clock.Step(time.Hour)
		}
	})
	results := w.listener.results()
	if err != nil || len(results) != 2 {
		t.Fatalf("%+v, %v", results, err)
	}
	for _, r := range results {
		if r.Status != backfill.Deferred || r.Cause != backfill.Outage {
			t.Errorf("%+v", r)
		}
	}
}
