package commands

import (
	"context"
	"time"

	"tootfill/backfill"
)

const (
	// aheadTime is how long targets are read ahead: a list may come from a program
	// that writes a line now and then.
	aheadTime = 30 * time.Second
	// aheadRoom is about how many bytes the targets that were read ahead may take.
	aheadRoom = 12 << 20
	// aheadOfAPI is how many accounts are read ahead where home's API lists them: each
	// page of 80 takes from the limit for paging, which the run needs too.
	aheadOfAPI = 2000
)

// aheadTargets are targets of which some have been read before the run begins. They
// are held until the run takes them, and nothing is read twice.
type aheadTargets struct {
	held []backfill.Target
	// atEnd says that there are no more, and err why, if that is not their end.
	atEnd bool
	err   error

	rest chan aheadTarget
	// stop ends the list, and stopped says that nobody takes targets any more.
	stop    context.CancelFunc
	stopped chan struct{}
}

type aheadTarget struct {
	target backfill.Target
	err    error
}

// readAhead reads up to most targets ahead, as far as time and room allow. open opens the
// list, which ends with the context that it is given. The caller calls all or close.
func readAhead(ctx context.Context, clock backfill.Clock, most int, open func(context.Context) targets) *aheadTargets {
	reading, stop := context.WithCancel(ctx)
	a := &aheadTargets{rest: make(chan aheadTarget), stop: stop, stopped: make(chan struct{})}
	go a.read(open(reading))
	timed, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_ = clock.Wait(timed, aheadTime) // whatever ends the wait, nothing more is read ahead
	}()
	for room := aheadRoom; room > 0 && len(a.held) < most && !a.atEnd; {
		select {
		case next, more := <-a.rest:
			a.hold(next, more)
			room -= weight(next.target)
		case <-timed.Done():
			return a
		}
	}
	return a
}

// read hands on targets as they are taken.
func (a *aheadTargets) read(all targets) {
	defer close(a.rest)
	for target, err := range all {
		select {
		case a.rest <- aheadTarget{target, err}:
		case <-a.stopped:
			return
		}
		if err != nil {
			return
		}
	}
}

func (a *aheadTargets) hold(next aheadTarget, more bool) {
	if !more || next.err != nil {
		a.atEnd, a.err = true, next.err
		return
	}
	a.held = append(a.held, next.target)
}

// weight is about how many bytes a target takes.
func weight(t backfill.Target) int {
	n := 300
	if t.Account != nil {
		n += 300 + len(t.Account.Note) + len(t.Account.DisplayName) + len(t.Account.URI) + len(t.Account.URL)
	}
	return n
}

// all yields the targets that were read ahead, and then the rest. It can be called once.
func (a *aheadTargets) all(yield func(backfill.Target, error) bool) {
	defer a.close()
	for i, target := range a.held {
		a.held[i] = backfill.Target{} // it is the run's now
		if !yield(target, nil) {
			return
		}
	}
	a.held = nil
	if a.err != nil {
		yield(backfill.Target{}, a.err)
		return
	}
	for next := range a.rest {
		if !yield(next.target, next.err) {
			return
		}
	}
}

// close ends the reading, and returns when it has ended.
func (a *aheadTargets) close() {
	close(a.stopped)
	a.stop()
	for range a.rest { //nolint:revive // until the source has ended too
	}
}
