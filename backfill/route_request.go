package backfill

import (
	"context"
	"errors"
	"fmt"
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
		r.conclude(FailedAccount, r.Home+" is too old for backfills of its own", "use --via resolve")
		return true, nil
	}
	before, err := r.sample()
	if err != nil {
		return false, err
	}
	asked := r.Clock.Now()
	return r.answered(r.Requester.Request(r.ctx, r.account), before, asked)
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
// its own.
func NoEndpoint(ctx context.Context, l interface {
	Recall(ctx context.Context, server, name string) (string, error)
}, home string) (bool, error) {
	known, err := l.Recall(ctx, home, endpointFact)
	if err != nil {
		return false, fmt.Errorf("recalling the endpoints of %s: %w", home, err)
	}
	return known == endpointNone, nil
}

// answered deals with home's answer to a request.
func (r *accountRun) answered(err error, before map[string]bool, asked time.Time) (bool, error) {
	var notNow *NotNowError
	var unauthorized *UnauthorizedError
	switch {
	case err == nil:
		r.conclude(Queued, "", "")
		r.watch(before, asked)
		return true, nil
	case errors.Is(err, ErrNoEndpoint):
		return r.noEndpoint()
	case errors.Is(err, errWouldRequest):
		r.result.Route = ""
		if r.Options.Via == ViaAuto {
			return false, nil
		}
		r.conclude(Done, "would ask "+r.Home+" to backfill it", "")
		return true, nil
	case errors.As(err, &unauthorized) && r.Options.Via == ViaAuto:
		// The endpoint may want a scope that the other route does not need.
		r.result.Route = ""
		r.tell(Warned{
			Account: r.account.Handle, Text: "route request is not open: " + err.Error(),
			Hint: "--via resolve does not try it",
		})
		return false, nil
	case errors.As(err, &notNow):
		r.result.RetryAt = r.Clock.Now().Add(deferral)
		if notNow.RetryAt.After(r.result.RetryAt) {
			r.result.RetryAt = notNow.RetryAt
		}
		r.conclude(Deferred, r.Home+" says "+notNow.Error(), "")
		return true, nil
	}
	return false, err
}

func (r *accountRun) noEndpoint() (bool, error) {
	until := r.Clock.Now().Add(endpointMemory)
	if err := r.Ledger.Remember(r.saving, r.Home, endpointFact, endpointNone, until); err != nil {
		return false, fmt.Errorf("remembering the endpoints of %s: %w", r.Home, err)
	}
	if r.Options.Via == ViaRequest {
		r.conclude(FailedAccount, r.Home+" offers no backfills of its own", "use --via resolve, or leave --via out")
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
			r.result.Reason = fmt.Sprintf("can not be watched: %v", err)
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
