package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

// shelf lists posts in an order of its own, on numbered pages.
type shelf struct {
	*enginetest.Origin
	pageSize int
	// arrange puts the posts, numbered from the oldest, into the order of the list.
	arrange func(n int) []int
	undated bool
}

func (s shelf) Open(_ context.Context, a fediverse.Account) (backfill.Listing, error) {
	return &shelfListing{Listing: enginetest.Listing{Origin: s.Origin, Account: a}, shelf: s}, nil
}

type shelfListing struct {
	enginetest.Listing
	shelf shelf
}

func (l *shelfListing) Page(ctx context.Context, cursor string) (backfill.Page, error) {
	if err := ctx.Err(); err != nil {
		return backfill.Page{}, err
	}
	if l.OnPage != nil {
		if err := l.OnPage(cursor); err != nil {
			return backfill.Page{}, err
		}
	}
	l.CountPage()
	number, _ := strconv.Atoi(cursor)
	chunks := slices.Collect(slices.Chunk(l.shelf.arrange(l.Posts), l.shelf.pageSize))
	if number >= len(chunks) {
		return backfill.Page{}, nil
	}
	page := backfill.Page{Items: len(chunks[number])}
	for _, i := range chunks[number] {
		p := fediverse.Post{
			URI: enginetest.PostURI(l.Account.Handle, i), Author: enginetest.ActorURI(l.Account.Handle), Visibility: fediverse.Public,
			Published: l.Top.AddDate(0, 0, i-1000),
		}
		if l.shelf.undated {
			p.Bare, p.Published = true, time.Time{}
		}
		page.Posts = append(page.Posts, p)
		page.Marks = append(page.Marks, p.URI)
	}
	if number+1 < len(chunks) {
		page.Next = strconv.Itoa(number + 1)
	}
	return page, nil
}

