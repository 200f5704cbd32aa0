package enginetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/resolve"
)

// ShakyHome is a home whose answers can be overridden, question by question. Its pulse
// is one of the questions.
type ShakyHome struct {
	*Home
	// Trouble answers a question in home's place: account, standing, held, import or
	// pulse. If it returns nil, or is nil, home answers.
	Trouble func(question string) error
	// Asked counts the questions.
	Asked map[string]int

	mu sync.Mutex
}

func (s *ShakyHome) meet(question string) error {
	s.mu.Lock()
	if s.Asked == nil {
		s.Asked = make(map[string]int)
	}
	s.Asked[question]++
	s.mu.Unlock()
	if s.Trouble == nil {
		return nil
	}
	return s.Trouble(question)
}

// Account asks Trouble first.
func (s *ShakyHome) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	if err := s.meet("account"); err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s at home.example: %w", h, err)
	}
	return s.Home.Account(ctx, h)
}

// Standing asks Trouble first.
func (s *ShakyHome) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	if err := s.meet("standing"); err != nil {
		return backfill.Standing{}, err
	}
	return s.Home.Standing(ctx, a)
}

// Held asks Trouble first.
func (s *ShakyHome) Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error) {
	if err := s.meet("held"); err != nil {
		return backfill.HeldPage{}, err
	}
	return s.Home.Held(ctx, a, newest, cursor)
}

// Import asks Trouble first.
func (s *ShakyHome) Import(ctx context.Context, uri string) (string, error) {
	if err := s.meet("import"); err != nil {
		return "", err
	}
	return s.Home.Import(ctx, uri)
}

// Pulse asks Trouble first.
func (s *ShakyHome) Pulse(context.Context) error { return s.meet("pulse") }

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

// NewShakyWorld is a world whose home is shaky.
func NewShakyWorld(t testing.TB, posts int) (*World, *ShakyHome) {
	w := NewWorld(t, posts)
	s := &ShakyHome{Home: w.Home}
	w.Engine.Accounts, w.Engine.Resolve, w.Engine.Requester = s, resolve.Deliverer{Held: s, Importer: s}, nil
	told := &sharedListener{to: w.Listener}
	w.Engine.Listener = told
	w.Engine.Patience = &backfill.Patience{
		Clock: w.Clock, Home: "home.example", Pulse: s.Pulse, Advice: "come again", Tell: told.Event,
	}
	return w, s
}

// AwayFor makes home fail with err for the time d, beginning with the nth question of
// a kind.
func (s *ShakyHome) AwayFor(c backfill.Clock, d time.Duration, from string, nth int, err error) {
	var begun time.Time
	n := 0
	s.Trouble = func(question string) error {
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
