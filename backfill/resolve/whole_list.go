package resolve

import (
	"context"
	"hash/maphash"
	"time"

	"tootfill/backfill"
)

// wholeList is all that home holds of an account, as hashes: it may be long.
type wholeList map[uint64]struct{}

// listSeed is that of all lists of this process.
var listSeed = maphash.MakeSeed()

func (l wholeList) add(page backfill.HeldPage) {
	for _, p := range page.Posts {
		l[maphash.String(listSeed, p.URI)] = struct{}{}
	}
}

// isOutOfStep reports whether reading in step may miss a post: it has no date, or
// home's list cannot be entered at a date, or tells none.
func (w *heldWalk) isOutOfStep(published time.Time) bool {
	return published.IsZero() || w.noJump || w.depth == withoutDates
}

// inWhole reports whether home's whole list, which it reads once, has a post.
func (w *heldWalk) inWhole(ctx context.Context, uri string) (bool, error) {
	if w.whole == nil {
		whole := make(wholeList)
		for cursor, first := "", true; first || cursor != ""; first = false {
			page, err := w.home.Held(ctx, w.account, time.Time{}, cursor)
			if err != nil {
				return false, err
			}
			whole.add(page)
			if page.Next == cursor {
				break
			}
			cursor = page.Next
		}
		w.whole = whole
	}
	_, ok := w.whole[maphash.String(listSeed, uri)]
	return ok, nil
}