func upwards(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

func downwards(n int) []int {
	order := upwards(n)
	slices.Reverse(order)
	return order
}

// shuffled is the same order for every n, with later posts mixed in.
func shuffled(n int) []int {
	order := upwards(n)
	places := make([]uint64, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range places {
		places[i] = r.Uint64()
	}
	slices.SortFunc(order, func(a, b int) int {
		if places[a] < places[b] {
			return -1
		}
		return 1
	})
	return order
}

// pinned puts some of the oldest posts above the others.
func pinned(n, pins int, order func(int) []int) []int {
	all := order(n)
	return append(upwards(pins), slices.DeleteFunc(all, func(i int) bool { return i < pins })...)
}

// pagewise reverses each page of an order.
func pagewise(order []int, size int) []int {
	for chunk := range slices.Chunk(order, size) {
		slices.Reverse(chunk)
	}
	return order
}

var listingOrders = map[string]func(int) []int{
	"newest first":                             downwards,
	"oldest first":                             upwards,
	"without order":                            shuffled,
	"newest first under a pin":                 func(n int) []int { return pinned(n, 1, downwards) },
	"newest first under five pins":             func(n int) []int { return pinned(n, 5, downwards) },
	"newest page first, oldest on top of each": func(n int) []int { return pagewise(downwards(n), 20) },
	"oldest page first, newest on top of each": func(n int) []int { return pagewise(upwards(n), 20) },
	"the newest above the oldest": func(n int) []int {
		return append([]int{n - 1}, upwards(n-1)...)
	},
}

func newShelfWorld(t *testing.T, posts, pageSize int, arrange func(int) []int) *enginetest.World {
	t.Helper()
	w := enginetest.NewWorld(t, posts)
	w.Engine.Origin = shelf{Origin: w.Origin, pageSize: pageSize, arrange: arrange}
	return w
}

// wantNewest checks which posts home was given.
func wantNewest(t *testing.T, w *enginetest.World, from, to int) {
	t.Helper()
	var got, want []string
	for uri := range w.Home.TimesAsked() {
		got = append(got, uri)
	}
	slices.Sort(got)
	for i := from; i < to; i++ {
		want = append(want, enginetest.PostURI(enginetest.Alice, i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d posts, want those from %d to %d: %v", len(got), from, to-1, got)
	}
}

// The limit applies to the newest posts, in whatever order they are listed and
// however large the pages are.
func TestTheLimitTakesTheNewestInAnyOrder(t *testing.T) {
	for name, arrange := range listingOrders {
		for _, limit := range []int{1, 10, 30} {
			t.Run(fmt.Sprint(name, " ", limit), func(t *testing.T) {
				w := newShelfWorld(t, 100, 20, arrange)
				w.Engine.Options.Limit = limit
				enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: limit, Imported: limit})
				wantNewest(t, w, 100-limit, 100)
			})
		}
	}
}

// --since does not end the walk if older posts come first.
func TestSinceInAnyOrder(t *testing.T) {
	for name, arrange := range listingOrders {
		for _, size := range []int{3, 20, 100} {
			if size != 20 && (name != "oldest first" && name != "without order" && name != "newest first") {
				continue
			}
			t.Run(fmt.Sprint(name, " ", size), func(t *testing.T) {
				w := newShelfWorld(t, 100, size, arrange)
				w.Engine.Options.Since = w.Origin.Top.AddDate(0, 0, 90-1000)
				enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
				wantNewest(t, w, 90, 100)
			})
		}
	}
}

// The second run finds what is new. If the list is in order, it costs one page at
// either end.
func TestSecondRunsInAnyOrder(t *testing.T) {
	for name, arrange := range listingOrders {
		for _, limit := range []int{0, 500} {
			t.Run(fmt.Sprint(name, " ", limit), func(t *testing.T) {
				w := newShelfWorld(t, 105, 20, arrange)
				w.Engine.Options.Limit = limit
				enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 105, Imported: 105})
				for _, newer := range []int{0, 3, 30} {
					before := w.Origin.Posts
					w.Origin.Posts += newer
					w.Origin.PagesRead, w.Home.AskedFor = 0, nil
					w.Clock.Step(2 * time.Hour)
					enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: w.Origin.Posts, Held: before, Imported: newer})
					wantNewest(t, w, before, w.Origin.Posts)
					most := map[string]int{"newest first": 1, "oldest first": 2}[name]
					if most > 0 && newer == 0 && w.Origin.PagesRead > most {
						t.Errorf("%d pages were read for nothing new, want %d", w.Origin.PagesRead, most)
					}
				}
			})
		}
	}
}

// A list that was a single page is read further once it has grown. (A list whose
// first page looks newest first while the second has newer posts cannot be told from
// one whose second page has nothing new.)
func TestAListOfOnePageThatGrows(t *testing.T) {
	for name, arrange := range listingOrders {
		if name == "oldest page first, newest on top of each" {
			continue
		}
		w := newShelfWorld(t, 12, 20, arrange)
		enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 12, Imported: 12})
		for _, n := range []int{20, 21, 45} {
			before := w.Origin.Posts
			w.Origin.Posts = n
			w.Clock.Step(2 * time.Hour)
			if r := w.FillAlice(t); r.Status != backfill.Done || r.Imported != n-before {
				t.Errorf("%s, %d posts: %+v", name, n, r)
			}
		}
	}
}

// A walk interrupted far above the newest posts imports none of the oldest ones, and
// continues to the newest.
func TestInterruptedInAnyOrder(t *testing.T) {
	for name, arrange := range listingOrders {
		w := newShelfWorld(t, 200, 20, arrange)
		w.Engine.Options.Limit = 30
		ctx, cancel := context.WithCancel(t.Context())
		w.Origin.OnPage = func(cursor string) error {
			if cursor == "4" {
				cancel()
				return ctx.Err()
			}
			return nil
		}
		_, err := w.RunIn(ctx, enginetest.Alice)
		w.Origin.OnPage = nil
		if errors.Is(err, context.Canceled) {
			_, err = w.Run(t, enginetest.Alice)
		}
		cancel()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		t.Run(name, func(t *testing.T) { wantNewest(t, w, 170, 200) })
	}
}

