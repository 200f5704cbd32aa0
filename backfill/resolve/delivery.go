package resolve

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// delivery brings the posts of one account to home.
type delivery struct {
	route   *route
	filling backfill.Filling
	// ctx is the filling's.
	ctx     context.Context
	account fediverse.Account
	held    *heldWalk
	pace    *originPace
	// finding says that the delivery has the turn to find out whether the origin
	// gives again.
	finding bool

	// answersBefore is how many imports home had already answered in the run.
	answersBefore int64

	inFlight sync.WaitGroup
	// state guards the fields below, which imports in flight change.
	state  sync.Mutex
	doubts doubts
	// unjudged are the posts that may or may not be to blame.
	unjudged []doubted
	// trouble counts the errors from home in a row, and troubles are their reasons.
	trouble  int
	troubles backfill.SharedReason
	// stuck says that such a row has ended the imports although home is well.
	stuck atomic.Bool
	// ended is what ended the account's imports early.
	ended error
}

// endWith ends the imports with an error. The first one counts, but the end of the
// run does not hide what else an import in flight comes to.
func (d *delivery) endWith(err error) {
	d.state.Lock()
	defer d.state.Unlock()
	if d.ended == nil || errors.Is(d.ended, context.Canceled) {
		d.ended = err
	}
}

func (d *delivery) endedBy() error {
	d.state.Lock()
	defer d.state.Unlock()
	return d.ended
}
