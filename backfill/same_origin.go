package backfill

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"tootfill/backfill/fediverse"
)

var (
	// errOriginBusy: another account of the same origin is being worked on.
	errOriginBusy = errors.New("another account of its server is worked on")
	// errTwice: the run has the account already, under another name.
	errTwice = errors.New("the account is named twice")
)

// originClaims are the names of the origins that are being worked on. An origin
// has several: the domain of its handles, the host that it is served from, and
// whatever else leads there.
type originClaims struct {
	mu   sync.Mutex
	busy map[string]bool
}

// take claims all of the names, or none.
func (c *originClaims) take(names []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(names, func(n string) bool { return c.busy[n] }) {
		return false
	}
	for _, n := range names {
		c.busy[n] = true
	}
	return true
}

func (c *originClaims) free(names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range names {
		delete(c.busy, n)
	}
}

// admit makes sure, now that it is known which account this is, that nobody else
// works on its origin and that the run has not had it under another name. What
// was claimed so far is given back where that is not so: nobody waits for a name
// while holding another one.
func (r *accountRun) admit() error {
	if !r.task.admitted && !r.session.admit(r.account.Handle) {
		return errTwice
	}
	r.task.admitted = true
	var more []string
	for _, name := range r.account.Origins() {
		if !slices.Contains(r.task.origins, name) && !slices.Contains(more, name) {
			more = append(more, name)
		}
	}
	names := append(slices.Clone(r.task.origins), more...)
	if !r.origins.take(more) {
		r.origins.free(r.task.origins)
		r.task.origins, r.task.found = names, &r.account
		return errOriginBusy
	}
	r.task.origins = names
	return nil
}

// admit notes an account by its canonical name. It returns false if the run has
// had it already.
func (s *session) admit(h fediverse.Handle) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, twice := s.admitted[h]
	s.admitted[h] = struct{}{}
	return !twice
}

// limitedAs sees whether an account is limited because the run itself has just
// filled it, under another name. The name to which the limit belongs is the
// canonical one.
func (r *accountRun) limitedAs(h fediverse.Handle, err error) error {
	var limited *LimitedError
	if !errors.As(err, &limited) || r.task.admitted {
		return err
	}
	if !r.session.admit(h) {
		r.account.Handle = h
		return errTwice
	}
	r.task.admitted = true
	return err
}

// dropTwin tells that a name stands for an account that the run has already, and
// takes back a deferral under that name.
func (r *accountRun) dropTwin() error {
	text := "it is the same account as " + r.account.Handle.String() + ", and is filled once"
	if r.target.Handle == r.account.Handle {
		text = "the account is there under another name, too, and is filled once"
	} else if err := r.Ledger.Undefer(r.saving, r.target.Handle); err != nil {
		return fmt.Errorf("recording the result of %s: %w", r.target.Handle, err)
	}
	r.tell(Warned{Account: r.target.Handle, Text: text})
	return nil
}
