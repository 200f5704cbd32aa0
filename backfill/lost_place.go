package backfill

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill/fediverse"
)

const (
	// lostRuns is the number of runs in which a place in a listing must fail before
	// the listing is walked from its top instead.
	lostRuns = 2
	// lostForGood stands for a place at which a walk from the top has failed as
	// well.
	lostForGood = lostRuns + 1
	// lostMemory is how long that is remembered.
	lostMemory = 30 * 24 * time.Hour
)

// PageError: an origin answers for the account, but not for a page of its listing.
type PageError struct {
	Err *OriginError
	// Page counts the pages of this walk, from 1.
	Page int
	// Saved says that an earlier walk stopped at this page.
	Saved bool
	// Runs is the number of runs in which it has failed.
	Runs int
}

func (e *PageError) Error() string { return e.Err.Error() }

func (e *PageError) Unwrap() error { return e.Err }

// final reports whether to expect nothing more of the page.
func (e *PageError) final() bool { return e.Runs >= lostForGood }

// isFinal reports whether an error is that of a page for which no run can do more.
func isFinal(err error) bool {
	var page *PageError
	return errors.As(err, &page) && page.final()
}

// advice says in words what is wrong with the page.
func (e *PageError) advice() (reason string, hint Hint) {
	what := fmt.Sprintf("does not serve page %d of the list of posts", e.Page)
	switch {
	case e.Saved:
		what = "no longer serves the place in the list where an earlier run stopped"
	case e.Page == 1:
		what = "does not serve the list of posts"
	}
	reason = fmt.Sprintf("%s %s (%v)", e.Err.Host, what, e.Err.Err)
	switch {
	case e.Page == 1:
		return reason, Say("the posts can be read on the profile page")
	case e.final():
		return reason, Say("reading the list from the top has not helped; the posts further down can be read on the profile page")
	case e.Runs == lostRuns:
		return reason, Say("the next run reads the list from the top, if the place is still lost")
	}
	return reason, Say("the next run tries it again, and later ones read the list from the top")
}

// isAboutThePage reports whether an error says nothing about the account, whose
// actor has just been read. Other causes are about the server, or about us; but at
// a place saved by an earlier walk, a refusal is about the place.
func isAboutThePage(c Cause, at place) bool {
	switch c {
	case NotFound, Gone:
		return true
	case NoOutbox, Malformed, ServerError:
		return at.cursor != ""
	case Forbidden, NeedsSignature, Walled:
		return at.saved
	}
	return false
}

// place is where a walk is.
type place struct {
	// cursor is empty at the top.
	cursor string
	// page counts the pages of the walk, from 1.
	page int
	// saved says that the cursor comes from an earlier walk.
	saved bool
}

// lostPlaces remembers in how many runs a place in an account's listing has failed.
type lostPlaces struct {
	account fediverse.Handle
	clock   Clock
	fact    Fact
}

// judge turns the error of a page into that of the walk. It returns nil if the
// listing is to be walked from its top instead: an origin that was reinstalled, or
// now runs other software, does not know the saved places. afresh says that the
// walk has already started over at the top.
func (l lostPlaces) judge(ctx context.Context, err error, at place, afresh bool) error {
	var origin *OriginError
	switch {
	case !errors.As(err, &origin) || !isAboutThePage(origin.Cause, at):
		return err
	case at.cursor == "":
		return &PageError{Err: origin, Page: 1}
	}
	runs, fromTop, err := l.count(ctx, at, afresh)
	if fromTop || err != nil {
		return err
	}
	return &PageError{Err: origin, Page: at.page, Saved: at.saved, Runs: runs}
}

// count remembers that a place has failed in this run as well, and returns in how
// many runs it has. fromTop says that it is time to walk from the top instead.
func (l lostPlaces) count(ctx context.Context, at place, afresh bool) (runs int, fromTop bool, err error) {
	known, err := l.fact.Recall(ctx)
	if err != nil {
		return 0, false, fmt.Errorf("recalling what is lost of %s: %w", l.account, err)
	}
	if before, cursor, _ := strings.Cut(known, " "); cursor == at.cursor {
		runs, _ = strconv.Atoi(before) // anything but a number was never ours
	}
	switch {
	case runs >= lostForGood:
		return runs, false, nil
	case runs == lostRuns && !afresh:
		return runs, true, nil
	}
	runs++
	if err := l.fact.Remember(ctx, strconv.Itoa(runs)+" "+at.cursor, l.clock.Now().Add(lostMemory)); err != nil {
		return 0, false, fmt.Errorf("remembering what is lost of %s: %w", l.account, err)
	}
	return runs, false, nil
}
