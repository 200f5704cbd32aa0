package backfill

import (
	"context"
	"time"
)

const (
	// dateSlack is how far the dates of one post may differ between the origin
	// and home, which keeps milliseconds only.
	dateSlack = time.Minute
	// heldMemory is for how long a held post is kept in mind after the walk
	// has passed its date.
	heldMemory = 24 * time.Hour
	// jumpGap is the distance in time from which on home's list is entered
	// anew further down instead of being paged through.
	jumpGap = 7 * 24 * time.Hour
	// undatedLead is how many posts further home's list is read where the
	// origin tells no dates: home may hold posts that the origin does not list.
	undatedLead = 80
)

// heldWalk reads home's list of an account's posts in step with the origin's,
// by date, and only as far as somebody asks.
type heldWalk struct {
	home    HeldPosts
	account Account

	begun, ended, noJump bool
	cursor               string
	// horizon is the date down to which the list has been read.
	horizon time.Time
	// listed counts the posts read of it, undated those asked for without a date.
	listed, undated int
	seen            map[string]time.Time
}

func newHeldWalk(home HeldPosts, a Account) *heldWalk {
	return &heldWalk{home: home, account: a, seen: make(map[string]time.Time)}
}

// holds says whether home has the post. Posts are asked for newest first.
func (w *heldWalk) holds(ctx context.Context, uri string, published time.Time) (bool, error) {
	if published.IsZero() {
		w.undated++
	}
	for !w.ended && w.behind(published) {
		if err := w.read(ctx, published); err != nil {
			return false, err
		}
	}
	_, ok := w.seen[uri]
	return ok, nil
}

// behind says that the list has not been read far enough for a post. Where posts
// have no dates it is read a little further than there were posts.
func (w *heldWalk) behind(published time.Time) bool {
	if published.IsZero() {
		return w.listed < w.undated+undatedLead
	}
	return !w.begun || !w.horizon.Before(published.Add(-dateSlack))
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
	w.take(page, published)
	return nil
}

// jump enters home's list anew near the date asked for. Only a home whose ids
// carry dates can do that; any other answers from the top, and the walk goes on
// from where it was.
func (w *heldWalk) jump(ctx context.Context, published time.Time) (bool, error) {
	if !w.begun || w.noJump || published.IsZero() || w.horizon.Sub(published) < jumpGap {
		return false, nil
	}
	newest := published.Add(dateSlack)
	page, err := w.home.Held(ctx, w.account, newest, "")
	if err != nil {
		return false, err
	}
	if len(page.Posts) > 0 && page.Posts[0].CreatedAt.After(newest.Add(dateSlack)) {
		w.noJump = true
		return false, nil
	}
	w.take(page, published)
	return true, nil
}

func (w *heldWalk) take(page HeldPage, published time.Time) {
	for uri, created := range w.seen {
		if !published.IsZero() && created.After(published.Add(heldMemory)) {
			delete(w.seen, uri)
		}
	}
	w.listed += len(page.Posts)
	for _, p := range page.Posts {
		w.seen[p.URI] = p.CreatedAt
		w.horizon = p.CreatedAt
	}
	repeated := w.begun && page.Next == w.cursor
	w.begun, w.cursor = true, page.Next
	w.ended = page.Next == "" || len(page.Posts) == 0 || repeated
}
