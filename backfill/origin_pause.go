package backfill

import (
	"errors"
	"fmt"
)

// checkPause returns a *PausedError if one of the hosts has asked for a pause that
// is not over, so that no request has to find that out again.
func (s *session) checkPause(hosts ...string) error {
	for _, host := range hosts {
		if host == "" {
			continue
		}
		until, err := s.engine.Ledger.PausedUntil(s.saving, host)
		if err != nil {
			return fmt.Errorf("reading the pause of %s: %w", host, err)
		}
		if until.Sub(s.now()) > SitOut {
			return &PausedError{Host: host, Until: until}
		}
	}
	return nil
}

// checkPauseEarly is checkPause and checkDown before any question to home, if the origin will
// certainly have to be read.
func (s *session) checkPauseEarly(t Target) error {
	byHome, err := s.requestWanted(s.engine.optionsFor(t))
	if byHome || err != nil {
		return err
	}
	if err := s.checkPause(t.Handle.Domain); err != nil {
		return err
	}
	return s.checkDown(t.Named, t.Handle.Domain)
}

// rememberPause remembers the pause that ended an account's work.
func (s *session) rememberPause(err error) error {
	var paused *PausedError
	if !errors.As(err, &paused) {
		return nil
	}
	if err := s.engine.Ledger.Pause(s.saving, paused.Host, paused.Until); err != nil {
		return fmt.Errorf("remembering the pause of %s: %w", paused.Host, err)
	}
	return nil
}
