package backfill

import (
	"fmt"
	"time"
)

const (
	// firstLook is the pause before the first look at home; it grows up to
	// longLook.
	firstLook = 5 * time.Second
	longLook  = time.Minute
)

// sample is what home holds before a request whose effect is to be watched.
func (r *accountRun) sample() (map[string]bool, error) {
	if r.options.Wait <= 0 {
		return nil, nil
	}
	posts, err := r.s.engine.Requester.Sample(r.ctx, r.accountNow())
	if err != nil {
		return nil, fmt.Errorf("looking at what %s holds: %w", r.s.engine.Home, err)
	}
	uris := make(map[string]bool, len(posts))
	for _, p := range posts {
		uris[p.URI] = true
	}
	return uris, nil
}

// watch looks at home until posts appear that were not there before, or until the
// time is up, and says which happened. The request stands whether or not it can be
// watched.
func (r *accountRun) watch(before map[string]bool, asked time.Time) (what string) {
	if r.options.Wait <= 0 {
		return ""
	}
	end := asked.Add(r.options.Wait)
	for pause := firstLook; ; pause = min(2*pause, longLook) {
		left := end.Sub(r.s.now())
		if left <= 0 {
			return fmt.Sprintf("no posts have appeared within %s", r.options.Wait)
		}
		if err := r.s.waitIn(r.ctx, r.account.Handle, r.s.engine.Home, min(pause, left), "posts to appear"); err != nil {
			return "no longer watched"
		}
		posts, err := r.s.engine.Requester.Sample(r.ctx, r.accountNow())
		if err != nil {
			return fmt.Sprintf("cannot be watched: %v", err)
		}
		if n := appeared(posts, before, asked); n > 0 {
			return fmt.Sprintf("posts have begun to appear (%d seen)", n)
		}
	}
}

// appeared counts the older posts that were not there before; new posts of the
// account say nothing about a backfill.
func appeared(posts []HeldPost, before map[string]bool, asked time.Time) int {
	n := 0
	for _, p := range posts {
		if !before[p.URI] && p.CreatedAt.Before(asked) {
			n++
		}
	}
	return n
}
