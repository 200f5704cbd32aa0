package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// world is an origin's listing and the naive model of what the ledger must know
// about it: sets of entries, without stretches and gaps.
type world struct {
	t      *testing.T
	in     kind
	random *rand.Rand
	dir    string
	clock  *backfilltest.Clock
	ledger *ledger.Ledger
	run    backfill.Run

	// entries are those of the listing, newest first; odd ones are boosts, of which
	// the ledger sees only the marks.
	entries []int
	last    int
	// size is how many entries a page has. epoch is part of every cursor: the origin
	// refuses cursors of an earlier epoch.
	size, epoch int
	// oldestFirst reverses the listing.
	oldestFirst bool
	sources     map[string]*sourceModel
	// tried says in which run a post was tried last.
	tried map[string]int64
}

// sourceModel is what the model knows about one source.
type sourceModel struct {
	// seen are the entries that some page has shown, and top is the latest top page.
	seen map[int]bool
	top  backfill.ListedPage
	// breaks counts the walks that broke off, gone the entries that were deleted,
	// and died says that a cursor has died, all since a walk last came to the end.
	breaks, gone int
	died         bool
}

func newWorld(t *testing.T, in kind, seed uint64) *world {
	random := rand.New(rand.NewPCG(seed, 2))
	w := &world{
		t: t, in: in, random: random, dir: t.TempDir(), size: 2 + random.IntN(8), oldestFirst: seed%4 == 3,
		clock: backfilltest.NewClock(), tried: make(map[string]int64),
		sources: map[string]*sourceModel{"outbox": {seen: map[int]bool{}}, "api": {seen: map[int]bool{}}},
	}
	w.restart()
	return w
}

