package sqlite

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
)

var dayZero = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// uri names post n; the higher the number, the newer the post.
func uri(n int) string { return fmt.Sprintf("https://photos.example/p/%04d", n) }

// topPage is the first page of a walk of the outbox, with the posts of these
// numbers; lowerPage is one that follows.
func topPage(next string, numbers ...int) backfill.ListedPage {
	p := lowerPage(next, numbers...)
	p.First = true
	return p
}

func lowerPage(next string, numbers ...int) backfill.ListedPage {
	p := backfill.ListedPage{Source: "outbox", Next: next}
	for _, n := range numbers {
		p.Posts = append(p.Posts, fediverse.Post{URI: uri(n), Published: dayZero.Add(time.Duration(n) * time.Hour)})
		p.Marks = append(p.Marks, uri(n)+"/activity")
	}
	return p
}

func uris(known []backfill.KnownPost) string {
	var names []string
	for _, k := range known {
		names = append(names, strings.TrimLeft(k.URI[strings.LastIndex(k.URI, "/")+1:], "0"))
	}
	return strings.Join(names, " ")
}

func record(t testing.TB, l *Ledger, r backfill.Run, id int64, p backfill.ListedPage) (backfill.Stretch, []backfill.KnownPost) {
	t.Helper()
	s, known, err := l.RecordPage(t.Context(), r, id, p)
	if err != nil {
		t.Fatal(err)
	}
	return s, known
}

// rest reads what is known below a page, n posts at a time.
func rest(t testing.TB, l *Ledger, r backfill.Run, s backfill.Stretch, n int) []backfill.KnownPost {
	t.Helper()
	var all []backfill.KnownPost
	for span := s.Below; ; {
		known, below, err := l.ReadKnown(t.Context(), r, span, n)
		if err != nil {
			t.Fatal(err)
		}
		if len(known) == 0 {
			return all
		}
		all, span = append(all, known...), below
	}
}

func TestStretchGrowsAndIsMet(t *testing.T) {
	c := backfilltest.NewClock()
	l := open(t, options(t.TempDir(), c))
	r := begin(t, l, alice)
	s, known := record(t, l, r, 0, topPage("c1", 9, 8, 7))
	if s.Joined || s.Next != "c1" || uris(known) != "9 8 7" || known[0].Outcome != backfill.Listed {
		t.Fatalf("%+v, %v", s, known)
	}
	s, _ = record(t, l, r, s.ID, lowerPage("c2", 6, 5, 4))
	if s.Joined || s.Next != "c2" {
		t.Fatalf("%+v", s)
	}
	if s.Below != (backfill.Span{}) {
		t.Errorf("posts of this very walk: %+v", s.Below)
	}
	tried := backfill.KnownPost{URI: uri(8), Outcome: backfill.Refused, Attempts: 2, NextTry: c.Now().Add(time.Hour), Reason: "empty"}
	if err := l.RecordOutcomes(t.Context(), r, []backfill.KnownPost{tried, {URI: uri(99), Outcome: backfill.Held}}); err != nil {
		t.Fatal(err)
	}

	// A later walk from the top, over two pages.
	again, _ := record(t, l, r, 0, topPage("d1", 13, 12, 11))
	if again.Joined || again.ID == s.ID {
		t.Fatalf("%+v", again)
	}
	joined, known := record(t, l, r, again.ID, lowerPage("d2", 10, 9, 8))
	if !joined.Joined || joined.ID != s.ID || joined.Next != "c2" || uris(known) != "10 9 8" {
		t.Fatalf("%+v, %v", joined, known)
	}
	if k := known[2]; k.Outcome != tried.Outcome || k.Attempts != 2 || !k.NextTry.Equal(tried.NextTry) || k.Reason != "empty" || k.Published.IsZero() {
		t.Errorf("what was known: %+v", k)
	}
	if got := rest(t, l, r, joined, 2); uris(got) != "7 6 5 4" {
		t.Errorf("the rest: %s", uris(got))
	}
	if n := count(t, l, `SELECT count(*) FROM stretches WHERE next IS NOT NULL`); n != 1 {
		t.Errorf("%d gaps, where one walk has met the other", n)
	}
	joined, _ = record(t, l, r, joined.ID, lowerPage("", 3, 2, 1))
	if joined.Joined || joined.Next != "" {
		t.Errorf("%+v", joined)
	}
	// The first page of the third walk meets all of it, by a mark alone.
	third := topPage("e1", 14)
	third.Marks = append(third.Marks, uri(13)+"/activity")
	met, _ := record(t, l, r, 0, third)
	if got := rest(t, l, r, met, 100); !met.Joined || met.Next != "" || uris(got) != "13 12 11 10 9 8 7 6 5 4 3 2 1" {
		t.Errorf("%+v, %s", met, uris(got))
	}
}

