package resolve

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// heldList is home's list of n posts, one a day backwards from top.
type heldList struct {
	top   time.Time
	n     int
	dated bool // whether the list can be entered at a date
	calls int
	fail  error
}

const heldPageSize = 40

func (l *heldList) at(i int) backfill.HeldPost {
	return backfill.HeldPost{URI: fmt.Sprint("held/", i), CreatedAt: l.top.AddDate(0, 0, -i)}
}

func (l *heldList) Held(_ context.Context, _ fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error) {
	l.calls++
	if l.fail != nil {
		return backfill.HeldPage{}, l.fail
	}
	i, _ := strconv.Atoi(cursor)
	if cursor == "" && l.dated && !newest.IsZero() {
		for i < l.n && l.at(i).CreatedAt.After(newest) {
			i++
		}
	}
	var page backfill.HeldPage
	for ; i < l.n && len(page.Posts) < heldPageSize; i++ {
		page.Posts = append(page.Posts, l.at(i))
	}
	if i < l.n {
		page.Next = strconv.Itoa(i)
	}
	return page, nil
}

func TestHeldWalkGoesInStep(t *testing.T) {
	top := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	list := &heldList{top: top, n: 10000, dated: true}
	w := newHeldWalk(list, fediverse.Account{})
	for i := range 500 {
		for _, c := range []struct {
			uri  string
			want bool
		}{{list.at(i).URI, true}, {fmt.Sprint("missing/", i), false}} {
			got, err := w.holds(t.Context(), c.uri, list.at(i).CreatedAt)
			if err != nil || got != c.want {
				t.Fatalf("holds(%s) = %v, %v", c.uri, got, err)
			}
		}
	}
	if most := 500/heldPageSize + 2; list.calls > most {
		t.Errorf("%d pages read for 500 posts, want at most %d", list.calls, most)
	}
	if len(w.seen) > 3*heldPageSize {
		t.Errorf("%d posts kept in mind", len(w.seen))
	}
}

func TestHeldWalkEntersDeepDown(t *testing.T) {
	top := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, dated := range []bool{true, false} {
		list := &heldList{top: top, n: 1000, dated: dated}
		w := newHeldWalk(list, fediverse.Account{})
		for _, i := range []int{2, 600, 601, 990} {
			if got, err := w.holds(t.Context(), list.at(i).URI, list.at(i).CreatedAt); err != nil || !got {
				t.Errorf("dated %v: post %d is not found: %v", dated, i, err)
			}
		}
		if dated && list.calls > 4 {
			t.Errorf("%d pages read although the list can be entered at a date", list.calls)
		}
		if most := 1000/heldPageSize + 2; list.calls > most {
			t.Errorf("dated %v: %d pages read, want at most %d", dated, list.calls, most)
		}
	}
}

func TestHeldWalkEnds(t *testing.T) {
	old := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	empty := &heldList{top: old}
	w := newHeldWalk(empty, fediverse.Account{})
	for range 3 {
		if got, err := w.holds(t.Context(), "x", old); got || err != nil {
			t.Fatal(got, err)
		}
	}
	if empty.calls != 1 {
		t.Errorf("an empty list was read %d times", empty.calls)
	}

	broken := errors.New("broken")
	w = newHeldWalk(&heldList{fail: broken}, fediverse.Account{})
	if _, err := w.holds(t.Context(), "x", old); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestHeldWalkWithoutDates(t *testing.T) {
	list := &heldList{top: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), n: 1000, dated: true}
	w := newHeldWalk(list, fediverse.Account{})
	for i := range 100 {
		if got, err := w.holds(t.Context(), list.at(i).URI, time.Time{}); err != nil || !got {
			t.Fatalf("post %d is not found: %v", i, err)
		}
		if got, err := w.holds(t.Context(), fmt.Sprint("missing/", i), time.Time{}); err != nil || got {
			t.Fatalf("a missing post is found: %v", err)
		}
	}
	if most := (200+undatedLead)/heldPageSize + 1; list.calls > most {
		t.Errorf("%d pages read, want at most %d", list.calls, most)
	}
}

// TestHeldWalkOutOfOrder: a listing with an old post on top, or one that starts over
// from its top.
func TestHeldWalkOutOfOrder(t *testing.T) {
	top := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, dated := range []bool{true, false} {
		list := &heldList{top: top, n: 1000, dated: dated}
		w := newHeldWalk(list, fediverse.Account{})
		for _, i := range []int{900, 0, 1, 2, 50, 800, 51, 52, 60, 40, 41} {
			if got, err := w.holds(t.Context(), list.at(i).URI, list.at(i).CreatedAt); err != nil || !got {
				t.Errorf("dated %v: post %d is not found: %v", dated, i, err)
			}
			if got, err := w.holds(t.Context(), "missing", list.at(i).CreatedAt); err != nil || got {
				t.Errorf("dated %v: a missing post is found: %v", dated, err)
			}
		}
		if dated && list.calls > 12 {
			t.Errorf("%d pages read although the list can be entered at a date", list.calls)
		}
	}
	// The oldest first: a list that can be entered only at its top is not read again
	// for each post.
	list := &heldList{top: top, n: 1000}
	w := newHeldWalk(list, fediverse.Account{})
	for i := 999; i >= 0; i-- {
		if _, err := w.holds(t.Context(), list.at(i).URI, list.at(i).CreatedAt); err != nil {
			t.Fatal(err)
		}
	}
	if most := (mostReturns + 1) * (1000/heldPageSize + 1); list.calls > most {
		t.Errorf("%d pages read, want at most %d", list.calls, most)
	}
}

