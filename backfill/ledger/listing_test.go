package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func testStretchGrowsAndIsMet(t *testing.T, in kind) {
	c := backfilltest.NewClock()
	l := in.open(t, options(t.TempDir(), c))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	s, known := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("c1", 9, 8, 7))
	if s.Joined || s.Next != "c1" || ledgertest.Numbers(known) != "9 8 7" || known[0].Outcome != backfill.Listed {
		t.Fatalf("%+v, %v", s, known)
	}
	s, _ = ledgertest.Record(t, l, r, s.ID, ledgertest.LowerPage("c2", 6, 5, 4))
	if s.Joined || s.Next != "c2" {
		t.Fatalf("%+v", s)
	}
	if s.Below != (backfill.Span{}) {
		t.Errorf("posts of this very walk: %+v", s.Below)
	}
	tried := backfill.KnownPost{URI: ledgertest.URI(8), Outcome: backfill.Refused, Attempts: 2, NextTry: c.Now().Add(time.Hour), Reason: "empty"}
	if err := l.RecordOutcomes(t.Context(), r, []backfill.KnownPost{tried, {URI: ledgertest.URI(99), Outcome: backfill.Held}}); err != nil {
		t.Fatal(err)
	}

	// A later walk from the top, over two pages.
	again, _ := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("d1", 13, 12, 11))
	if again.Joined || again.ID == s.ID {
		t.Fatalf("%+v", again)
	}
	joined, known := ledgertest.Record(t, l, r, again.ID, ledgertest.LowerPage("d2", 10, 9, 8))
	if !joined.Joined || joined.ID != s.ID || joined.Next != "c2" || ledgertest.Numbers(known) != "10 9 8" {
		t.Fatalf("%+v, %v", joined, known)
	}
	if k := known[2]; k.Outcome != tried.Outcome || k.Attempts != 2 || !k.NextTry.Equal(tried.NextTry) || k.Reason != "empty" || k.Published.IsZero() {
		t.Errorf("what was known: %+v", k)
	}
	if got := ledgertest.Rest(t, l, r, joined, 2); ledgertest.Numbers(got) != "7 6 5 4" {
		t.Errorf("the rest: %s", ledgertest.Numbers(got))
	}
	if n := ledgertest.Count(t, ledger.DatabaseOf(l), `SELECT count(*) FROM stretches WHERE next IS NOT NULL`); n != 1 {
		t.Errorf("%d gaps, where one walk has met the other", n)
	}
	joined, _ = ledgertest.Record(t, l, r, joined.ID, ledgertest.LowerPage("", 3, 2, 1))
	if joined.Joined || joined.Next != "" {
		t.Errorf("%+v", joined)
	}
	// The first page of the third walk meets all of it, by a mark alone.
	third := ledgertest.TopPage("e1", 14)
	third.Marks = append(third.Marks, ledgertest.URI(13)+"/activity")
	met, _ := ledgertest.Record(t, l, r, 0, third)
	if got := ledgertest.Rest(t, l, r, met, 100); !met.Joined || met.Next != "" || ledgertest.Numbers(got) != "13 12 11 10 9 8 7 6 5 4 3 2 1" {
		t.Errorf("%+v, %s", met, ledgertest.Numbers(got))
	}
}

// A page may bridge the gap between several older stretches.
func testSeveralStretchesAreJoined(t *testing.T, in kind) {
	for _, complete := range []bool{false, true} {
		l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
		r := ledgertest.Begin(t, l, ledgertest.Alice)
		next := "deep"
		if complete {
			next = ""
		}
		ledgertest.Record(t, l, r, 0, ledgertest.TopPage(next, 3, 2, 1))
		ledgertest.Record(t, l, r, 0, ledgertest.TopPage("shallow", 8, 7))
		s, known := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("top", 10, 9, 8, 7, 6, 5, 4, 3))
		if !s.Joined || s.Next != next || ledgertest.Numbers(known) != "10 9 8 7 6 5 4 3" || ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 1)) != "2 1" {
			t.Errorf("%+v, %s, %s", s, ledgertest.Numbers(known), ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 1)))
		}
	}
}

