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
func (f *filling) settleSuspects(posts []KnownPost, suspicious bool) {
	for _, k := range posts {
		if !suspicious || !f.keepForAgain(k) {
			f.vainTry(k)
		}
	}
}

// keepForAgain keeps a post for a second look, as long as there is room.
func (f *filling) keepForAgain(k KnownPost) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.again) >= mostAgain {
		return false
	}
	f.again = append(f.again, k)
	return true
}

// lookAgain tries those posts once more, slowly and one by one, whose first
// answer may have been about something else than the post. err is what ended
// the first pass; it is returned unless something worse has come.
func (f *filling) lookAgain(err error) error {
	f.settleSuspects(f.pace.takeSuspects())
	posts := f.again
	f.again = nil
	for row := 0; len(posts) > 0 && row < secondLookRow && (err == nil || errors.Is(err, errHopeless)); {
		k := posts[0]
		posts = posts[1:]
		var refused bool
		if refused, err = f.lookOnce(k, err); refused {
			row++
		} else {
			row = 0
		}
	}
	for _, k := range posts {
		f.vainTry(k)
	}
	return err
}

// lookOnce tries one post a second time. The first try is recorded as vain, so
// only a success has to be recorded.
func (f *filling) lookOnce(k KnownPost, before error) (refused bool, _ error) {
	pause := max(beforeSecondLook, f.pace.before())
	if err := f.wait(f.account.Handle, f.account.Handle.Domain, pause, "a second look"); err != nil {
		f.vainTry(k)
		return false, err
	}
	err := f.importPatiently(k)
	switch {
	case err == nil:
		if err := f.imported(k); err != nil {
			return false, err
		}
		return false, before
	case errors.Is(err, context.Canceled), endsRun(err):
		f.vainTry(k)
		return false, err
	}
	f.vainTry(k)
	return errors.Is(err, ErrRefused), before
}
