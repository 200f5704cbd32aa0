package backfill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// deferral is the least time for which an account is put off when home
	// says "not now" or a follow is not accepted yet.
	deferral = time.Hour
	// endpointMemory is for how long it is remembered that home offers no
	// backfill of its own.
	endpointMemory = 7 * 24 * time.Hour
	// closedMemory is the same for a home that answers as no such endpoint would,
	// such as with a page about maintenance.
	closedMemory   = 24 * time.Hour
	endpointFact   = "backfill_endpoint"
	endpointNone   = "none"
	endpointClosed = "closed"
)

// accountRun is the backfill of one account.
type accountRun struct {
	*session
	// Options are those for this account.
	Options Options
	target  Target
	task    task
	account fediverse.Account
	run     Run
	begun   bool
	// open says that the run can go on later without a new token.
	open bool
	// noted says that more is noted to be done for the account than is asked now;
	// that note stays.
	noted bool
	// handOver gives the account's place to the next one, while this one only
	// waits for what home makes of it.
	handOver func()
	result   Result
}

// runTarget runs one account to its result and tells of it, unless it turns out to
// be one that has to wait for its turn, or that the run has had already. handOver
// may be called once before its end.
func (s *session) runTarget(t task, handOver func(task)) verdict {
	r := &accountRun{session: s, Options: s.optionsFor(t.Target), target: t.Target, task: t, result: Result{Account: t.Handle}}
	r.handOver = sync.OnceFunc(func() { handOver(r.task) })
	if t.found == nil {
		s.tell(AccountStarted{Account: t.Handle})
	}
	err := r.backfill()
	var limited *LimitedError
	switch {
	case errors.Is(err, errOriginBusy):
		return verdict{task: r.task, again: true}
	case errors.Is(err, errTwice):
		if err := r.dropTwin(); err != nil {
			s.stop(err)
		}
		return verdict{task: r.task}
	case errors.As(err, &limited) && s.Options.WaitLimit:
		s.putOff(r.task, limited.NextAllowed)
		return verdict{task: r.task}
	}
	if err = r.finishRecent(err); err != nil {
		r.explain(err)
	}
	if err := errors.Join(r.rememberPause(err), r.settle()); err != nil {
		s.stop(err)
	}
	var outage *OutageError
	switch {
	case errors.As(err, &outage):
		s.giveUp(outage)
	case EndsRun(err):
		s.stop(err)
	}
	s.tell(AccountFinished{Result: r.result})
	return verdict{task: r.task}
}

// putOff keeps a task until its account's limit is over. It begins anew then.
func (s *session) putOff(t task, next time.Time) {
	t.found = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited = append(s.limited, limitedTask{task: t, next: next})
}

// backfill goes the way of one backfill up to its outcome in r.result. An error
// is turned into a result by explain.
func (r *accountRun) backfill() error {
	if err := r.checkLimit(r.target.Handle); err != nil {
		return r.limitedAs(r.target.Handle, err)
	}
	if outage := r.lastOutage(); outage != nil {
		return outage
	}
	if err := r.checkPauseEarly(); err != nil {
		return err
	}
	if err := r.resolve(); err != nil {
		return err
	}
	if err := r.admit(); err != nil {
		return err
	}
	if refused, err := r.refuse(); refused || err != nil {
		return err
	}
	run, err := r.Ledger.Begin(r.saving, r.account.Handle)
	if err != nil {
		return err
	}
	r.run, r.begun = run, true
	if run.Resumed {
		r.tell(AccountResumed{Account: r.account.Handle, StartedAt: run.StartedAt})
	}
	if done, err := r.request(); done || err != nil {
		return err
	}
	return r.fill()
}

// checkLimit asks the ledger before anything is asked of a server.
func (r *accountRun) checkLimit(h fediverse.Handle) error {
	next, err := r.Ledger.NextAllowed(r.saving, h)
	if err != nil {
		return fmt.Errorf("reading the limit of %s: %w", h, err)
	}
	if next.After(r.Clock.Now()) {
		return &LimitedError{NextAllowed: next}
	}
	return nil
}

func (r *accountRun) resolve() error {
	switch {
	case r.task.found != nil:
		r.account = *r.task.found
	case r.target.Account != nil:
		r.account = *r.target.Account
	default:
		a, err := AccountSpelled(r.ctx, r.Accounts, r.target.Handle, r.target.Spelling)
		if err != nil {
			return err
		}
		r.account = a
	}
	r.result.Account = r.account.Handle
	r.result.ProfileURL = r.account.URL
	return nil
}