// Small pages say little: a pinned post on the first page does not show the order of
// the list.
func TestSmallPages(t *testing.T) {
	for size := 1; size <= 4; size++ {
		for _, pins := range []int{0, 1} {
			w := newShelfWorld(t, 60, size, func(n int) []int { return pinned(n, pins, downwards) })
			w.Engine.Options.Limit = 10
			w.FillAlice(t)
			wantNewest(t, w, 50, 60)
			if w.Origin.PagesRead > 20 {
				t.Errorf("%d pages of %d posts were read for the newest 10", w.Origin.PagesRead, size)
			}
		}
	}
}

// A dry run and route sidekiq pick the same posts.
func TestOldestFirstOnOtherWays(t *testing.T) {
	w, s := enginetest.NewSidekiqWorld(t, 100)
	w.Engine.Origin = shelf{Origin: w.Origin, pageSize: 20, arrange: upwards}
	w.Engine.Options.Limit = 30
	r := w.FillAlice(t)
	for i := 70; i < 100; i++ {
		if s.Pushed[enginetest.PostURI(enginetest.Alice, i)] != 1 {
			t.Errorf("post %d was not pushed", i)
		}
	}
	if len(s.Pushed) != 30 || r.Imported != 30 {
		t.Errorf("pushed %d: %+v", len(s.Pushed), r)
	}

	d := newShelfWorld(t, 100, 20, upwards)
	d.Engine.Options.Limit = 30
	d.Engine = d.Engine.DryRun()
	d.FillAlice(t)
	would := 0
	for _, e := range d.Listener.Events {
		if e, ok := e.(backfill.PostSettled); ok && e.Outcome == backfill.WouldImport && e.URI >= enginetest.PostURI(enginetest.Alice, 70) {
			would++
		}
	}
	if would != 30 {
		t.Errorf("%d of the newest 30 would be imported", would)
	}
}

// If the list breaks off before the newest posts, no other posts are imported
// instead of them until it is clear that there is no way to continue.
func TestOldestFirstThatBreaksOff(t *testing.T) {
	w := newShelfWorld(t, 100, 20, upwards)
	w.Engine.Options.Limit = 10
	w.Origin.OnPage = func(cursor string) error {
		if cursor == "3" {
			return unreadable(backfill.NotFound, "404 Not Found")
		}
		return nil
	}
	for i := range 3 {
		r := w.FillAlice(t)
		imported := 0
		if i == 2 {
			imported = 10
		}
		if r.Status != backfill.Partial || r.Imported != imported {
			t.Errorf("run %d: %+v", i+1, r)
		}
		w.Clock.Step(2 * time.Hour)
	}
	wantNewest(t, w, 50, 60)
}

// Once the limit is reached, a missing second page does not matter.
func TestTheOrderIsNotWorthAFailure(t *testing.T) {
	w := newShelfWorld(t, 100, 20, downwards)
	w.Engine.Options.Limit = 10
	w.Origin.OnPage = func(cursor string) error {
		if cursor != "" {
			return unreadable(backfill.ServerError, "500")
		}
		return nil
	}
	enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10})
}

// A list without dates is taken to be newest first, and costs nothing more.
func TestAListWithoutDates(t *testing.T) {
	w := enginetest.NewWorld(t, 100)
	w.Engine.Origin = shelf{Origin: w.Origin, pageSize: 20, arrange: downwards, undated: true}
	w.Engine.Options.Limit = 10
	if enginetest.WantCounts(t, w.FillAlice(t), backfill.Result{Status: backfill.Done, Eligible: 10, Imported: 10}); w.Origin.PagesRead != 1 {
		t.Errorf("%d pages were read", w.Origin.PagesRead)
	}
	wantNewest(t, w, 90, 100)
}