// A page may bridge the gap between several older stretches.
func TestSeveralStretchesAreJoined(t *testing.T) {
	for _, complete := range []bool{false, true} {
		l := open(t, options(t.TempDir(), backfilltest.NewClock()))
		r := begin(t, l, alice)
		next := "deep"
		if complete {
			next = ""
		}
		record(t, l, r, 0, topPage(next, 3, 2, 1))
		record(t, l, r, 0, topPage("shallow", 8, 7))
		s, known := record(t, l, r, 0, topPage("top", 10, 9, 8, 7, 6, 5, 4, 3))
		if !s.Joined || s.Next != next || uris(known) != "10 9 8 7 6 5 4 3" || uris(rest(t, l, r, s, 1)) != "2 1" {
			t.Errorf("%+v, %s, %s", s, uris(known), uris(rest(t, l, r, s, 1)))
		}
	}
}

// One walk may join two stretches, one after the other; what it has read of the
// first does not come again with the second.
func TestTwoJoinsInOneWalk(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := begin(t, l, alice)
	record(t, l, r, 0, topPage("", 3, 2, 1))
	record(t, l, r, 0, topPage("after 7", 9, 8, 7))
	s, _ := record(t, l, r, 0, topPage("after 9", 10, 9))
	if got := uris(rest(t, l, r, s, 2)); got != "8 7" || s.Next != "after 7" {
		t.Fatalf("%+v, %s", s, got)
	}
	s, known := record(t, l, r, s.ID, lowerPage("after 3", 6, 5, 4, 3))
	if got := uris(rest(t, l, r, s, 2)); !s.Joined || s.Next != "" || uris(known) != "6 5 4 3" || got != "2 1" {
		t.Errorf("%+v, %s, %s", s, uris(known), got)
	}
}

func TestStretchesAreKeptApart(t *testing.T) {
	dir, c := t.TempDir(), backfilltest.NewClock()
	l := open(t, options(dir, c))
	r := begin(t, l, alice)
	s, _ := record(t, l, r, 0, topPage("c1", 2, 1))
	other := topPage("x", 3, 2, 1)
	other.Source = "api"
	if s, _ := record(t, l, r, 0, other); s.Joined {
		t.Error("met a stretch of another source")
	}
	rb := begin(t, l, bob)
	sb, known := record(t, l, rb, 0, topPage("x", 3, 2, 1))
	if sb.Joined || known[0].Outcome != backfill.Listed {
		t.Error("met a stretch of another account")
	}
	elsewhere := options(dir, c)
	elsewhere.Home = "elsewhere.example"
	le := open(t, elsewhere)
	if s, _ := record(t, le, begin(t, le, alice), 0, topPage("x", 3, 2, 1)); s.Joined {
		t.Error("met a stretch of another home")
	}
	for _, err := range []error{
		recordErr(t, l, rb, s.ID, lowerPage("", 1)),
		recordErr(t, l, r, s.ID, topPage("", 1)),
		recordErr(t, l, r, 0, lowerPage("", 1)),
		recordErr(t, l, r, 999, lowerPage("", 1)),
	} {
		if err == nil {
			t.Error("a page was recorded in a stretch that is not its own")
		}
	}
	met, _ := record(t, l, r, 0, topPage("c1", 3, 2))
	if got := uris(rest(t, l, r, met, 9)); got != "1" {
		t.Errorf("below the page: %q", got)
	}
	if _, _, err := l.ReadKnown(t.Context(), rb, met.Below, 1); err == nil {
		t.Error("read a listing of another account")
	}
}

