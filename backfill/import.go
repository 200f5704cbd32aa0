package backfill

import (
	"context"
	"errors"
	"fmt"
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

// begin starts the import of a post as soon as there is room for it.
func (f *filling) begin(k KnownPost) error {
	if pause := f.pace.before(); pause > 0 {
		host := f.account.Handle.Domain
		if err := f.wait(f.account.Handle, host, pause, host+" seems to limit "+f.Home); err != nil {
			return err
		}
	}
	select {
	case f.imports <- struct{}{}:
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
	if err := errors.Join(f.endedBy(), f.ctx.Err()); err != nil {
		<-f.imports
		return err
	}
	f.inFlight.Go(func() {
		defer func() { <-f.imports }()
		if err := f.take(k, f.importPatiently(k)); err != nil {
			f.endWith(err)
		}
	})
	return nil
}

// importPatiently has a post imported, and waits for a home that can not be
// reached for a moment.
func (f *filling) importPatiently(k KnownPost) error {
	for _, pause := range homeAway {
		err := f.Importer.Import(f.ctx, k.URI)
		var away *UnavailableError
		if !errors.As(err, &away) {
			return err
		}
		if err := f.wait(f.account.Handle, f.Home, pause, "it can not be reached"); err != nil {
			return err
		}
	}
	return f.Importer.Import(f.ctx, k.URI)
}

// take records what came of an import. The error that it returns ends the
// imports of the account.
func (f *filling) take(k KnownPost, err error) error {
	switch {
	case err == nil:
		return f.imported(k)
	case errors.Is(err, errWouldImport):
		f.count(k, WouldImport, "")
		return nil
	case errors.Is(err, ErrRefused):
		return f.refused(k)
	case errors.Is(err, context.Canceled), endsRun(err):
		return err
	}
	return f.failed(k, err)
}

func (f *filling) imported(k KnownPost) error {
	k.Outcome, k.Reason, k.NextTry = Imported, "", time.Time{}
	if err := f.record(k); err != nil {
		return err
	}
	f.count(k, Imported, "")
	f.setTrouble(0)
	f.settleSuspects(f.pace.answered())
	return nil
}

// refused notes an empty answer. Whether it is about the post or about the
// origin's limit shows in the answers that follow, so it is counted later.
func (f *filling) refused(k KnownPost) error {
	k = afterVainTry(k, Refused, f.Home+" answered without the post", f.Clock.Now())
	if err := f.record(k); err != nil {
		return err
	}
	f.setTrouble(0)
	suspicious, hopeless := f.pace.refused(k)
	if suspicious {
		f.tell(Warned{
			Account: f.account.Handle,
			Text: fmt.Sprintf("%d empty answers in a row: %s seems to limit %s; slowing down",
				suspiciousRow, f.account.Handle.Domain, f.Home),
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
func (f *filling) failed(k KnownPost, err error) error {
	k = afterVainTry(k, Failed, err.Error(), f.Clock.Now())
	if err := f.record(k); err != nil {
		return err
	}
	if !errors.Is(err, ErrUncertain) || !f.keepForAgain(k) {
		f.vainTry(k)
	}
	if n := f.setTrouble(1); n >= troubleRow {
		return fmt.Errorf("%d errors in a row, the last: %w", n, err)
	}
	return nil
}

// setTrouble adds to the row of errors from home, or ends it with 0.
func (f *filling) setTrouble(add int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if add == 0 {
		f.trouble = 0
	}
	f.trouble += add
	return f.trouble
}

func (f *filling) record(k KnownPost) error {
	if err := f.Ledger.RecordOutcomes(f.saving, f.run, []KnownPost{k}); err != nil {
		return fmt.Errorf("recording %s: %w", k.URI, err)
	}
	return nil
}

// vainTry counts a post that was tried in vain for the last time in this run.
func (f *filling) vainTry(k KnownPost) {
	f.mu.Lock()
	f.vain = true
	f.mu.Unlock()
	if k.Attempts < maxAttempts {
		f.restUntil(k.NextTry)
	}
	f.count(k, k.Outcome, k.Reason)
}

func (f *filling) endWith(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended == nil {
		f.ended = err
	}
}

func (f *filling) endedBy() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}
