package backfill

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// request takes route request if it is wanted and open. A nil verdict means that
// the next route is to be taken.
func (r *accountRun) request() (*verdict, error) {
	wanted, err := r.s.requestWanted(r.options)
	if !wanted || err != nil {
		return nil, err
	}
	if err := r.checkHome(); err != nil {
		if left := leftAloneBy(err); left != nil {
			return left, nil
		}
		return nil, err
	}
	v, err := r.askHome()
	switch {
	case errors.Is(err, errWouldRequest):
		return r.wouldRequest(), nil // home is not asked, so no route is taken
	case v != nil || err != nil:
		r.route = RouteRequest
	}
	return v, err
}

func (r *accountRun) askHome() (*verdict, error) {
	if r.s.engine.Requester == nil {
		return new(failed(NoRoute, r.s.engine.Home+" is too old for backfills of its own", Hint{Kind: UseResolve})), nil
	}
	asked, err := r.askedBefore()
	if err != nil {
		return nil, err
	}
	if asked {
		return new(queued("home was asked before an interruption; it is not known whether it agreed")), nil
	}
	before, err := r.sample()
	if err != nil {
		return nil, err
	}
	return r.ask(before)
}

// askedFact is the run that has asked home, until home's answer is known.
func (r *accountRun) askedFact() Fact { return r.s.factOf(r.account, "backfill_asked") }

// askedBefore reports whether an earlier process asked home in this very run and
// ended before it could record the answer. Home is not asked twice.
func (r *accountRun) askedBefore() (bool, error) {
	if !r.run.Resumed {
		return false, nil
	}
	run, err := r.askedFact().Recall(r.s.saving)
	if err != nil {
		return false, fmt.Errorf("recalling what %s was asked: %w", r.s.engine.Home, err)
	}
	return run == strconv.FormatInt(r.run.ID, 10), nil
}

// ask records that it asks home, and asks.
func (r *accountRun) ask(before map[string]bool) (*verdict, error) {
	remember := func(run int64) error {
		err := r.askedFact().Remember(r.s.saving, strconv.FormatInt(run, 10), r.s.now().Add(endpointMemory))
		if err != nil {
			return fmt.Errorf("remembering what %s is asked: %w", r.s.engine.Home, err)
		}
		return nil
	}
	if err := remember(r.run.ID); err != nil {
		return nil, err
	}
	asked := r.s.now()
	err := r.s.engine.Requester.Request(r.ctx, r.accountNow())
	if err != nil {
		if err := remember(0); err != nil {
			return nil, err
		}
	}
	return r.answered(err, before, asked)
}

// answered deals with home's answer to a request.
func (r *accountRun) answered(err error, before map[string]bool, asked time.Time) (*verdict, error) {
	var notNow *NotNowError
	var leftAlone *LeftAloneError
	var outage *OutageError
	switch {
	case errors.As(err, &outage):
		return nil, err // it is not about the endpoint
	case err == nil:
		if !r.options.Since.IsZero() || !r.options.Until.IsZero() {
			r.s.tell(Warned{
				Account: r.account.Handle, Text: r.s.engine.Home + " backfills it by itself, and chooses the posts: the dates that you gave are ignored",
				Hint: Hint{Kind: ResolveHeedsDates},
			})
		}
		return new(queued(r.watch(before, asked))), nil
	case errors.Is(err, ErrNoEndpoint):
		return r.noEndpoint()
	case errors.As(err, &leftAlone):
		return r.leftAlone(leftAlone), nil
	case errors.As(err, &notNow):
		at := r.s.now().Add(deferral)
		if notNow.RetryAt.After(at) {
			at = notNow.RetryAt
		}
		return new(deferred(at, NotNow, r.s.engine.Home+" says "+notNow.Error())), nil
	case r.options.Via == ViaAuto && leadsOn(err):
		return nil, r.s.closeEndpoint(err)
	}
	return nil, err
}

// leftAlone is the verdict on an account that home does not backfill. A nil verdict means
// that the next route is to be taken: home's own backfills may be for those who follow,
// while other routes need no follow.
func (r *accountRun) leftAlone(e *LeftAloneError) *verdict {
	reason := r.s.engine.Home + " leaves it alone: " + e.Error()
	switch e.Cause {
	case FollowRequested, NotFollowed:
		if r.options.NotFollowed && r.options.Via == ViaAuto {
			return nil
		}
		if e.Cause == FollowRequested {
			return new(deferred(r.s.now().Add(deferral), FollowRequested, reason))
		}
		return new(failed(NotFollowed, reason, Hint{Kind: FollowFirst, About: r.s.engine.Home}))
	case NoAccount:
		return new(failed(NoAccount, reason, Hint{}))
	}
	return new(skipped(e.Cause, reason, Hint{}))
}

// wouldRequest is the verdict of a dry run, which shows the posts if it may.
func (r *accountRun) wouldRequest() *verdict {
	if r.options.Via == ViaAuto {
		return nil
	}
	return new(done("would ask "+r.s.engine.Home+" to backfill it", Hint{}))
}

// noEndpoint takes the next route, if that is allowed, since home has no endpoint
// for backfills.
func (r *accountRun) noEndpoint() (*verdict, error) {
	if err := r.s.rememberEndpoint(endpointNone, endpointMemory); err != nil {
		return nil, err
	}
	if r.options.Via == ViaRequest {
		return new(failed(NoRoute, r.s.engine.Home+" offers no backfills of its own", Hint{Kind: LeaveRouteOpen})), nil
	}
	return nil, nil
}
