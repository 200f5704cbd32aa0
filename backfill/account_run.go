package backfill

import (
	"context"
	"errors"
	"sync/atomic"

	"tootfill/backfill/fediverse"
)

// accountRun is the backfill of one account. It is made once the account is known:
// the canonical handle is its only name.
type accountRun struct {
	s       *session
	account fediverse.Account
	// options are those for this account; wanted is the part that is noted if the
	// account is deferred.
	options Options
	wanted  Wanted
	// note is what the note in the ledger wants from which the run comes; nil if it
	// comes from none.
	note *Wanted
	// named says that somebody has named the account.
	named bool
	// standing is how the token's account stands to it; nil if home still has to be
	// asked.
	standing *Standing
	// introduced says that this run has asked home for that, together with others.
	introduced bool
	// slot is the account's among those that are worked on. handOver gives it to
	// the next one, while this one only waits for home.
	slot *slot
	// recalled says that what is known of the account at home, and how home stands to
	// it, is only remembered.
	recalled struct{ account, standing bool }
	// checked says that what is remembered has been checked in this run.
	checked bool
	// found is the account as home knows it now, if what was remembered is outdated.
	found    atomic.Pointer[fediverse.Account]
	handOver func()

	tally tally
	// route is empty until one is taken.
	route Route
	run   Run
	begun bool
	// ctx ends when nothing new may be started for the account: with the session's, or
	// if another process has taken it. release frees what it holds.
	ctx     context.Context
	release context.CancelFunc
	// progress is how far it has come in earlier rounds of this process, and
	// caughtUp says that those of earlier processes are taken into account.
	progress progress
	caughtUp bool
}

func (s *session) newRun(t task, a fediverse.Account) *accountRun {
	o := s.engine.optionsFor(t.Target)
	r := &accountRun{s: s, ctx: s.ctx, release: func() {}, account: a, options: o, wanted: o.wantedAs(t.Target), note: t.Wanted, named: t.Named, standing: t.Standing}
	if at := t.introducedAt; !at.IsZero() && t.Standing != nil {
		r.introduced = true
		r.recalled.standing = s.now().Sub(at) > freshFor
	}
	if known := t.recalled; known != nil && r.standing == nil {
		r.recalled.account = true
		if r.recalled.standing = known.Following || o.NotFollowed; r.recalled.standing {
			r.standing = &Standing{Following: known.Following}
		}
	}
	return r
}

// unlessTaken is err or, if it only says that the work on the account has ended because
// another process has taken it, what says so.
func (r *accountRun) unlessTaken(err error) error {
	var taken *BusyError
	if errors.Is(err, context.Canceled) && r.s.ctx.Err() == nil && errors.As(context.Cause(r.ctx), &taken) {
		return taken
	}
	return err
}

// WhileOurs derives a context from an account's that an interrupt does not end, but only
// another process that takes the account. The caller ends it.
func WhileOurs(account context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(context.WithoutCancel(account))
	stop := context.AfterFunc(account, func() {
		var taken *BusyError
		if cause := context.Cause(account); errors.As(cause, &taken) {
			end(cause)
		}
	})
	return ctx, func() { stop(); end(nil) }
}