func recordErr(t *testing.T, l *Ledger, r backfill.Run, id int64, p backfill.ListedPage) error {
	t.Helper()
	_, _, err := l.RecordPage(t.Context(), r, id, p)
	return err
}

func TestOddPages(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := begin(t, l, alice)
	// Nothing at all, twice: nothing accumulates.
	for range 2 {
		if s, known := record(t, l, r, 0, backfill.ListedPage{Source: "outbox", First: true}); s.Joined || len(known) != 0 {
			t.Errorf("an empty page: %+v, %v", s, known)
		}
	}
	if n := count(t, l, `SELECT count(*) FROM stretches`); n != 1 {
		t.Errorf("%d stretches", n)
	}
	// The same post twice, posts without a date, and equal dates keep their order.
	odd := topPage("c1", 5, 4, 5, 3)
	odd.Posts[1].Published = time.Time{}
	odd.Posts[3].Published = odd.Posts[0].Published
	s, known := record(t, l, r, 0, odd)
	if uris(known) != "5 4 3" || !known[1].Published.IsZero() {
		t.Errorf("%v", known)
	}
	met, _ := record(t, l, r, 0, topPage("", 6, 5))
	if got := rest(t, l, r, met, 1); !met.Joined || uris(got) != "4 3" || met.Next != s.Next {
		t.Errorf("%+v, %s", met, uris(got))
	}
	// A date that comes later is recorded.
	if _, known = record(t, l, r, met.ID, lowerPage("", 4)); known[0].Published.IsZero() {
		t.Error("the date of 4 is still missing")
	}
}

// A post that an origin has lifted to the top does not make the walk believe that it
// has reached the post's proper place.
func TestLiftedPostIsNoMeeting(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := begin(t, l, alice)
	record(t, l, r, 0, topPage("", 5, 4, 3, 2, 1))
	lifted := topPage("c1", 2, 9, 8)
	lifted.Marks = nil
	s, _ := record(t, l, r, 0, lifted)
	if s.Joined {
		t.Fatalf("%+v", s)
	}
	s, _ = record(t, l, r, s.ID, lowerPage("c2", 7, 6, 5))
	if got := uris(rest(t, l, r, s, 10)); !s.Joined || got != "4 3 1" {
		t.Errorf("%+v, %s", s, got)
	}
}

// undated is a page whose posts have no dates, but for those from a number on.
func undated(p backfill.ListedPage, datedFrom int) backfill.ListedPage {
	for i := range p.Posts {
		if p.Posts[i].URI < uri(datedFrom) {
			p.Posts[i].Published = time.Time{}
		}
	}
	return p
}

// The same of a post without a date, which stands above posts that are new, or above
// one that an earlier walk has listed further up.
func TestLiftedPostWithoutADateIsNoMeeting(t *testing.T) {
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
			l := open(t, options(t.TempDir(), backfilltest.NewClock()))
			r := begin(t, l, alice)
			record(t, l, r, 0, undated(topPage("", 4, 3, 2, 1), tt.datedFrom))
			record(t, l, r, 0, undated(topPage("gap", 7, 6), tt.datedFrom)) // broken off above 5
			p := undated(topPage("c1", tt.top...), tt.datedFrom)
			p.Marks = nil
			s, _ := record(t, l, r, 0, p)
			if s.Joined != tt.joins {
				t.Fatalf("%+v", s)
			}
			if len(tt.top) > 1 && tt.joins && s.Next != "gap" {
				t.Errorf("the walk continues at %q, below the gap", s.Next)
			}
		})
	}
}