// refuse settles accounts that are not to be backfilled, or not yet.
func (r *accountRun) refuse() (bool, error) {
	if r.account.Local {
		r.skip(Local, "lives on "+r.Home+", which has all of its posts", Hint{})
		return true, nil
	}
	if tag := fediverse.OptOut(r.account.Note); tag != "" {
		r.skip(OptedOut, optedOut(tag), Hint{})
		return true, nil
	}
	standing, err := r.standing()
	if err != nil {
		return false, err
	}
	if standing.Remark != "" {
		r.tell(Warned{Account: r.account.Handle, Text: standing.Remark})
	}
	switch {
	case standing.Refusal != "":
		r.skip(cmp.Or(standing.Cause, SuspendedByHome), standing.Refusal, Hint{})
	case standing.Blocking || standing.BlockedBy || standing.DomainBlocking:
		r.skip(Blocked, "there is a block between it and the token's account", Hint{})
	case standing.Following || r.Options.NotFollowed:
		return false, nil
	case standing.Requested:
		r.result.RetryAt, r.result.Cause = r.Clock.Now().Add(deferral), FollowRequested
		r.conclude(Deferred, "the follow is not accepted yet",
			Say("the handshake is not complete: the account has to accept the follow first"))
	default:
		r.fail(NotFollowed, "the account is not followed",
			Hint{Kind: FollowFirst, About: r.Home})
	}
	return true, nil
}

func optedOut(tag string) string { return "has opted out (" + tag + " in the profile)" }

func (r *accountRun) standing() (Standing, error) {
	if r.target.Standing != nil {
		return *r.target.Standing, nil
	}
	return r.Accounts.Standing(r.ctx, r.account)
}

func (r *accountRun) conclude(s Status, reason string, hint Hint) {
	r.result.Status, r.result.Reason, r.result.Hint = s, reason, hint
}

// skip leaves the account alone because of somebody's standing choice.
func (r *accountRun) skip(c Cause, reason string, hint Hint) {
	r.result.Cause = c
	r.conclude(Skipped, reason, hint)
}

// fail says that nothing could be done for the account, in a way that trying
// again or somebody's hand may mend.
func (r *accountRun) fail(c Cause, reason string, hint Hint) {
	r.result.Cause = c
	r.conclude(FailedAccount, reason, hint)
}

// deferTo puts the account off until a time.
func (r *accountRun) deferTo(at time.Time, c Cause, reason string) {
	r.result.RetryAt, r.result.Cause = at, c
	r.conclude(Deferred, reason, Hint{})
}

// finishRecent is err, unless it says that the account was backfilled a short
// while ago, and nothing was left then: that is no reason to come back.
func (r *accountRun) finishRecent(err error) error {
	var limited *LimitedError
	if !errors.As(err, &limited) {
		return err
	}
	past, lookErr := r.Ledger.LastRun(r.saving, r.result.Account)
	if lookErr != nil {
		return fmt.Errorf("reading the last run of %s: %w", r.result.Account, lookErr)
	}
	if !past.leavesNothing(r.Options.wanted(), r.Clock.Now()) {
		return err
	}
	if past.Deferred {
		r.noted = true
		return err
	}
	if past.Status == Skipped {
		r.skip(past.Cause, past.Reason, Hint{})
		return nil
	}
	r.result.Recent = true
	r.conclude(Done, "filled a short while ago, nothing to do", Hint{})
	return nil
}

