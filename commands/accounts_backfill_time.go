package commands

import (
	"context"
	"errors"
	"time"

	"tootfill/backfill"
)

// listGrace is how long lists of accounts are read on once the time for a run is up,
// so that the accounts on them are deferred.
const listGrace = 30 * time.Second

// timeLimits are the contexts that end when --max-time says so.
type timeLimits struct {
	// user ends only when the user interrupts the run.
	user context.Context
	// run is that of the work on accounts, and lists that of reading their lists.
	run, lists context.Context
}

// timeLimits limits the time of the run, if that is wanted. The returned function
// frees what the contexts hold.
func (r *backfillRun) timeLimits(ctx context.Context) (_ timeLimits, stop func()) {
	limits := timeLimits{user: ctx, run: ctx, lists: ctx}
	if r.settings.MaxTime == 0 {
		return limits, func() {}
	}
	end := r.began.Add(r.settings.MaxTime)
	var stopRun, stopLists func()
	limits.run, stopRun = r.until(ctx, end)
	limits.lists, stopLists = r.until(ctx, end.Add(listGrace))
	return limits, func() { stopRun(); stopLists() }
}

// until is ctx until a time, when it ends with the cause [backfill.ErrOutOfTime].
func (r *backfillRun) until(ctx context.Context, end time.Time) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	left := end.Sub(r.env.Clock.Now())
	go func() {
		if r.env.Clock.Wait(ctx, left) == nil {
			cancel(backfill.ErrOutOfTime)
		}
	}()
	return ctx, func() { cancel(nil) }
}

// whileTime ends the targets without an error if there is no time left to read them.
func (r *backfillRun) whileTime(limits timeLimits, all targets) targets {
	return func(yield func(backfill.Target, error) bool) {
		for target, err := range all {
			if err != nil && errors.Is(context.Cause(limits.lists), backfill.ErrOutOfTime) && limits.user.Err() == nil {
				r.listCut = true
				r.warned("out of time before the list of accounts was read to its end", backfill.Say("the same command again takes those that are missing"))
				return
			}
			if !yield(target, err) {
				return
			}
		}
	}
}
