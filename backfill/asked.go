package backfill

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tootfill/backfill/fediverse"
)

// An account may be asked for by a name that is not its canonical handle, such as
// one with the host that serves it. That name ends here: everything after this uses
// the handle.

var (
	// errOriginBusy: another account of the same origin is being worked on.
	errOriginBusy = errors.New("another account on its server is being filled")
	// errTwice: the run has the account already, under another name.
	errTwice = errors.New("the account is named twice")
)

// limitedRun is the run of an account that may not begin yet. The ledger limits
// only canonical handles, so the name is one.
func (s *session) limitedRun(t *task, err error) (*accountRun, error) {
	var limited *LimitedError
	if !errors.As(err, &limited) {
		return nil, err
	}
	if !t.admitted && !s.isNew(t.Handle) {
		return nil, s.dropTwin(t.Handle, t.Handle)
	}
	t.admitted = true
	return s.newRun(*t, fediverse.Account{Handle: t.Handle}), err
}

// find finds the account that is asked for, unless that is done already.
func (s *session) find(t *task) (fediverse.Account, error) {
	switch {
	case t.found != nil:
		return *t.found, nil
	case t.Account != nil:
		return *t.Account, nil
	}
	known, err := s.recallAccount(t.Handle)
	if err != nil {
		return fediverse.Account{}, err
	}
	if t.recalled = known; known != nil {
		return known.account(t.Handle), nil
	}
	if t.unknown {
		return s.engine.Introducer.Fetch(s.ctx, t.Handle, cmp.Or(t.Spelling, t.Handle.User))
	}
	return AccountSpelled(s.ctx, s.engine.Accounts, t.Handle, t.Spelling)
}

// admit makes sure, now that the account is known, that the run has not had it
// under another name and that nobody else is working on its origin.
func (s *session) admit(t *task, a fediverse.Account) (*accountRun, error) {
	if !t.admitted && !s.isNew(a.Handle) {
		return nil, s.dropTwin(t.Handle, a.Handle)
	}
	t.admitted = true
	if err := s.rename(t, a.Handle); err != nil {
		return nil, err
	}
	if !s.claim(t, a.Origins()) {
		t.found = new(brief(a))
		return nil, errOriginBusy
	}
	return s.newRun(*t, a), nil
}

// rename gives a task the canonical handle of its account. It also renames a
// deferral noted under the name by which the account was asked for, while nobody
// could tell the right one.
func (s *session) rename(t *task, canonical fediverse.Handle) error {
	asked := t.Handle
	if asked == canonical {
		return nil
	}
	if err := s.engine.Ledger.RenameDeferral(s.saving, asked, canonical); err != nil {
		return fmt.Errorf("renaming %s to %s: %w", asked, canonical, err)
	}
	t.Handle = canonical
	if !strings.EqualFold(t.Spelling, canonical.User) {
		t.Spelling = ""
	}
	return nil
}

// claim claims the names of an origin for a task. If one of them is taken, it gives
// back those claimed so far: nobody waits for a name while holding another one.
func (s *session) claim(t *task, names []string) bool {
	var more []string
	for _, name := range names {
		if !slices.Contains(t.origins, name) && !slices.Contains(more, name) {
			more = append(more, name)
		}
	}
	all := append(slices.Clone(t.origins), more...)
	claimed := s.origins.claim(more)
	if !claimed {
		s.origins.free(t.origins)
	}
	t.origins = all
	return claimed
}

// dropTwin reports that a name stands for an account that the run already has, and
// withdraws a deferral under that name.
func (s *session) dropTwin(asked, canonical fediverse.Handle) error {
	text := "it is the same account as " + canonical.String() + ", and is filled once"
	if asked == canonical {
		text = "the account is listed under another name as well, and is filled once"
	} else if err := s.engine.Ledger.Settle(s.saving, Settlement{Account: asked, Undefer: true}); err != nil {
		return fmt.Errorf("recording the result of %s: %w", asked, err)
	}
	s.tell(Warned{Account: asked, Text: text})
	return errTwice
}
