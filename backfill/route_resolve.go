package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// troubleRow is how many errors in a row from home end the imports of an
// account: home is not well.
const troubleRow = 5

var (
	// errHopeless: home gives nothing any more from this origin.
	errHopeless = errors.New("too many empty answers in a row")
	// errWouldImport and errWouldRequest are the answers of a dry run.
	errWouldImport  = errors.New("would import")
	errWouldRequest = errors.New("would request")
)

// resolving is route resolve: home is asked to resolve each post by itself.
type resolving struct {
	*filling
	held *heldWalk
	pace *originPace

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
	troubles sharedReason
	// stuck says that such a row has ended the imports, though home is well.
	stuck atomic.Bool
	// ended is what ended the account's imports before their time.
	ended error
}

func newResolving(f *filling) *resolving {
	return &resolving{
		filling:       f,
		held:          newHeldWalk(f.session.Held, f.account),
		pace:          f.paceOf(f.account.Handle.Domain),
		answersBefore: f.answers.Load(),
	}
}

// missing takes out the posts that home's own list shows.
func (d *resolving) missing(posts []KnownPost) ([]KnownPost, error) {
	var missing, held []KnownPost
	// Home's list is read by date; an origin's may have a pinned post on top, or
	// the oldest first.
	posts = slices.SortedStableFunc(slices.Values(posts), func(a, b KnownPost) int { return b.Published.Compare(a.Published) })
	for _, k := range posts {
		holds, err := d.held.holds(d.ctx, k.URI, k.Published)
		if err != nil {
			return nil, fmt.Errorf("reading what %s holds of %s: %w", d.Home, d.account.Handle, err)
		}
		if holds {
			held = append(held, k)
		} else {
			missing = append(missing, k)
		}
	}
	return missing, d.settleHeld(held)
}

func (d *resolving) send(posts []KnownPost) error {
	for _, k := range posts {
		if err := d.begin(k); err != nil {
			return err
		}
	}
	return nil
}

// finish waits for the imports in flight, and looks once more at the posts that
// may have been tried in vain for a passing reason.
func (d *resolving) finish(err error) error {
	d.inFlight.Wait()
	if d.ended != nil {
		err = d.ended
	}
	err = d.lookAgain(err)
	if failed := errors.Join(d.rest(), d.judgeAtEnd(err)); failed != nil {
		err = failed
	}
	d.releasePace(d.account.Handle.Domain)
	return err
}

func (s *session) paceOf(host string) *originPace {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paces[host] == nil {
		s.paces[host] = &originPace{}
	}
	return s.paces[host]
}

// releasePace forgets the pace of an origin that does not limit home.
func (s *session) releasePace(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.paces[host]; p != nil && p.before() == 0 && p.givenSoFar() < manyGiven {
		delete(s.paces, host)
	}
}

// begin starts the import of a post as soon as there is room for it.
func (d *resolving) begin(k KnownPost) error {
	if d.isSuspicious() {
		d.inFlight.Wait() // one of them may yet be given
	}
	if d.isSuspicious() {
		if taken, err := d.awaitOrigin(k); taken || err != nil {
			return err
		}
	}
	if pause := d.pace.before(); pause > 0 {
		if err := d.waitForOrigin(pause); err != nil {
			return err
		}
	}
	if err := d.enter(); err != nil {
		return err
	}
	if err := errors.Join(d.endedBy(), d.ctx.Err()); err != nil {
		<-d.imports
		return err
	}
	d.inFlight.Go(func() {
		defer func() { <-d.imports }()
		if _, err := d.take(k, d.Importer.Import(d.ctx, k.URI)); err != nil {
			d.endWith(err)
		}
	})
	return nil
}

// enter waits for room among the imports under way.
func (d *resolving) enter() error {
	select {
	case d.imports <- struct{}{}:
		return nil
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
}

// take notes what came of an import. given says that home has the post now.
// The error ends the imports of the account.
func (d *resolving) take(k KnownPost, err error) (given bool, _ error) {
	switch {
	case err == nil:
		return true, d.imported(k)
	case errors.Is(err, errWouldImport):
		d.count(k, WouldImport, "")
		return false, nil
	case errors.Is(err, ErrRefused):
		d.endTrouble()
		if err := d.answered(); err != nil {
			return false, err
		}
		return false, d.refused(k)
	case errors.Is(err, context.Canceled), endsRun(err):
		return false, err
	}
	return false, d.failed(k, err)
}

func (d *resolving) imported(k KnownPost) error {
	k.Outcome, k.Reason, k.NextTry = Imported, "", time.Time{}
	if err := d.countRises(); err != nil {
		return err
	}
	if err := d.recordOutcomes(k); err != nil {
		return err
	}
	d.count(k, Imported, "")
	d.endTrouble()
	d.pace.gave()
	if err := d.answered(); err != nil {
		return err
	}
	return d.endRow()
}

// failed notes an error that home answered with. What may pass, or has even
// succeeded without an answer in time, is tried once more at the end.
func (d *resolving) failed(k KnownPost, err error) error {
	t := doubted{post: k, outcome: Failed, reason: err.Error(), tried: d.Clock.Now(), homes: mayPass(err)}
	if !t.homes || !d.keepForAgain(t) {
		if err := d.settleVain(t); err != nil {
			return err
		}
	}
	if row := d.addTrouble(withoutPost(t.reason, k.URI)); row != "" {
		return d.troubled(row, err)
	}
	return nil
}

// troubled deals with a row of errors. If home was away for all and is back, the
// imports go on.
func (d *resolving) troubled(row string, err error) error {
	back, outage := d.Patience.SeeHome(d.ctx, err)
	switch {
	case outage != nil:
		return outage
	case back:
		d.endTrouble()
		return nil
	}
	d.stuck.Store(true)
	return &rowError{text: row, err: err}
}

// rowError is the last one of a row of errors. Its text is about them all.
type rowError struct {
	text string
	err  error
}

func (e *rowError) Error() string { return e.text }

func (e *rowError) Unwrap() error { return e.err }

// addTrouble adds to the row of errors from home, and returns what there is to say
// of the row if it has become too long.
func (d *resolving) addTrouble(reason string) string {
	d.state.Lock()
	defer d.state.Unlock()
	d.trouble++
	d.troubles.add(reason)
	if d.trouble < troubleRow {
		return ""
	}
	text := fmt.Sprintf("%d errors in a row", d.trouble)
	if all := d.troubles.after(text); all != text {
		return all
	}
	return text + ", the last: " + reason
}

func (d *resolving) endTrouble() {
	d.state.Lock()
	defer d.state.Unlock()
	d.trouble, d.troubles = 0, sharedReason{}
}

func (d *resolving) endWith(err error) {
	d.state.Lock()
	defer d.state.Unlock()
	if d.ended == nil {
		d.ended = err
	}
}

func (d *resolving) endedBy() error {
	d.state.Lock()
	defer d.state.Unlock()
	return d.ended
}