// settle records the result and says when the account may be taken up again.
func (r *accountRun) settle() error {
	if r.result.Account != r.target.Handle && r.result.Status != Interrupted {
		// It was deferred under the name by which it was asked for, perhaps, while
		// nobody could tell the right one.
		if err := r.Ledger.Undefer(r.saving, r.target.Handle); err != nil {
			return fmt.Errorf("recording the result of %s: %w", r.result.Account, err)
		}
	}
	beyond, err := r.notedBeyond()
	if err != nil {
		return err
	}
	switch {
	case r.noted:
	case !r.result.RetryAt.IsZero():
		wanted := r.Options.wantedAs(r.target)
		d := Deferral{Account: r.result.Account, RetryAt: r.result.RetryAt, Reason: r.result.Reason, Wanted: &wanted}
		if d.Reason == "" {
			d.Reason = "posts to be tried again"
		}
		if err := r.Ledger.Defer(r.saving, d); err != nil {
			return fmt.Errorf("deferring %s: %w", r.result.Account, err)
		}
	case r.result.Status == Interrupted, beyond:
	default:
		if err := r.Ledger.Undefer(r.saving, r.result.Account); err != nil {
			return fmt.Errorf("recording the result of %s: %w", r.result.Account, err)
		}
	}
	if !r.begun {
		return nil
	}
	r.run.Wanted = r.Options.wanted()
	// Last, so that a crash before it leaves the run open and nothing undone.
	if err := r.Ledger.Finish(r.saving, r.run, r.result, r.open); err != nil {
		return fmt.Errorf("recording the result of %s: %w", r.result.Account, err)
	}
	return nil
}

// notedBeyond says that more is noted for the account than a run that has gone
// well was asked for, by another process perhaps. A run that takes up a note
// stands in its place.
func (r *accountRun) notedBeyond() (bool, error) {
	if !r.begun || r.target.Wanted != nil || r.result.Status != Done && r.result.Status != Queued {
		return false, nil
	}
	last, err := r.Ledger.LastRun(r.saving, r.result.Account)
	if err != nil {
		return false, fmt.Errorf("reading what is noted for %s: %w", r.result.Account, err)
	}
	if last.Noted == nil {
		return false, nil
	}
	wanted := r.Options.wanted()
	wanted.Listing = last.Noted.Listing // see Options.with: nobody takes it up
	done := PastRun{
		Wanted: &wanted, StartedAt: r.run.StartedAt, Route: r.result.Route,
		Status: r.result.Status, Eligible: r.result.Eligible,
	}
	return !done.leavesNothing(*last.Noted, r.Clock.Now()), nil
}

// explain turns the error that ended the backfill into its result.
func (r *accountRun) explain(err error) {
	var limited *LimitedError
	var busy *BusyError
	var paused *PausedError
	var origin *OriginError
	var page *PageError
	var outage *OutageError
	var unfinished *UnfinishedError
	r.open = r.open || errors.As(err, &unfinished)
	switch {
	case r.ctx.Err() != nil && errors.Is(err, context.Canceled):
		r.open = true
		r.conclude(Interrupted, "saved", Hint{})
	case errors.As(err, &outage):
		r.open = true
		r.deferTo(outage.RetryAt, outage.cause(), outage.Error())
	case errors.As(err, &limited):
		r.deferTo(limited.NextAllowed, Limited, "backfilled a short while ago")
	case errors.As(err, &busy):
		r.deferTo(r.afterTheOther(), Busy, busy.Error())
	case errors.As(err, &paused):
		r.open = true
		r.deferTo(paused.Until, Paused, paused.Host+" asks for a pause")
	case errors.As(err, &page):
		reason, hint := page.advice()
		r.conclude(Partial, reason, hint)
		if r.result.Listed == 0 {
			r.result.Status = FailedAccount
		}
		if page.Err.passing() || page.Runs > 0 && !page.final() {
			r.result.RetryAt = r.Clock.Now().Add(deferral)
		}
	case errors.As(err, &origin):
		r.unreadable(origin)
	default:
		r.open = true
		r.fail(homeCause(err), reasonOf(err), HintOf(err))
		if homeUnwell(err) {
			r.result.RetryAt = r.Clock.Now().Add(deferral)
		}
	}
	if r.result.Status == FailedAccount && r.result.Imported > 0 {
		r.result.Status = Partial
	}
}

// unreadable is the result of an account that its origin does not let us read.
func (r *accountRun) unreadable(origin *OriginError) {
	reason, hint := originAdvice(origin)
	switch {
	case r.result.Listed > 0:
		r.fail(origin.Cause, reason, hint)
		r.result.Status = Partial
	case origin.Cause.IsStanding() && !r.wrongListing(origin.Cause):
		// Robots cost no start, but what another process has done with this run
		// may count as one.
		r.result.Unspent = origin.Cause == Robots && !r.run.Resumed
		r.skip(origin.Cause, reason, hint)
	default:
		r.fail(origin.Cause, reason, hint)
	}
	if origin.passing() {
		r.result.RetryAt = r.Clock.Now().Add(deferral)
	}
}