// restart closes the ledger, as the end of a process does, and resumes the run, or
// begins another one if it has finished.
func (w *world) restart() {
	w.t.Helper()
	if w.ledger != nil {
		if w.random.IntN(2) == 0 {
			ledgertest.Finish(w.t, w.ledger, w.run, false)
			w.clock.Step(time.Hour + time.Second)
		}
		if err := w.ledger.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	w.ledger = w.in.open(w.t, options(w.dir, w.clock))
	w.run = ledgertest.Begin(w.t, w.ledger, ledgertest.Alice)
}

func (w *world) post(n int) {
	for range n {
		w.last += 1 + w.random.IntN(2)
		w.entries = slices.Insert(w.entries, 0, w.last)
	}
}

func (w *world) delete(n int) {
	for range min(n, len(w.entries)) {
		at := w.random.IntN(len(w.entries))
		w.entries = slices.Delete(w.entries, at, at+1)
		for _, s := range w.sources {
			s.gone++
		}
	}
}

// page is the page at a cursor, which names the last entry of the page before; ok is
// false if the cursor has died.
func (w *world) page(source, cursor string) (p backfill.ListedPage, ok bool) {
	rest := slices.Clone(w.entries)
	if w.oldestFirst {
		slices.Reverse(rest)
	}
	if cursor != "" {
		var epoch, last int
		if _, err := fmt.Sscanf(cursor, "%d after %d", &epoch, &last); err != nil {
			w.t.Fatal(err)
		}
		if epoch != w.epoch {
			return p, false
		}
		rest = slices.DeleteFunc(rest, func(e int) bool { return w.oldestFirst == (e <= last) && e != last || e == last })
	}
	p = backfill.ListedPage{Source: source, First: cursor == ""}
	shown := rest[:min(w.size, len(rest))]
	for _, n := range shown {
		p.Marks = append(p.Marks, ledgertest.URI(n)+"/activity")
		if n%2 == 0 {
			p.Posts = append(p.Posts, fediverse.Post{URI: ledgertest.URI(n), Published: ledgertest.DayZero.Add(time.Duration(n/8) * time.Hour)})
		}
		w.sources[source].seen[n] = true
	}
	if len(rest) > len(shown) {
		p.Next = fmt.Sprintf("%d after %d", w.epoch, shown[len(shown)-1])
	}
	return p, true
}

// unseen counts the entries that no page has shown.
func (w *world) unseen(source string) int {
	n := 0
	for _, e := range w.entries {
		if !w.sources[source].seen[e] {
			n++
		}
	}
	return n
}

// modelWalk is one walk from the top, as the engine does it.
type modelWalk struct {
	*world
	source string
	// afresh says that the walk follows only the pages, because an old cursor has
	// died.
	afresh  bool
	offered map[string]bool
	pages   int
}

// listed tries the posts of a page as the engine would, leaving out those that the
// walk has already met: a page may repeat posts if the oldest come first, if pages
// have become longer, or if a walk followed only the pages.
func (k *modelWalk) listed(posts []backfill.KnownPost) {
	k.t.Helper()
	k.offer(slices.DeleteFunc(posts, func(p backfill.KnownPost) bool { return k.offered[p.URI] }))
}

// offer tries posts that the walk must not have met yet.
func (k *modelWalk) offer(posts []backfill.KnownPost) {
	k.t.Helper()
	for i, p := range posts {
		if k.offered[p.URI] {
			k.t.Fatalf("%s comes twice in one walk", p.URI)
		}
		k.offered[p.URI] = true
		run, tried := k.tried[p.URI]
		if tried != (p.Outcome == backfill.Imported) || p.InRun != (run == k.run.ID) {
			k.t.Fatalf("%s is %s, in run %d: %t; tried before: %t, in run %d", p.URI, p.Outcome, k.run.ID, p.InRun, tried, run)
		}
		k.tried[p.URI] = k.run.ID
		posts[i].Outcome = backfill.Imported
	}
	if err := k.ledger.RecordOutcomes(k.t.Context(), k.run, posts); err != nil {
		k.t.Fatal(err)
	}
}

// walk walks at most so many pages and, if it comes to the end, checks what it has
// met.
func (w *world) walk(source string, most int) {
	w.t.Helper()
	model := w.sources[source]
	bound := w.unseen(source)/w.size + 2*model.breaks + model.gone + 3
	k := &modelWalk{world: w, source: source, offered: make(map[string]bool)}
	model.breaks++
	if !k.toTheEnd(most) {
		return
	}
	for _, e := range w.entries {
		if e%2 == 0 && !k.offered[ledgertest.URI(e)] {
			w.t.Fatalf("a walk to the end has not met with %d", e)
		}
	}
	if !w.oldestFirst && !model.died && k.pages > bound {
		w.t.Fatalf("%d pages, not more than %d expected", k.pages, bound)
	}
	model.breaks, model.gone, model.died = 0, 0, false
}

// toTheEnd returns false if the walk broke off.
func (k *modelWalk) toTheEnd(most int) bool {
	k.t.Helper()
	s, cursor, reread := k.reread()
	for first := !reread; first || cursor != ""; first = false {
		if k.pages++; k.pages > most {
			return false
		}
		p, ok := k.page(k.source, cursor)
		if !ok {
			// Like filling.fromTheTop: start over, and follow only the pages.
			return k.fromTheTop(most)
		}
		if first {
			k.sources[k.source].top = p
		}
		next := p.Next
		if next == "" && k.oldestFirst {
			p.Next = cursor
		}
		var known []backfill.KnownPost
		s, known = ledgertest.Record(k.t, k.ledger, k.run, s.ID, p)
		k.listed(known)
		if s.Joined && !k.afresh {
			if k.random.IntN(12) == 0 {
				return false
			}
			k.offer(ledgertest.Rest(k.t, k.ledger, k.run, s, 1+k.random.IntN(10)))
		}
		if atEnd := s.Next == "" || s.Next == cursor; k.afresh || k.oldestFirst && atEnd {
			cursor = next
		} else {
			cursor = s.Next
		}
	}
	return true
}

// reread now and then begins the walk with what the ledger knows, if nothing has
// changed on the top page.
func (k *modelWalk) reread() (s backfill.Stretch, cursor string, reread bool) {
	k.t.Helper()
	s, known, err := k.ledger.Reread(k.t.Context(), k.run, k.source)
	if err != nil || known != k.sources[k.source].top.First {
		k.t.Fatalf("Reread: %+v, %t, %v", s, known, err)
	}
	if !known || k.afresh || k.random.IntN(2) == 0 || k.oldestFirst && s.Next == "" {
		return backfill.Stretch{}, "", false
	}
	if top, _ := k.page(k.source, ""); !reflect.DeepEqual(top, k.sources[k.source].top) {
		return backfill.Stretch{}, "", false
	}
	k.pages++
	k.offer(ledgertest.Rest(k.t, k.ledger, k.run, s, 1+k.random.IntN(10)))
	return s, s.Next, true
}

func (k *modelWalk) fromTheTop(most int) bool {
	k.t.Helper()
	k.sources[k.source].died = true
	again := &modelWalk{world: k.world, source: k.source, afresh: true, offered: make(map[string]bool)}
	ended := again.toTheEnd(most)
	for post := range again.offered {
		k.offered[post] = true
	}
	return ended
}

// Whatever happens to a listing and wherever walks break off: a walk to the end
// meets every post that may be imported, no walk meets a post twice, and none reads
// pages that the ledger already knows.
func testListingModel(t *testing.T, in kind) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t, in, seed)
			for range 25 {
				source := "outbox"
				if w.random.IntN(4) == 0 {
					source = "api"
				}
				switch w.random.IntN(16) {
				case 0, 1, 2, 3:
					w.post(w.random.IntN(40))
				case 4:
					w.delete(w.random.IntN(6))
				case 5:
					w.size = 2 + w.random.IntN(8)
				case 6:
					w.epoch++
				case 7:
					w.restart()
				case 8, 9, 10:
					w.walk(source, 1000)
				default:
					w.walk(source, 1+w.random.IntN(6))
				}
			}
			w.walk("outbox", 1000)
			w.walk("api", 1000)
			in.check(t, w.ledger)
		})
	}
}

// After a walk to the end the next one reads a single page.
func testSecondWalkIsOnePage(t *testing.T, in kind) {
	for seed := range uint64(8) {
		if seed%4 == 3 {
			continue // oldest first: new posts are looked for at the end
		}
		w := newWorld(t, in, seed)
		w.post(100 + w.random.IntN(50))
		w.walk("outbox", 1+w.random.IntN(5))
		w.post(10)
		w.walk("outbox", 1000)
		k := &modelWalk{world: w, source: "outbox", offered: make(map[string]bool)}
		if !k.toTheEnd(1000) {
			continue // it broke off between two reads of the ledger
		}
		if k.pages != 1 {
			t.Errorf("seed %d: %d pages", seed, k.pages)
		}
	}
}
