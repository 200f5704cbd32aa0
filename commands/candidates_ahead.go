package commands

import (
	"context"
	"slices"
	"time"

	"tootfill/backfill"
)

const (
	// aheadTime is how long accounts are read ahead: a list may come from a program
	// that writes a line now and then.
	aheadTime = 30 * time.Second
	// aheadRoom is about how many bytes those that were read ahead may take.
	aheadRoom = 12 << 20
	// aheadOfAPI is how many accounts are read ahead where home's API lists them: each
	// page of 80 takes from the limit for paging, which the run needs too.
	aheadOfAPI = 2000
)

// candidatesAhead are candidates of which some have been read before the run begins. They
// are held until the run takes them, and nothing is read twice.
type candidatesAhead struct {
	held []candidate
	// atEnd says that there are no more, and err why, if that is not their end.
	atEnd bool
	err   error

	rest chan candidateAhead
	// stop ends the list, and stopped says that nobody takes any more.
	stop    context.CancelFunc
	stopped chan struct{}
}

type candidateAhead struct {
	candidate candidate
	err       error
}

// readAhead reads up to most candidates ahead, as far as time and room allow. open opens the
// list, which ends with the context that it is given. The caller calls all or close.
func readAhead(ctx context.Context, clock backfill.Clock, most int, open func(context.Context) candidates) *candidatesAhead {
	reading, stop := context.WithCancel(ctx)
	a := &candidatesAhead{rest: make(chan candidateAhead), stop: stop, stopped: make(chan struct{})}
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
			room -= weight(next.candidate)
		case <-timed.Done():
			return a
		}
	}
	return a
}

// read hands on candidates as they are taken.
func (a *candidatesAhead) read(all candidates) {
	defer close(a.rest)
	for c, err := range all {
		select {
		case a.rest <- candidateAhead{c, err}:
		case <-a.stopped:
			return
		}
		if err != nil {
			return
		}
	}
}

func (a *candidatesAhead) hold(next candidateAhead, more bool) {
	if !more || next.err != nil {
		a.atEnd, a.err = true, next.err
		return
	}
	a.held = append(a.held, next.candidate)
}

// hasAddresses reports whether only home can tell whose account some of those are that
// were read ahead: perhaps nobody's, or one account's twice.
func (a *candidatesAhead) hasAddresses() bool {
	return slices.ContainsFunc(a.held, func(c candidate) bool { return c.address != "" })
}

// weight is about how many bytes a candidate takes.
func weight(t candidate) int {
	n := 300 + t.weight
	if t.Account != nil {
		n += 300 + len(t.Account.Note) + len(t.Account.DisplayName) + len(t.Account.URI) + len(t.Account.URL)
	}
	return n
}

// all yields the candidates that were read ahead, and then the rest. It can be called once.
func (a *candidatesAhead) all(yield func(candidate, error) bool) {
	defer a.close()
	for i, c := range a.held {
		a.held[i] = candidate{} // it is the run's now
		if !yield(c, nil) {
			return
		}
	}
	a.held = nil
	if a.err != nil {
		yield(candidate{}, a.err)
		return
	}
	for next := range a.rest {
		if !yield(next.candidate, next.err) {
			return
		}
	}
}

// close ends the reading, and returns when it has ended.
func (a *candidatesAhead) close() {
	close(a.stopped)
	a.stop()
	for range a.rest { //nolint:revive // until the source has ended too
	}
}