// One walk may join two stretches, one after the other; what it has read of the
// first does not come again with the second.
func testTwoJoinsInOneWalk(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("", 3, 2, 1))
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("after 7", 9, 8, 7))
	s, _ := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("after 9", 10, 9))
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 2)); got != "8 7" || s.Next != "after 7" {
		t.Fatalf("%+v, %s", s, got)
	}
	s, known := ledgertest.Record(t, l, r, s.ID, ledgertest.LowerPage("after 3", 6, 5, 4, 3))
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 2)); !s.Joined || s.Next != "" || ledgertest.Numbers(known) != "6 5 4 3" || got != "2 1" {
		t.Errorf("%+v, %s, %s", s, ledgertest.Numbers(known), got)
	}
}

func testStretchesAreKeptApart(t *testing.T, in kind) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := in.open(t, options(dir, c))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	s, _ := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("c1", 2, 1))
	other := ledgertest.TopPage("x", 3, 2, 1)
	other.Source = "api"
	if s, _ := ledgertest.Record(t, l, r, 0, other); s.Joined {
		t.Error("met a stretch of another source")
	}
	rb := ledgertest.Begin(t, l, ledgertest.Bob)
	sb, known := ledgertest.Record(t, l, rb, 0, ledgertest.TopPage("x", 3, 2, 1))
	if sb.Joined || known[0].Outcome != backfill.Listed {
		t.Error("met a stretch of another account")
	}
	elsewhere := options(dir, c)
	elsewhere.Home = "elsewhere.example"
	le := in.open(t, elsewhere)
	if s, _ := ledgertest.Record(t, le, ledgertest.Begin(t, le, ledgertest.Alice), 0, ledgertest.TopPage("x", 3, 2, 1)); s.Joined {
		t.Error("met a stretch of another home")
	}
	for _, err := range []error{
		recordErr(t, l, rb, s.ID, ledgertest.LowerPage("", 1)),
		recordErr(t, l, r, s.ID, ledgertest.TopPage("", 1)),
		recordErr(t, l, r, 0, ledgertest.LowerPage("", 1)),
		recordErr(t, l, r, 999, ledgertest.LowerPage("", 1)),
	} {
		if err == nil {
			t.Error("a page was recorded in a stretch that is not its own")
		}
	}
	met, _ := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("c1", 3, 2))
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, met, 9)); got != "1" {
		t.Errorf("below the page: %q", got)
	}
	if _, _, err := l.ReadKnown(t.Context(), rb, met.Below, 1); err == nil {
		t.Error("read a listing of another account")
	}
}

func recordErr(t *testing.T, l *ledger.Ledger, r backfill.Run, id int64, p backfill.ListedPage) error {
	t.Helper()
	_, _, err := l.RecordPage(t.Context(), r, id, p)
	return err
}

func testOddPages(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	// Nothing at all, twice: nothing accumulates.
	for range 2 {
		if s, known := ledgertest.Record(t, l, r, 0, backfill.ListedPage{Source: "outbox", First: true}); s.Joined || len(known) != 0 {
			t.Errorf("an empty page: %+v, %v", s, known)
		}
	}
	if n := ledgertest.Count(t, ledger.DatabaseOf(l), `SELECT count(*) FROM stretches`); n != 1 {
		t.Errorf("%d stretches", n)
	}
	// The same post twice, posts without a date, and equal dates keep their order.
	odd := ledgertest.TopPage("c1", 5, 4, 5, 3)
	odd.Posts[1].Published = time.Time{}
	odd.Posts[3].Published = odd.Posts[0].Published
	s, known := ledgertest.Record(t, l, r, 0, odd)
	if ledgertest.Numbers(known) != "5 4 3" || !known[1].Published.IsZero() {
		t.Errorf("%v", known)
	}
	met, _ := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("", 6, 5))
	if got := ledgertest.Rest(t, l, r, met, 1); !met.Joined || ledgertest.Numbers(got) != "4 3" || met.Next != s.Next {
		t.Errorf("%+v, %s", met, ledgertest.Numbers(got))
	}
	// A date that comes later is recorded.
	if _, known = ledgertest.Record(t, l, r, met.ID, ledgertest.LowerPage("", 4)); known[0].Published.IsZero() {
		t.Error("the date of 4 is still missing")
	}
}

