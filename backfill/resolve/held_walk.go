package resolve

import (
	"context"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

const (
	// dateSlack is how far the dates of one post may differ between the origin
	// and home, which keeps milliseconds only.
	dateSlack = time.Minute
	// heldMemory is how long a held post is kept in mind after the walk has passed
	// its date.
	heldMemory = 24 * time.Hour
	// jumpGap is the distance in time at which home's list is entered again further
	// down instead of being paged through.
	jumpGap = 7 * 24 * time.Hour
	// undatedLead is how many posts further home's list is read if the origin gives
	// no dates: home may hold posts that the origin does not list.
	undatedLead = 80
	// mostReturns is how often a list that cannot be entered at a date is read
	// from its top again.
	mostReturns = 3
)

// heldWalk reads home's list of an account's posts in step with the origin's,
// by date, and only as far as somebody asks.
type heldWalk struct {
	home    HeldPosts
	account fediverse.Account
	// exact says that no held post may be missed: where the list cannot be read in
	// step, it is read through, and whole then has all of it.
	exact bool
	whole wholeList

	// depth is how far down the list has been read, horizon the date that goes with
	// downToHorizon, and cursor that of the next page.
	depth   heldDepth
	horizon time.Time
	cursor  string
	// kept is which of the posts that were read are kept in mind.
	kept keptPosts
	// noJump says that the list can only be entered at its top.
	noJump bool
	// listed counts the posts read of it, asked those asked for, and undated
	// those of them without a date.
	listed, asked, undated int
	// returns counts how often the list was read from its top again.
	returns int
	seen    map[string]time.Time
}

// heldDepth is how far down home's list has been read.
type heldDepth int

const (
	// notEntered: it is to be entered, for the first time or again.
	notEntered heldDepth = iota
	// entered: no post has been read yet.
	entered
	// withoutDates: posts have been read, and none of them had a date.
	withoutDates
	// downToHorizon: it has been read down to a date.
	downToHorizon
	// toItsEnd: there is nothing more to read.
	toItsEnd
)

// keptPosts are the posts up to a date, or all from the newest on.
type keptPosts struct {
	bounded bool
	newest  time.Time
}

func keptUpTo(date time.Time) keptPosts { return keptPosts{bounded: true, newest: date} }

// has reports whether a post of a date would be among them.
func (k keptPosts) has(date time.Time) bool { return !k.bounded || !date.After(k.newest) }

// upTo are those of them up to a date.
func (k keptPosts) upTo(date time.Time) keptPosts {
	if k.bounded && !k.newest.After(date) {
		return k
	}
	return keptUpTo(date)
}

func newHeldWalk(home HeldPosts, a fediverse.Account) *heldWalk {
	return &heldWalk{home: home, account: a, seen: make(map[string]time.Time)}
}

// holds reports whether home has the post. Posts are asked for newest first, except
// those that an origin lists out of place, and those of another listing that starts
// over from the top.
func (w *heldWalk) holds(ctx context.Context, uri string, published time.Time) (bool, error) {
	if w.exact && w.isOutOfStep(published) {
		return w.inWhole(ctx, uri)
	}
	w.asked++
	if published.IsZero() {
		w.undated++
	} else if !w.kept.has(published) {
		w.goBack()
	}
	for w.behind(published) {
		if err := w.read(ctx, published); err != nil {
			return false, err
		}
		if w.exact && w.isOutOfStep(published) {
			return w.inWhole(ctx, uri)
		}
	}
	_, ok := w.seen[uri]
	return ok, nil
}

// goBack enters the list again, for a post that is newer than what is kept in mind.
// If the list can only be entered at its top, it does so a few times; after that,
// home may be asked once more for a post that it has.
func (w *heldWalk) goBack() {
	if w.noJump {
		if w.returns == mostReturns {
			return
		}
		w.returns++
	}
	w.depth, w.cursor = notEntered, ""
}

// behind reports whether the list has not been read far enough for a post. If posts
// have no dates, the list is read a little further than there were posts.
func (w *heldWalk) behind(published time.Time) bool {
	switch {
	case w.depth == toItsEnd:
		return false
	case published.IsZero():
		return w.listed < w.undated+undatedLead
	case w.depth == withoutDates:
		return w.listed < w.asked+undatedLead
	case w.depth == downToHorizon:
		return !w.horizon.Before(published.Add(-dateSlack))
	}
	return true
}

func (w *heldWalk) read(ctx context.Context, published time.Time) error {
	if jumped, err := w.jump(ctx, published); jumped || err != nil {
		return err
	}
	newest := published
	if !published.IsZero() {
		newest = published.Add(dateSlack)
	}
	page, err := w.home.Held(ctx, w.account, newest, w.cursor)
	if err != nil {
		return err
	}
	if w.depth == notEntered {
		w.enter(page, newest)
	}
	w.keep(page, published)
	return nil
}

// jump enters home's list again near the date asked for. Only a home whose ids
// carry dates can do that; any other answers from the top, and the walk continues
// where it was.
func (w *heldWalk) jump(ctx context.Context, published time.Time) (bool, error) {
	if w.depth != downToHorizon || w.noJump || published.IsZero() || w.horizon.Sub(published) < jumpGap {
		return false, nil
	}
	newest := published.Add(dateSlack)
	page, err := w.home.Held(ctx, w.account, newest, "")
	if err != nil {
		return false, err
	}
	if w.enter(page, newest); w.noJump {
		return false, nil
	}
	w.horizon = newest
	w.keep(page, published)
	return true, nil
}

// enter notes where home has let the list be entered with its first page. A page
// of posts without dates does not show that it did not begin at the top.
func (w *heldWalk) enter(page backfill.HeldPage, newest time.Time) {
	first := firstDate(page)
	switch {
	case newest.IsZero():
		w.kept = keptPosts{}
	case len(page.Posts) > 0 && (first.IsZero() || first.After(newest.Add(dateSlack))):
		w.noJump = true
		if w.depth == notEntered {
			w.kept = keptPosts{}
		}
	default:
		w.kept = keptUpTo(newest)
	}
}

// firstDate is the date of the first post of a page that has one.
func firstDate(page backfill.HeldPage) time.Time {
	for _, p := range page.Posts {
		if !p.CreatedAt.IsZero() {
			return p.CreatedAt
		}
	}
	return time.Time{}
}

// keep keeps the posts of a page in mind, and forgets what is much newer than the
// date asked for.
func (w *heldWalk) keep(page backfill.HeldPage, published time.Time) {
	if !published.IsZero() {
		w.forget(published.Add(heldMemory))
	}
	repeated := w.depth != notEntered && page.Next == w.cursor
	w.deepen(page)
	w.listed += len(page.Posts)
	for _, p := range page.Posts {
		w.seen[p.URI] = p.CreatedAt
	}
	w.cursor = page.Next
	if page.Next == "" || repeated {
		w.depth = toItsEnd
	}
}

// deepen notes how far the list has been read with a page.
func (w *heldWalk) deepen(page backfill.HeldPage) {
	if w.depth == notEntered {
		w.depth = entered
	}
	if w.depth == entered && len(page.Posts) > 0 {
		w.depth = withoutDates
	}
	for _, p := range page.Posts {
		if !p.CreatedAt.IsZero() {
			w.depth, w.horizon = downToHorizon, p.CreatedAt
		}
	}
}

// forget drops what is newer than a date.
func (w *heldWalk) forget(newest time.Time) {
	for uri, created := range w.seen {
		if !created.After(newest) {
			continue
		}
		delete(w.seen, uri)
		w.kept = w.kept.upTo(newest)
	}
}
