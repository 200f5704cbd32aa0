package backfill

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

const (
	firstLook = 5 * time.Second
	longLook  = time.Minute
)

// request takes route request where it is wanted and open. It returns true if
// the account's backfill ends there.
func (r *accountRun) request() (bool, error) {
	wanted, err := r.requestWanted()
	if !wanted || err != nil {
		return false, err
	}
	r.result.Route = RouteRequest
	if r.Requester == nil {
		r.fail(NoRoute, r.Home+" is too old for backfills of its own", Hint{Kind: UseResolve})
		return true, nil
	}
	asked, err := r.askedBefore()
	if err != nil {
		return false, err
	}
	if asked {
		r.conclude(Queued, "home was asked before an interruption; whether it agreed is not known", Hint{})
		return true, nil
	}
	before, err := r.sample()
	if err != nil {
		return false, err
	}
	return r.ask(before)
}

// askedFact is followed by the account's handle. Its value is the run that has
// asked home, as long as home's answer is not known.
const askedFact = "backfill_asked "

// askedBefore says that a process before this one has asked home in this very
// run, and ended before it could record the answer. Home is not asked twice.
func (r *accountRun) askedBefore() (bool, error) {
	if !r.run.Resumed {
		return false, nil
	}
	run, err := r.Ledger.Recall(r.saving, r.Home, askedFact+r.account.Handle.String())
	if err != nil {
		return false, fmt.Errorf("recalling what %s was asked: %w", r.Home, err)
	}
	return run == strconv.FormatInt(r.run.ID, 10), nil
}

// ask asks home, and records before that it does.
func (r *accountRun) ask(before map[string]bool) (bool, error) {
	remember := func(run int64) error {
		err := r.Ledger.Remember(r.saving, r.Home, askedFact+r.account.Handle.String(),
			strconv.FormatInt(run, 10), r.Clock.Now().Add(endpointMemory))
		if err != nil {
			return fmt.Errorf("remembering what %s is asked: %w", r.Home, err)
		}
		return nil
	}
	if err := remember(r.run.ID); err != nil {
		return false, err
	}
	asked := r.Clock.Now()
	err := r.Requester.Request(r.ctx, r.account)
	if err != nil {
		if err := remember(0); err != nil {
			return false, err
		}
	}
	return r.answered(err, before, asked)
}

// requestWanted says whether home is to be asked for a backfill of its own.
func (r *accountRun) requestWanted() (bool, error) {
	switch {
	case r.Options.Via == ViaRequest:
		return true, nil
	case r.Options.Via != ViaAuto || r.Requester == nil:
		return false, nil
	}
	none, err := NoEndpoint(r.saving, r.Ledger, r.Home)
	return !none, err
}

// NoEndpoint says whether the ledger remembers that home offers no backfills of
// its own, or none to us.
func NoEndpoint(ctx context.Context, l interface {
	Recall(ctx context.Context, server, name string) (string, error)
}, home string) (bool, error) {
	known, err := l.Recall(ctx, home, endpointFact)
	if err != nil {
		return false, fmt.Errorf("recalling the endpoints of %s: %w", home, err)
	}
	return known == endpointNone || known == endpointClosed, nil
}

// answered deals with home's answer to a request.
func (r *accountRun) answered(err error, before map[string]bool, asked time.Time) (bool, error) {
	var notNow *NotNowError
	var leftAlone *LeftAloneError
	var outage *OutageError
	switch {
	case errors.As(err, &outage):
		return false, err // it is about no endpoint
	case err == nil:
		r.conclude(Queued, "", Hint{})
		if !r.Options.Since.IsZero() || !r.Options.Until.IsZero() {
			r.tell(Warned{
				Account: r.account.Handle, Text: r.Home + " backfills it by itself, and chooses the posts: the dates asked for do not count",
				Hint: Hint{Kind: ResolveHeedsDates},
			})
		}
		r.watch(before, asked)
		return true, nil
	case errors.Is(err, ErrNoEndpoint):
		return r.noEndpoint()
	case errors.Is(err, errWouldRequest):
		r.result.Route = ""
		if r.Options.Via == ViaAuto {
			return false, nil
		}
		r.conclude(Done, "would ask "+r.Home+" to backfill it", Hint{})
		return true, nil
	case errors.As(err, &leftAlone):
		r.skip(leftAlone.Cause, r.Home+" leaves it alone: "+leftAlone.Error(), Hint{})
		return true, nil
	case errors.As(err, &notNow):
		at := r.Clock.Now().Add(deferral)
		if notNow.RetryAt.After(at) {
			at = notNow.RetryAt
		}
		r.deferTo(at, NotNow, r.Home+" says "+notNow.Error())
		return true, nil
	case r.Options.Via == ViaAuto && leadsOn(err):
		return false, r.closedEndpoint(err)
	}
	return false, err
}

