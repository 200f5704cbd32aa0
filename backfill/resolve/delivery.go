package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// delivery brings the posts of one account to home.
type delivery struct {
	route   *route
	filling backfill.Filling
	account fediverse.Account
	held    *heldWalk
	pace    *originPace

	// answersBefore is how many imports home had answered in the run before.
	answersBefore int64

	inFlight sync.WaitGroup
	// state guards the fields below, which imports in flight change.
	state  sync.Mutex
	doubts doubts
	// unjudged are the posts of which it is open whether they are to blame.
	unjudged []doubted
	// trouble counts the errors from home in a row, and troubles are their reasons.
	trouble  int
	troubles backfill.SharedReason
	// stuck says that such a row has ended the imports, though home is well.
	stuck atomic.Bool
	// ended is what ended the account's imports before their time.
	ended error
}

func (r *route) deliver(f backfill.Filling) *delivery {
	a := f.Account()
	return &delivery{
		route: r, filling: f, account: a,
		held:          newHeldWalk(r.held, a),
		pace:          r.paceOf(a.Handle.Domain),
		answersBefore: r.answers.Load(),
	}
}

// Missing takes out the posts that home's own list shows.
func (d *delivery) Missing(posts []backfill.KnownPost) ([]backfill.KnownPost, error) {
	var missing, held []backfill.KnownPost
	// Home's list is read by date; an origin's may have a pinned post on top, or
	// the oldest first.
	posts = slices.SortedStableFunc(slices.Values(posts), func(a, b backfill.KnownPost) int { return b.Published.Compare(a.Published) })
	for _, k := range posts {
		holds, err := d.held.holds(d.route.ctx, k.URI, k.Published)
		if err != nil {
			return nil, fmt.Errorf("reading what %s holds of %s: %w", d.route.Home, d.account.Handle, err)
		}
		if holds {
			held = append(held, k.Arrived(backfill.Held))
		} else {
			missing = append(missing, k)
		}
	}
	return missing, d.filling.Settle(held...)
}

// Send begins an import for each of the posts.
func (d *delivery) Send(posts []backfill.KnownPost) error {
	for _, k := range posts {
		if err := d.begin(k); err != nil {
			return err
		}
	}
	return nil
}

// Finish waits for the imports in flight, and looks once more at the posts that
// may have been tried in vain for a passing reason.
func (d *delivery) Finish(err error) error {
	d.inFlight.Wait()
	if d.ended != nil {
		err = d.ended
	}
	err = d.lookAgain(err)
	if failed := errors.Join(d.rest(), d.judgeAtEnd(err)); failed != nil {
		err = failed
	}
	d.route.releasePace(d.account.Handle.Domain)
	return err
}

// begin starts the import of a post as soon as there is room for it.
func (d *delivery) begin(k backfill.KnownPost) error {
	if d.isSuspicious() {
		d.inFlight.Wait() // one of them may yet be given
	}
	if d.isSuspicious() {
		if tried, err := d.awaitOrigin(k); tried || err != nil {
			return err
		}
	}
	if pause := d.pace.before(); pause > 0 {
		if err := d.waitForOrigin(pause); err != nil {
			return err
		}
	}
	if err := d.route.enter(); err != nil {
		return err
	}
	if err := errors.Join(d.endedBy(), d.route.ctx.Err()); err != nil {
		d.route.leave()
		return err
	}
	d.inFlight.Go(func() {
		defer d.route.leave()
		if _, err := d.conclude(k, d.route.importer.Import(d.route.ctx, k.URI)); err != nil {
			d.endWith(err)
		}
	})
	return nil
}

// conclude notes what came of an import. given says that home has the post now.
// The error ends the imports of the account.
func (d *delivery) conclude(k backfill.KnownPost, err error) (given bool, _ error) {
	switch {
	case err == nil:
		return true, d.imported(k)
	case errors.Is(err, errWouldImport):
		return false, d.filling.Settle(k.Arrived(backfill.WouldImport))
	case errors.Is(err, backfill.ErrRefused):
		d.endTrouble()
		if err := d.answered(); err != nil {
			return false, err
		}
		return false, d.refused(k)
	case errors.Is(err, context.Canceled), backfill.EndsRun(err):
		return false, err
	}
	return false, d.failed(k, err)
}

func (d *delivery) imported(k backfill.KnownPost) error {
	if err := d.filling.Settle(k.Arrived(backfill.Imported)); err != nil {
		return err
	}
	d.endTrouble()
	d.pace.gave()
	if err := d.answered(); err != nil {
		return err
	}
	return d.endRow()
}

// failed notes an error that home answered with. What may pass, or has even
// succeeded without an answer in time, is tried once more at the end.
func (d *delivery) failed(k backfill.KnownPost, err error) error {
	t := doubted{post: k, outcome: backfill.Failed, reason: err.Error(), tried: d.route.Clock.Now(), homes: mayPass(err)}
	if !t.homes || !d.keepForAgain(t) {
		if err := d.settleVain(t); err != nil {
			return err
		}
	}
	if row := d.addTrouble(backfill.WithoutPost(t.reason, k.URI)); row != "" {
		return d.troubled(row, err)
	}
	return nil
}

func (d *delivery) endWith(err error) {
	d.state.Lock()
	defer d.state.Unlock()
	if d.ended == nil {
		d.ended = err
	}
}

func (d *delivery) endedBy() error {
	d.state.Lock()
	defer d.state.Unlock()
	return d.ended
}
