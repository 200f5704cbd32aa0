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

	begun, ended, noJump bool
	cursor               string
	// horizon is the date down to which the list has been read, and top the date
	// below which it is kept in mind; a zero top means from the newest post.
	horizon, top time.Time
	// listed counts the posts read of it, asked those asked for, and undated
	// those of them without a date.
	listed, asked, undated int
	// returns counts how often the list was read from its top again.
	returns int
	seen    map[string]time.Time
}

func newHeldWalk(home HeldPosts, a fediverse.Account) *heldWalk {
	return &heldWalk{home: home, account: a, seen: make(map[string]time.Time)}
}

// holds reports whether home has the post. Posts are asked for newest first, except
// those that an origin lists out of place, and those of another listing that starts
// over from the top.
func (w *heldWalk) holds(ctx context.Context, uri string, published time.Time) (bool, error) {
	w.asked++
	if published.IsZero() {
		w.undated++
	} else if !w.top.IsZero() && published.After(w.top) {
		w.goBack()
	}
	for !w.ended && w.behind(published) {
		if err := w.read(ctx, published); err != nil {
			return false, err
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
	w.begun, w.ended, w.cursor, w.horizon = false, false, "", time.Time{}
}

// behind reports whether the list has not been read far enough for a post. If posts
// have no dates, the list is read a little further than there were posts.
func (w *heldWalk) behind(published time.Time) bool {
	switch {
	case published.IsZero():
		return w.listed < w.undated+undatedLead
	case w.begun && w.listed > 0 && w.horizon.IsZero():
		return w.listed < w.asked+undatedLead // home tells no dates
	}
	return !w.begun || w.horizon.IsZero() || !w.horizon.Before(published.Add(-dateSlack))
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
	if !w.begun {
		w.enter(page, newest)
	}
	w.keep(page, published)
	return nil
}

// jump enters home's list again near the date asked for. Only a home whose ids
// carry dates can do that; any other answers from the top, and the walk continues
// where it was.
func (w *heldWalk) jump(ctx context.Context, published time.Time) (bool, error) {
	if !w.begun || w.noJump || published.IsZero() || w.horizon.Sub(published) < jumpGap {
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
		w.top = time.Time{}
	case len(page.Posts) > 0 && (first.IsZero() || first.After(newest.Add(dateSlack))):
		w.noJump = true
		if !w.begun {
			w.top = time.Time{}
		}
	default:
		w.top = newest
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
	w.listed += len(page.Posts)
	for _, p := range page.Posts {
		w.seen[p.URI] = p.CreatedAt
		if !p.CreatedAt.IsZero() {
			w.horizon = p.CreatedAt
		}
	}
	repeated := w.begun && page.Next == w.cursor
	w.begun, w.cursor = true, page.Next
	w.ended = page.Next == "" || repeated
}

// forget drops what is newer than a date.
func (w *heldWalk) forget(newest time.Time) {
	for uri, created := range w.seen {
		if !created.After(newest) {
			continue
		}
		delete(w.seen, uri)
		if w.top.IsZero() || w.top.After(newest) {
			w.top = newest
		}
	}
}
