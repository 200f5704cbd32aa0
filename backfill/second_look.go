package backfill

import (
	"context"
	"errors"
	"time"
)

const (
	// beforeSecondLook is the least pause before a post is tried once more.
	beforeSecondLook = 5 * time.Second
	// secondLookRow is how many empty answers in a row end the second look.
	secondLookRow = 3
)

// settleSuspects counts posts that were refused in a row, or keeps them for a
// second look if the row was a suspicious one.
func (d *resolving) settleSuspects(posts []KnownPost, suspicious bool) {
	for _, k := range posts {
		if !suspicious || !d.keepForAgain(k) {
			d.vainTry(k)
		}
	}
}

// keepForAgain keeps a post for a second look, as long as there is room.
func (d *resolving) keepForAgain(k KnownPost) bool {
	d.row.Lock()
	defer d.row.Unlock()
	if len(d.again) >= mostAgain {
		return false
	}
	d.again = append(d.again, k)
	return true
}

// lookAgain tries those posts once more, slowly and one by one, whose first
// answer may have been about something else than the post. err is what ended
// the first pass; it is returned unless something worse has come.
func (d *resolving) lookAgain(err error) error {
	d.settleSuspects(d.pace.takeSuspects())
	posts := d.again
	d.again = nil
	for row := 0; len(posts) > 0 && row < secondLookRow && (err == nil || errors.Is(err, errHopeless)); {
		k := posts[0]
		posts = posts[1:]
		var refused bool
		if refused, err = d.lookOnce(k, err); refused {
			row++
		} else {
			row = 0
		}
	}
	for _, k := range posts {
		d.vainTry(k)
	}
	return err
}

// lookOnce tries one post a second time. The first try is recorded as vain, so
// only a success has to be recorded.
func (d *resolving) lookOnce(k KnownPost, before error) (refused bool, _ error) {
	pause := max(beforeSecondLook, d.pace.before())
	if err := d.wait(d.account.Handle, d.account.Handle.Domain, pause, "a second look"); err != nil {
		d.vainTry(k)
		return false, err
	}
	err := d.importPatiently(k)
	switch {
	case err == nil:
		if err := d.imported(k); err != nil {
			return false, err
		}
		return false, before
	case errors.Is(err, context.Canceled), endsRun(err):
		d.vainTry(k)
		return false, err
	}
	d.vainTry(k)
	return errors.Is(err, ErrRefused), before
}
