package backfill

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"tootfill/backfill/fediverse"
)

// recheck makes sure, before the first post of an account is delivered, that what an
// earlier run has learnt of the account still holds: at its origin, above all that it
// has not opted out, and at home, how home stands to it. An account with nothing new
// costs no such question.
type recheck struct {
	run     *accountRun
	listing Listing

	mu sync.Mutex
	// moved says that the listing has to be read from its top, in another place.
	moved atomic.Bool
}

// leftAlone ends the work on an account, since it turns out that nothing may be
// delivered.
type leftAlone struct{ verdict verdict }

func (e *leftAlone) Error() string { return e.verdict.reason }

// leftAloneBy is the verdict behind an error of the kind leftAlone; nil if it is
// another one.
func leftAloneBy(err error) *verdict {
	var left *leftAlone
	if errors.As(err, &left) {
		return &left.verdict
	}
	return nil
}

// early is the verdict on an account that wants to be left alone, by what is known of
// it. If the account may have changed its mind, it is asked. Jobs of an earlier
// process may have to be pushed again at any time, so that they need the whole check.
func (c *recheck) early() (*verdict, error) {
	r := c.run
	v := r.unwanted(c.listing.Actor())
	if v != nil && v.cause != Excluded {
		if _, err := c.listing.Revalidate(r.ctx); err != nil {
			return nil, err
		}
		v = r.unwanted(c.listing.Actor())
	}
	if v != nil {
		return v, nil
	}
	r.warnOfMove(c.listing.Actor())
	if r.route != RouteSidekiq {
		return nil, nil
	}
	jobs, err := r.s.engine.Ledger.Jobs(r.s.saving, r.run)
	if err == nil && len(jobs) > 0 {
		err = c.check()
	}
	if left := leftAloneBy(err); left != nil {
		return left, nil
	}
	return nil, err
}

// check does all that before the first delivery. An error of the kind leftAlone says
// that nothing may be delivered.
func (c *recheck) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run.checked {
		return nil
	}
	if err := c.run.checkHome(); err != nil {
		return err
	}
	if err := c.checkOrigin(); err != nil {
		return err
	}
	c.run.checked = true
	return nil
}

func (c *recheck) checkOrigin() error {
	before := c.listing.Actor()
	moved, err := c.listing.Revalidate(c.run.ctx)
	if err != nil {
		return err
	}
	now := c.listing.Actor()
	if v := c.run.unwanted(now); v != nil {
		return &leftAlone{*v}
	}
	if now.MovedTo != before.MovedTo {
		c.run.warnOfMove(now)
	}
	if moved {
		c.moved.Store(true)
	}
	return nil
}

// checkHome asks home how it stands to an account of which that is only remembered.
func (r *accountRun) checkHome() error {
	if !r.recalled.standing {
		return nil
	}
	r.recalled.standing = false
	standing, err := r.standingNow()
	if err != nil {
		return err
	}
	v := r.refuseFor(standing)
	if v == nil {
		return nil
	}
	if err := r.s.forgetAccount(r.account.Handle); err != nil {
		return err
	}
	return &leftAlone{*v}
}

// standingNow asks home how it stands to the account.
func (r *accountRun) standingNow() (Standing, error) {
	standing, err := r.s.engine.Accounts.Standing(r.ctx, r.accountNow())
	if !r.isForgottenByHome(err) {
		return standing, err
	}
	if err := r.findAgain(); err != nil {
		return Standing{}, err
	}
	return r.s.engine.Accounts.Standing(r.ctx, r.accountNow())
}

// isForgottenByHome reports whether home answers that it does not know the account of
// an id that is only remembered.
func (r *accountRun) isForgottenByHome(err error) bool {
	var answer *AnswerError
	return r.recalled.account && errors.As(err, &answer) && !answer.Foreign &&
		(answer.Status == http.StatusNotFound || answer.Status == http.StatusOK)
}

// findAgain asks home for an account whose id it no longer knows.
func (r *accountRun) findAgain() error {
	r.recalled.account = false
	if err := r.s.forgetAccount(r.account.Handle); err != nil {
		return err
	}
	found, err := r.s.engine.Accounts.Account(r.ctx, r.account.Handle)
	if err == nil {
		r.found.Store(&found)
	}
	return err
}

// forgetOutdated forgets what home has said of an account if its origin says that
// something about it is wrong.
func (r *accountRun) forgetOutdated(err error) error {
	var origin *OriginError
	if !r.recalled.account || !errors.As(err, &origin) || origin.passing() {
		return nil
	}
	return r.s.forgetAccount(r.account.Handle)
}

// accountNow is the account as home knows it now.
func (r *accountRun) accountNow() fediverse.Account {
	if found := r.found.Load(); found != nil {
		return *found
	}
	return r.account
}

func (r *accountRun) warnOfMove(a fediverse.Actor) {
	if a.MovedTo != "" {
		r.s.tell(Warned{Account: r.account.Handle, Text: "the account has moved to " + a.MovedTo})
	}
}
