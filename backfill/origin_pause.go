package backfill

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// SitOut is the longest pause of an origin that is waited for; an account
	// whose origin asks for a longer one is deferred.
	SitOut = time.Minute
	// LongestPause is the longest pause that a server is given, whatever it asks
	// for: a Retry-After of ten years is a mistake, or malice.
	LongestPause = 7 * 24 * time.Hour
)

// Pauses remembers the pauses that servers have asked for, for all processes on
// this machine and whichever home server they fill.
type Pauses interface {
	// PausedUntil says until when a server wants to be left alone; zero if it does
	// not.
	PausedUntil(ctx context.Context, server string) (time.Time, error)
	// Pause remembers that. A pause that is longer already stays, and none is
	// longer than LongestPause.
	Pause(ctx context.Context, server string, until time.Time) error
}

// checkPause is a *PausedError if one of the hosts has asked for a pause that is
// not over, so that nothing has to be asked to learn that again.
func (s *session) checkPause(hosts ...string) error {
	for _, host := range hosts {
		if host == "" {
			continue
		}
		until, err := s.Ledger.PausedUntil(s.saving, host)
		if err != nil {
			return fmt.Errorf("reading the pause of %s: %w", host, err)
		}
		if until.Sub(s.Clock.Now()) > SitOut {
			return &PausedError{Host: host, Until: until}
		}
	}
	return nil
}

// checkPauseEarly is checkPause before home is asked anything, where it is certain
// that the origin will have to be read.
func (s *session) checkPauseEarly(t Target) error {
	byHome, err := s.requestWanted(s.optionsFor(t))
	if byHome || err != nil {
		return err
	}
	return s.checkPause(t.Handle.Domain)
}

// rememberPause remembers the pause that ended an account's work.
func (s *session) rememberPause(err error) error {
	var paused *PausedError
	if !errors.As(err, &paused) {
		return nil
	}
	if err := s.Ledger.Pause(s.saving, paused.Host, paused.Until); err != nil {
		return fmt.Errorf("remembering the pause of %s: %w", paused.Host, err)
	}
	return nil
}