// leadsOn says that an answer to a request for a backfill is none that the
// endpoint would give, so that there is no such endpoint for us, whatever else
// is in its place. A wrong token is wrong on the other routes, too; one that
// may not do this may well do all that they need.
func leadsOn(err error) bool {
	var unauthorized *UnauthorizedError
	var unavailable *UnavailableError
	var answer *AnswerError
	switch {
	case errors.As(err, &unauthorized):
		return unauthorized.NotForThis
	case errors.As(err, &unavailable):
		return !unavailable.Unsent
	}
	return errors.As(err, &answer)
}

// closedEndpoint remembers for a day that route request is not open, and says
// so once.
func (r *accountRun) closedEndpoint(err error) error {
	r.result.Route = ""
	if err := r.rememberEndpoint(endpointClosed, closedMemory); err != nil {
		return err
	}
	r.onceClosed.Do(func() {
		r.tell(Warned{
			Text: "route request is not open, and is left out for a day: " + answerIn(err),
			Hint: Hint{Kind: NextRoute},
		})
	})
	return nil
}

func (r *accountRun) rememberEndpoint(what string, memory time.Duration) error {
	if err := r.Ledger.Remember(r.saving, r.Home, endpointFact, what, r.Clock.Now().Add(memory)); err != nil {
		return fmt.Errorf("remembering the endpoints of %s: %w", r.Home, err)
	}
	return nil
}

func (r *accountRun) noEndpoint() (bool, error) {
	if err := r.rememberEndpoint(endpointNone, endpointMemory); err != nil {
		return false, err
	}
	if r.Options.Via == ViaRequest {
		r.fail(NoRoute, r.Home+" offers no backfills of its own", Hint{Kind: LeaveRouteOpen})
		return true, nil
	}
	r.result.Route = ""
	return false, nil
}

// sample is what home holds before a request whose effect is to be watched.
func (r *accountRun) sample() (map[string]bool, error) {
	if r.Options.Wait <= 0 {
		return nil, nil
	}
	posts, err := r.Requester.Sample(r.ctx, r.account)
	if err != nil {
		return nil, fmt.Errorf("looking at what %s holds: %w", r.Home, err)
	}
	uris := make(map[string]bool, len(posts))
	for _, p := range posts {
		uris[p.URI] = true
	}
	return uris, nil
}

// watch looks at home until posts appear that were not there before, or until
// the time is up, and says which.
// The request stands whether or not it can be watched.
func (r *accountRun) watch(before map[string]bool, asked time.Time) {
	if r.Options.Wait <= 0 {
		return
	}
	end := asked.Add(r.Options.Wait)
	for pause := firstLook; ; pause = min(2*pause, longLook) {
		left := end.Sub(r.Clock.Now())
		if left <= 0 {
			r.result.Reason = fmt.Sprintf("no posts have appeared within %s", r.Options.Wait)
			return
		}
		if err := r.wait(r.account.Handle, r.Home, min(pause, left), "posts to appear"); err != nil {
			r.result.Reason = "no longer watched"
			return
		}
		posts, err := r.Requester.Sample(r.ctx, r.account)
		if err != nil {
			r.result.Reason = fmt.Sprintf("cannot be watched: %v", err)
			return
		}
		if n := appeared(posts, before, asked); n > 0 {
			r.result.Reason = fmt.Sprintf("posts have begun to appear (%d seen)", n)
			return
		}
	}
}

// appeared counts the older posts that were not there before; new posts of the
// account say nothing about a backfill.
func appeared(posts []HeldPost, before map[string]bool, asked time.Time) int {
	n := 0
	for _, p := range posts {
		if !before[p.URI] && p.CreatedAt.Before(asked) {
			n++
		}
	}
	return n
}
