package backfill

import (
	"errors"
	"fmt"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// firstGap and longestGap bound the time after which a run asks an origin again
	// that is down. Each run that asks in vain doubles it.
	firstGap   = time.Hour
	longestGap = 24 * time.Hour
	// givenUpAfter is how long an origin has to be down before it is asked only for
	// accounts that somebody names.
	givenUpAfter = 30 * 24 * time.Hour
	// downMemory is how long that is remembered after the last try.
	downMemory = 365 * 24 * time.Hour
	// downName is the name under which the ledger has it.
	downName = "down"
)

// originOutage is what the ledger remembers of an origin that is down.
type originOutage struct {
	// since is when it was first asked in vain, and next when a run may ask again.
	since, next time.Time
	// gap is the time between the last try and the next one.
	gap time.Duration
	// why is what came of the last try.
	why string
	// asked says that this run was the last to try.
	asked bool
}

// after is the outage once the origin was asked in vain again. An origin that was
// asked early, because somebody named an account, gets no longer gap for that.
func (o originOutage) after(now time.Time, why string) originOutage {
	switch {
	case o.since.IsZero():
		o.since, o.gap = now, firstGap
	case !now.Before(o.next):
		o.gap = min(2*o.gap, longestGap)
	}
	o.next, o.why = now.Add(o.gap), why
	return o
}

// String is the form in which the ledger has it.
func (o originOutage) String() string {
	return fmt.Sprintf("%d %d %d %q", o.since.Unix(), o.next.Unix(), int64(o.gap/time.Second), o.why)
}

// readOutage reads that form; known is false if there is nothing to read.
func readOutage(text string) (o originOutage, known bool) {
	var since, next, gap int64
	if _, err := fmt.Sscanf(text, "%d %d %d %q", &since, &next, &gap, &o.why); err != nil {
		return originOutage{}, false
	}
	o.since, o.next, o.gap = time.Unix(since, 0), time.Unix(next, 0), time.Duration(gap)*time.Second
	return o, true
}

// DownError: an origin is down. It puts off all accounts of the origin.
type DownError struct {
	Host string
	// Since is when it was first asked in vain, RetryAt when a run may ask again.
	Since, RetryAt time.Time
	// GivenUp says that it is asked only for accounts that somebody names.
	GivenUp bool
	// Reason is what came of the last try.
	Reason string
}

func (e *DownError) Error() string { return e.Reason }

// verdict puts the account off, or leaves it alone if its server seems to be gone.
func (e *DownError) verdict() verdict {
	if e.GivenUp {
		reason := e.Host + " has given no answer since " + e.Since.UTC().Format(time.DateOnly)
		return skipped(Unreachable, reason, Say("name the account on the command line to try again")).stayOpen()
	}
	v := deferred(e.RetryAt, Unreachable, e.Reason).stayOpen()
	v.hint = Say("all accounts on this server are deferred")
	return v
}

// down is the error for an origin, as of now.
func (s *session) down(host string, o originOutage) *DownError {
	return &DownError{Host: host, Since: o.since, RetryAt: o.next, Reason: o.why, GivenUp: s.now().Sub(o.since) >= givenUpAfter}
}

// checkDown returns a *DownError if one of the hosts is known to be down and is not
// to be asked again yet. For an account that somebody has named it is asked, but only
// once in a run.
func (s *session) checkDown(named bool, hosts ...string) error {
	for _, host := range hosts {
		if host == "" {
			continue
		}
		o, known, err := s.outageOf(host)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if e := s.down(host, o); o.asked || !named && (e.GivenUp || s.now().Before(o.next)) {
			return e
		}
	}
	return nil
}

func (s *session) outageOf(host string) (o originOutage, known bool, _ error) {
	s.mu.Lock()
	o, known = s.outages[host]
	s.mu.Unlock()
	if known {
		return o, true, nil
	}
	text, err := s.engine.Ledger.Recall(s.saving, host, downName)
	if err != nil {
		return o, false, fmt.Errorf("recalling whether %s is down: %w", host, err)
	}
	if o, known = readOutage(text); !known {
		return o, false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if newer, found := s.outages[host]; found {
		return newer, true, nil // another account was faster
	}
	s.outages[host] = o
	return o, true, nil
}

// heedOrigin takes in what asking an origin has come to. If the origin is down, that
// is remembered, and a *DownError takes the place of the error. Any answer shows that
// the origin is up; answered says that there was one.
func (r *accountRun) heedOrigin(err error, answered bool) error {
	var origin *OriginError
	var paused *PausedError
	switch {
	case errors.As(err, &origin) && origin.Down && !answered:
		return r.s.rememberDown(origin)
	case err != nil && !answered && !errors.As(err, &paused) && (origin == nil || origin.Cause == Unreachable):
		return err // no answer, or not a whole one
	}
	for _, host := range []string{r.account.Handle.Domain, fediverse.HostOf(r.account.URI)} {
		if failed := r.s.forgetDown(host); failed != nil {
			return failed
		}
	}
	return err
}

// originAnswered reports whether the origin has answered anything about the account, although
// err ended the walk. If it did not serve the list, that may be about this account
// alone, and it may not have been asked anything else, since what it says of the
// account is remembered. Then it is asked once more.
func (r *accountRun) originAnswered(err error, l Listing) bool {
	var origin, again *OriginError
	switch {
	case err == nil, r.tally.soFar().listed > 0:
		return true
	case !errors.As(err, &origin) || !origin.Down:
		return false
	}
	_, failed := l.Revalidate(r.ctx)
	return failed == nil || errors.As(failed, &again) && !again.Down
}

// rememberDown remembers that an origin is down, and returns that as an error.
func (s *session) rememberDown(e *OriginError) error {
	o, _, err := s.outageOf(e.Host)
	if err != nil {
		return err
	}
	why, _ := originAdvice(e)
	o = o.after(s.now(), why)
	if err := s.engine.Ledger.Remember(s.saving, e.Host, downName, o.String(), s.now().Add(downMemory)); err != nil {
		return fmt.Errorf("remembering that %s is down: %w", e.Host, err)
	}
	o.asked = true
	s.mu.Lock()
	s.outages[e.Host] = o
	s.mu.Unlock()
	return s.down(e.Host, o)
}

// forgetDown forgets that an origin was down, if it was.
func (s *session) forgetDown(host string) error {
	s.mu.Lock()
	_, known := s.outages[host]
	s.mu.Unlock()
	if !known {
		return nil
	}
	if err := s.engine.Ledger.Remember(s.saving, host, downName, "", s.now()); err != nil {
		return fmt.Errorf("remembering that %s is up: %w", host, err)
	}
	s.mu.Lock()
	delete(s.outages, host)
	s.mu.Unlock()
	return nil
}