// wrongListing says that the listing may be missing because it was asked for by
// name: another one may be there.
func (r *accountRun) wrongListing(c Cause) bool {
	return r.Options.Listing != "" && (c == NotFound || c == NoOutbox)
}

// homeCause says in one word why home did not do what it was asked.
func homeCause(err error) Cause {
	var answer *AnswerError
	switch {
	case errors.Is(err, ErrNoAccount):
		return NoAccount
	case Unwell(err), errors.As(err, &answer):
		return HomeError
	}
	return ""
}

// homeUnwell says that home answers with errors of its own, or not in time.
func homeUnwell(err error) bool {
	var answer *AnswerError
	return Unwell(err) || errors.As(err, &answer) && answer.Status == http.StatusTooManyRequests
}

// afterTheOther is when an account may be tried again on which another
// process works now.
func (r *accountRun) afterTheOther() time.Time {
	next, err := r.Ledger.NextAllowed(r.saving, r.result.Account)
	if soon := r.Clock.Now().Add(deferral); err != nil || next.Before(r.Clock.Now()) {
		return soon
	}
	return next
}

// reasonOf leaves out of an error what everybody knows already.
func reasonOf(err error) string {
	var unauthorized *UnauthorizedError
	var unavailable *UnavailableError
	switch {
	case errors.Is(err, ErrNoAccount):
		return ErrNoAccount.Error()
	case errors.As(err, &unauthorized):
		return unauthorized.Error()
	case errors.As(err, &unavailable):
		return unavailable.Error()
	}
	return err.Error()
}

// HintOf is the advice that comes with an error of home, or that can be given
// about it.
func HintOf(err error) Hint {
	var hinted *Hinted
	switch {
	case errors.As(err, &hinted):
		return hinted.Hint
	case errors.Is(err, ErrNoAccount):
		return Say(noAccountHint)
	case homeUnwell(err):
		return Say("the server is not well: try again later")
	}
	return Hint{}
}

const (
	// noAccountHint names the reasons for which home finds no account: it tells
	// accounts of a server that it has suspended, or not allowed, as little as
	// those that do not exist (Mastodon
	// app/controllers/api/v1/accounts/lookup_controller.rb).
	noAccountHint = "check the spelling; home also says this of a server that it has suspended, and, if it federates " +
		"only with servers that it has allowed, of all others"
	hiddenHint    = "the account, or its server, hides them from others; they can be read on the profile's page"
	suspendedHint = "nothing of it can be read as long as that lasts"
)

// originAdvice says in words why an origin cannot be read, and what to do.
func originAdvice(e *OriginError) (reason string, hint Hint) {
	var robots *RobotsError
	switch e.Cause {
	case Robots:
		if errors.As(e, &robots) {
			hint = robots.hint()
		}
		return "the robots.txt of " + e.Host + " keeps tootfill away", hint
	case NeedsSignature:
		return e.Host + " answers signed requests only",
			Hint{Kind: SignRequests}
	case Walled:
		return fmt.Sprintf("%s is blocked by something in front of it (%v)", e.Host, e.Err),
			Say("a check for bots keeps programs out there, or its admins have blocked home: ask them; its posts can be read on the profile's page")
	case NotFound:
		return e.Host + " does not know the account", Say("it may have been renamed or deleted, or be hidden from other servers")
	case Gone:
		return "the account is gone from " + e.Host, Say("it was deleted there, for good")
	case NoOutbox:
		return e.Host + " publishes no list of the posts", Say("they can be read on the profile's page")
	case Suspended:
		return e.Host + " has suspended the account", Say(suspendedHint)
	case Moved:
		return "the account has moved", Say("backfill the new account")
	case Hidden, Capped, Empty:
		return e.Host + " does not list the account's posts", Say(hiddenHint)
	case ServerError:
		return fmt.Sprintf("%s has an error of its own (%v)", e.Host, e.Err), Say("try again later")
	case Unreachable:
		return fmt.Sprintf("%s cannot be reached (%v)", e.Host, e.Err), Say("try again later, or see whether the server still exists")
	case Forbidden:
		return e.Error(), Say("tootfill keeps away from it by its own rules; its posts can be read on the profile's page")
	}
	return e.Error(), Say("the server may be broken, or speak no ActivityPub; its posts can be read on the profile's page")
}
