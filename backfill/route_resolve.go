package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// troubleRow is how many errors in a row from home end the imports of an
	// account: home is not well.
	troubleRow = 5
	// mostAgain bounds how many posts are kept for a second look.
	mostAgain = 200
)

var (
	// errHopeless: home gives nothing any more from this origin.
	errHopeless = errors.New("too many empty answers in a row")
	// errWouldImport and errWouldRequest are the answers of a dry run.
	errWouldImport  = errors.New("would import")
	errWouldRequest = errors.New("would request")
)

// homeAway are the pauses after which a home that can not be reached is tried
// again before the run gives up.
var homeAway = [...]time.Duration{time.Second, 4 * time.Second}

// resolving is route resolve: home is asked to resolve each post by itself.
type resolving struct {
	*filling
	held *heldWalk
	pace *originPace

	inFlight sync.WaitGroup
	// row guards the fields below, which imports in flight change.
	row sync.Mutex
	// again are the posts that are to be tried once more at the end.
	again []KnownPost
	// trouble counts the errors from home in a row.
	trouble int
	// ended is what ended the account's imports before their time.
	ended error
}

func newResolving(f *filling) *resolving {
	return &resolving{
		filling: f,
		held:    newHeldWalk(f.session.Held, f.account),
		pace:    f.paceOf(f.account.Handle.Domain),
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
// may have been refused for a passing reason.
func (d *resolving) finish(err error) error {
	d.inFlight.Wait()
	if d.ended != nil {
		err = d.ended
	}
	err = d.lookAgain(err)
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
	if p := s.paces[host]; p != nil && p.before() == 0 {
		delete(s.paces, host)
	}
}

// begin starts the import of a post as soon as there is room for it.
func (d *resolving) begin(k KnownPost) error {
	if pause := d.pace.before(); pause > 0 {
		host := d.account.Handle.Domain
		if err := d.wait(d.account.Handle, host, pause, host+" seems to limit "+d.Home); err != nil {
			return err
		}
	}
	select {
	case d.imports <- struct{}{}:
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
	if err := errors.Join(d.endedBy(), d.ctx.Err()); err != nil {
		<-d.imports
		return err
	}
	d.inFlight.Go(func() {
		defer func() { <-d.imports }()
		if err := d.take(k, d.importPatiently(k)); err != nil {
			d.endWith(err)
		}
	})
	return nil
}

// importPatiently has a post imported, and waits for a home that can not be
// reached for a moment.
func (d *resolving) importPatiently(k KnownPost) error {
	for _, pause := range homeAway {
		err := d.Importer.Import(d.ctx, k.URI)
		var away *UnavailableError
		if !errors.As(err, &away) {
			return err
		}
		if err := d.wait(d.account.Handle, d.Home, pause, "it can not be reached"); err != nil {
			return err
		}
	}
	return d.Importer.Import(d.ctx, k.URI)
}

// take records what came of an import. The error that it returns ends the
// imports of the account.
func (d *resolving) take(k KnownPost, err error) error {
	switch {
	case err == nil:
		return d.imported(k)
	case errors.Is(err, errWouldImport):
		d.count(k, WouldImport, "")
		return nil
	case errors.Is(err, ErrRefused):
		return d.refused(k)
	case errors.Is(err, context.Canceled), endsRun(err):
		return err
	}
	return d.failed(k, err)
}

func (d *resolving) imported(k KnownPost) error {
	k.Outcome, k.Reason, k.NextTry = Imported, "", time.Time{}
	if err := d.recordOutcomes(k); err != nil {
		return err
	}
	d.count(k, Imported, "")
	d.setTrouble(0)
	d.settleSuspects(d.pace.answered())
	return nil
}

// refused notes an empty answer. Whether it is about the post or about the
// origin's limit shows in the answers that follow, so it is counted later.
func (d *resolving) refused(k KnownPost) error {
	k = afterVainTry(k, Refused, d.Home+" answered without the post", d.Clock.Now())
	if err := d.recordOutcomes(k); err != nil {
		return err
	}
	d.setTrouble(0)
	suspicious, hopeless := d.pace.refused(k)
	if suspicious {
		d.tell(Warned{
			Account: d.account.Handle,
			Text: fmt.Sprintf("%d empty answers in a row: %s seems to limit %s; slowing down",
				suspiciousRow, d.account.Handle.Domain, d.Home),
			Hint: "the posts are tried again at the end of this run and in later ones",
		})
	}
	if hopeless {
		return errHopeless
	}
	return nil
}

// failed notes an error that home answered with. Where no answer came in time
// the post may be there all the same, and is looked at again.
func (d *resolving) failed(k KnownPost, err error) error {
	k = afterVainTry(k, Failed, err.Error(), d.Clock.Now())
	if err := d.recordOutcomes(k); err != nil {
		return err
	}
	if !errors.Is(err, ErrUncertain) || !d.keepForAgain(k) {
		d.vainTry(k)
	}
	if n := d.setTrouble(1); n >= troubleRow {
		return fmt.Errorf("%d errors in a row, the last: %w", n, err)
	}
	return nil
}

// setTrouble adds to the row of errors from home, or ends it with 0.
func (d *resolving) setTrouble(add int) int {
	d.row.Lock()
	defer d.row.Unlock()
	if add == 0 {
		d.trouble = 0
	}
	d.trouble += add
	return d.trouble
}

func (d *resolving) endWith(err error) {
	d.row.Lock()
	defer d.row.Unlock()
	if d.ended == nil {
		d.ended = err
	}
}

func (d *resolving) endedBy() error {
	d.row.Lock()
	defer d.row.Unlock()
	return d.ended
}