// emptyPages is a list with some pages that contain none of the account's own posts.
type emptyPages struct{ heldList }

func (l *emptyPages) Held(_ context.Context, _ fediverse.Account, _ time.Time, cursor string) (backfill.HeldPage, error) {
	switch cursor {
	case "":
		return backfill.HeldPage{Next: "a"}, nil
	case "a":
		return backfill.HeldPage{Posts: []backfill.HeldPost{l.at(0)}, Next: "b"}, nil
	case "b":
		return backfill.HeldPage{Next: "c"}, nil
	}
	return backfill.HeldPage{Posts: []backfill.HeldPost{l.at(1)}}, nil
}

func TestHeldWalkGoesPastPagesWithoutPosts(t *testing.T) {
	list := &emptyPages{heldList{top: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}}
	w := newHeldWalk(list, fediverse.Account{})
	for i := range 2 {
		if got, err := w.holds(t.Context(), list.at(i).URI, list.at(i).CreatedAt); err != nil || !got {
			t.Errorf("post %d is not found: %v", i, err)
		}
	}
}

// undatedPosts is a list in which home cannot tell the dates of some posts.
type undatedPosts struct {
	heldList
	undated func(i int) bool
}

func (l *undatedPosts) Held(ctx context.Context, a fediverse.Account, newest time.Time, cursor string) (backfill.HeldPage, error) {
	if l.calls > 200 {
		return backfill.HeldPage{}, errors.New("the list is read without end")
	}
	page, err := l.heldList.Held(ctx, a, newest, cursor)
	for i, p := range page.Posts {
		if n, _ := strconv.Atoi(p.URI[len("held/"):]); l.undated(n) {
			page.Posts[i].CreatedAt = time.Time{}
		}
	}
	return page, err
}

func TestHeldWalkPastPostsWithoutADate(t *testing.T) {
	top := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, undated := range map[string]func(i int) bool{
		"the first of all":     func(i int) bool { return i == 0 },
		"the last of a page":   func(i int) bool { return i%heldPageSize == heldPageSize-1 },
		"the first of a page":  func(i int) bool { return i%heldPageSize == 0 },
		"every one but a few":  func(i int) bool { return i%13 != 0 },
		"a whole page":         func(i int) bool { return i/heldPageSize == 2 },
		"the first whole page": func(i int) bool { return i/heldPageSize == 0 },
		"all":                  func(int) bool { return true },
	} {
		for _, dated := range []bool{true, false} {
			list := &undatedPosts{heldList{top: top, n: 1000, dated: dated}, undated}
			w := newHeldWalk(list, fediverse.Account{})
			for i := range 300 {
				if got, err := w.holds(t.Context(), list.at(i).URI, list.at(i).CreatedAt); err != nil || !got {
					t.Fatalf("%s, dated %v: post %d is not found: %v", name, dated, i, err)
				}
			}
			if most := (300+undatedLead)/heldPageSize + 3; list.calls > most {
				t.Errorf("%s, dated %v: %d pages read, want at most %d", name, dated, list.calls, most)
			}
		}
	}
}

// TestHeldWalkDoesNotJumpWithoutDates: if the posts at the top have no date, nothing
// shows where the list was entered, so it is not entered again and again.
func TestHeldWalkDoesNotJumpWithoutDates(t *testing.T) {
	top := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	list := &undatedPosts{heldList{top: top, n: 1000}, func(i int) bool { return i < heldPageSize/2 }}
	w := newHeldWalk(list, fediverse.Account{})
	for _, i := range []int{2, 600, 601, 990} {
		if got, err := w.holds(t.Context(), list.at(i).URI, list.at(i).CreatedAt); err != nil || !got {
			t.Errorf("post %d is not found: %v", i, err)
		}
	}
	if list.calls > 30 {
		t.Errorf("%d pages read", list.calls)
	}
}

// pagedList is home's list, page by page, whatever it is asked for.
type pagedList struct {
	pages []backfill.HeldPage
	calls int
}

func (l *pagedList) Held(context.Context, fediverse.Account, time.Time, string) (backfill.HeldPage, error) {
	page := l.pages[l.calls]
	l.calls++
	page.Next = strconv.Itoa(l.calls)
	return page, nil
}

// A list that is entered again says nothing until it shows a post: an empty page is
// no sign of a home that tells no dates.
func TestHeldWalkReadsOnBelowAnEmptyPage(t *testing.T) {
	top := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	var old []backfill.HeldPost
	for i := range 2 * undatedLead {
		old = append(old, backfill.HeldPost{URI: fmt.Sprint("held/", i), CreatedAt: top.AddDate(-1, 0, -i)})
	}
	list := &pagedList{pages: []backfill.HeldPage{
		{Posts: old}, {}, {Posts: []backfill.HeldPost{{URI: "held/new", CreatedAt: top}}}, {Posts: old[:1]},
	}}
	w := newHeldWalk(list, fediverse.Account{})
	for _, p := range []backfill.HeldPost{old[0], {URI: "held/new", CreatedAt: top}} {
		if got, err := w.holds(t.Context(), p.URI, p.CreatedAt); err != nil || !got {
			t.Errorf("%s: %t, %v", p.URI, got, err)
		}
	}
}