func TestRecordOutcomesRefusesNonsense(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := begin(t, l, alice)
	err := l.RecordOutcomes(t.Context(), r, []backfill.KnownPost{{URI: uri(1), Outcome: backfill.Imported}, {URI: uri(2), Outcome: backfill.WouldImport}})
	if err == nil {
		t.Error("a dry run's outcome was recorded")
	}
	known, err := l.Recorded(t.Context(), r, []string{uri(2), uri(1)})
	if err != nil || uris(known) != "2 1" || known[0].Outcome != backfill.Listed || known[1].Outcome != backfill.Listed {
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
		p.Marks = append(p.Marks, uri(n)+"/activity")
		if n%2 == 0 {
			// Four posts share each date, in an order that their names do not
			// reveal.
			name := fmt.Sprintf("%s-%04d", uri(n*7919%1000), n)
			p.Posts = append(p.Posts, fediverse.Post{URI: name, Published: dayZero.Add(time.Duration(n/8) * time.Hour)})
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
func TestWalksProperty(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			l := open(t, options(t.TempDir(), backfilltest.NewClock()))
			r := begin(t, l, alice)
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
			checkListings(t, l)
		})
	}
}

func walk(t *testing.T, l *Ledger, r backfill.Run, o *origin, pages int, ever map[string]bool, random *rand.Rand) {
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
		s, known = record(t, l, r, s.ID, o.page(t, cursor))
		see(known)
		if s.Joined {
			see(rest(t, l, r, s, 1+random.IntN(10)))
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

// checkListings looks for orphaned rows, and for stretches that can never be met or
// continued.
func checkListings(t *testing.T, l *Ledger) {
	t.Helper()
	for _, q := range []string{
		`SELECT count(*) FROM entries AS e WHERE NOT EXISTS (SELECT 1 FROM stretches AS s
			WHERE s.listing_id = e.listing_id AND place BETWEEN top AND top + (1 << 32) - 1)`,
		`SELECT count(*) FROM marks LEFT JOIN stretches USING (listing_id, top) WHERE id IS NULL`,
		`SELECT count(*) FROM (SELECT post_id, listing_id FROM entries GROUP BY 1, 2 HAVING count(*) > 1)`,
		`SELECT count(*) FROM posts WHERE id NOT IN (SELECT post_id FROM entries)`,
		`SELECT count(*) FROM stems WHERE id NOT IN (SELECT stem_id FROM posts)`,
		`SELECT count(*) FROM posts JOIN stems ON stems.id = stem_id JOIN entries ON post_id = posts.id
			JOIN listings ON listings.id = listing_id WHERE listings.account_id <> stems.account_id`,
		`SELECT count(*) FROM (SELECT next, max(top) FROM stretches GROUP BY listing_id) WHERE next IS NULL`,
		`SELECT count(*) FROM stretches AS s JOIN (SELECT listing_id, min(top) AS first FROM stretches GROUP BY 1) USING (listing_id)
			WHERE top > first AND NOT EXISTS (SELECT 1 FROM entries AS e WHERE e.listing_id = s.listing_id AND place BETWEEN top AND top + (1 << 32) - 1)
				AND NOT EXISTS (SELECT 1 FROM marks AS m WHERE m.listing_id = s.listing_id AND m.top = s.top)`,
		`SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
		`SELECT count(*) FROM pragma_foreign_key_check`,
	} {
		if n := count(t, l, q); n != 0 {
			t.Errorf("%s: %d", q, n)
		}
	}
}

func count(t *testing.T, l *Ledger, query string) (n int) {
	t.Helper()
	if err := l.reader.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Errorf("%s: %v", query, err)
	}
	return n
}

// Keys show whether a page meets a stretch, however long the listing is.
func TestMeetingIsLookedUp(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	rows, err := l.reader.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+deepestMet, "[]", 1, 1, 1)
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

func TestHostileText(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := begin(t, l, alice)
	odd := `https://x.example/'"; DROP TABLE posts; --\u0000` + "\u2028é"
	p := backfill.ListedPage{Source: "outbox", First: true, Posts: []fediverse.Post{{URI: odd}}, Marks: []string{"", odd}, Next: odd}
	record(t, l, r, 0, p)
	s, known := record(t, l, r, 0, p)
	if !s.Joined || s.Next != odd || len(known) != 1 || known[0].URI != odd {
		t.Errorf("%+v, %v", s, known)
	}
	if err := recordEnd(t.Context(), l, r, backfill.Result{Reason: odd}, false); err != nil {
		t.Error(err)
	}
}