// A post that an origin has lifted to the top does not make the walk believe that it
// has reached the post's proper place.
func testLiftedPostIsNoMeeting(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("", 5, 4, 3, 2, 1))
	lifted := ledgertest.TopPage("c1", 2, 9, 8)
	lifted.Marks = nil
	s, _ := ledgertest.Record(t, l, r, 0, lifted)
	if s.Joined {
		t.Fatalf("%+v", s)
	}
	s, _ = ledgertest.Record(t, l, r, s.ID, ledgertest.LowerPage("c2", 7, 6, 5))
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 10)); !s.Joined || got != "4 3 1" {
		t.Errorf("%+v, %s", s, got)
	}
}

// undated is a page whose posts have no dates, but for those from a number on.
func undated(p backfill.ListedPage, datedFrom int) backfill.ListedPage {
	for i := range p.Posts {
		if p.Posts[i].URI < ledgertest.URI(datedFrom) {
			p.Posts[i].Published = time.Time{}
		}
	}
	return p
}

// The same of a post without a date, which stands above posts that are new, or above
// one that an earlier walk has listed further up.
func testLiftedPostWithoutADateIsNoMeeting(t *testing.T, in kind) {
	for name, tt := range map[string]struct {
		datedFrom int
		top       []int
		joins     bool
	}{
		"above new posts with dates":    {5, []int{2, 9, 8}, false},
		"above new posts without dates": {100, []int{2, 9, 8}, false},
		"above new and old posts":       {5, []int{2, 9, 8, 7, 6}, true},
		"above old posts":               {100, []int{2, 7, 6}, true},
		"above nothing":                 {5, []int{2}, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
			r := ledgertest.Begin(t, l, ledgertest.Alice)
			ledgertest.Record(t, l, r, 0, undated(ledgertest.TopPage("", 4, 3, 2, 1), tt.datedFrom))
			ledgertest.Record(t, l, r, 0, undated(ledgertest.TopPage("gap", 7, 6), tt.datedFrom)) // broken off above 5
			p := undated(ledgertest.TopPage("c1", tt.top...), tt.datedFrom)
			p.Marks = nil
			s, _ := ledgertest.Record(t, l, r, 0, p)
			if s.Joined != tt.joins {
				t.Fatalf("%+v", s)
			}
			if len(tt.top) > 1 && tt.joins && s.Next != "gap" {
				t.Errorf("the walk continues at %q, below the gap", s.Next)
			}
		})
	}
}

func testRecordOutcomesRefusesNonsense(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	err := l.RecordOutcomes(t.Context(), r, []backfill.KnownPost{{URI: ledgertest.URI(1), Outcome: backfill.Imported}, {URI: ledgertest.URI(2), Outcome: backfill.WouldImport}})
	if err == nil {
		t.Error("a dry run's outcome was recorded")
	}
	known, err := l.Recorded(t.Context(), r, []string{ledgertest.URI(2), ledgertest.URI(1)})
	if err != nil || ledgertest.Numbers(known) != "2 1" || known[0].Outcome != backfill.Listed || known[1].Outcome != backfill.Listed {
		t.Errorf("half of it was recorded: %v, %v", known, err)
	}
}

// origin is a listing that grows at its top and is read with cursors that name the
// last entry of the page before, as Mastodon's max_id does.
type origin struct {
	entries []int // newest first; odd ones are boosts, of which only the mark is seen
	size    int
}

func (o *origin) page(t *testing.T, cursor string) backfill.ListedPage {
	t.Helper()
	from := 0
	if cursor != "" {
		var last int
		if _, err := fmt.Sscanf(cursor, "after %d", &last); err != nil {
			t.Fatal(err)
		}
		from, _ = slices.BinarySearchFunc(o.entries, last, func(e, last int) int { return last - e })
		for from < len(o.entries) && o.entries[from] >= last {
			from++
		}
	}
	to := min(from+o.size, len(o.entries))
	p := backfill.ListedPage{Source: "outbox", First: cursor == ""}
	for _, n := range o.entries[from:to] {
		p.Marks = append(p.Marks, ledgertest.URI(n)+"/activity")
		if n%2 == 0 {
			// Four posts share each date, in an order that their names do not
			// reveal.
			name := fmt.Sprintf("%s-%04d", ledgertest.URI(n*7919%1000), n)
			p.Posts = append(p.Posts, fediverse.Post{URI: name, Published: ledgertest.DayZero.Add(time.Duration(n/8) * time.Hour)})
		}
	}
	if to < len(o.entries) {
		p.Next = fmt.Sprintf("after %d", o.entries[to-1])
	}
	return p
}

func (o *origin) grow(random *rand.Rand, n int) {
	for range n {
		top := 0
		if len(o.entries) > 0 {
			top = o.entries[0]
		}
		o.entries = slices.Insert(o.entries, 0, top+1+random.IntN(2))
	}
}

// Walks over a growing listing, interrupted anywhere: every walk sees a post at most
// once, and one that reaches the end has seen all of them.
func testWalksProperty(t *testing.T, in kind) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
			r := ledgertest.Begin(t, l, ledgertest.Alice)
			o := &origin{size: 3 + random.IntN(5)}
			ever := make(map[string]bool)
			for range 12 {
				o.grow(random, random.IntN(25))
				pages := 1 + random.IntN(6)
				if random.IntN(4) == 0 {
					pages = 1000
				}
				walk(t, l, r, o, pages, ever, random)
			}
			in.check(t, l)
		})
	}
}

func walk(t *testing.T, l *ledger.Ledger, r backfill.Run, o *origin, pages int, ever map[string]bool, random *rand.Rand) {
	t.Helper()
	seen := make(map[string]bool)
	see := func(posts []backfill.KnownPost) {
		t.Helper()
		for i, k := range posts {
			if seen[k.URI] {
				t.Fatalf("%s comes twice in one walk", k.URI)
			}
			seen[k.URI] = true
			if ever[k.URI] != (k.Outcome == backfill.Imported) {
				t.Fatalf("%s is %s; seen before: %t", k.URI, k.Outcome, ever[k.URI])
			}
			ever[k.URI] = true
			posts[i].Outcome = backfill.Imported
		}
		if err := l.RecordOutcomes(t.Context(), r, posts); err != nil {
			t.Fatal(err)
		}
	}
	var s backfill.Stretch
	for cursor, first := "", true; first || cursor != ""; first = false {
		if pages--; pages < 0 {
			return
		}
		var known []backfill.KnownPost
		s, known = ledgertest.Record(t, l, r, s.ID, o.page(t, cursor))
		see(known)
		if s.Joined {
			see(ledgertest.Rest(t, l, r, s, 1+random.IntN(10)))
		}
		cursor = s.Next
	}
	want := 0
	for _, n := range o.entries {
		if n%2 == 0 {
			want++
		}
	}
	if len(seen) != want {
		t.Fatalf("a walk to the end saw %d of %d posts", len(seen), want)
	}
}

// Keys show whether a page meets a stretch, however long the listing is.
func TestMeetingIsLookedUp(t *testing.T) {
	l := file{}.open(t, options(t.TempDir(), backfilltest.NewClock()))
	rows, err := ledger.DatabaseOf(l).QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+ledger.DeepestMet, "[]", 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(plan, "\n")
	for _, step := range []string{"marks USING PRIMARY KEY (listing_id=? AND mark=?", "(account_id=? AND stem=?)", "(stem_id=? AND tail=?)", "(post_id=? AND listing_id=?"} {
		if !strings.Contains(text, step) {
			t.Errorf("no %q in the plan:\n%s", step, text)
		}
	}
}

func testHostileText(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	odd := `https://x.example/'"; DROP TABLE posts; --\u0000` + "\u2028é"
	p := backfill.ListedPage{Source: "outbox", First: true, Posts: []fediverse.Post{{URI: odd}}, Marks: []string{"", odd}, Next: odd}
	ledgertest.Record(t, l, r, 0, p)
	s, known := ledgertest.Record(t, l, r, 0, p)
	if !s.Joined || s.Next != odd || len(known) != 1 || known[0].URI != odd {
		t.Errorf("%+v, %v", s, known)
	}
	if err := ledgertest.End(t.Context(), l, r, backfill.Result{Reason: odd}, false); err != nil {
		t.Error(err)
	}
}
