package ledgertest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// DayZero is when post 0 was published. Each post comes an hour after the one before.
var DayZero = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// URI names post n.
func URI(n int) string { return fmt.Sprintf("https://photos.example/p/%04d", n) }

// TopPage is the first page of a walk of the outbox, with the posts of these numbers.
func TopPage(next string, numbers ...int) backfill.ListedPage {
	p := LowerPage(next, numbers...)
	p.First = true
	return p
}

// LowerPage is a page that follows.
func LowerPage(next string, numbers ...int) backfill.ListedPage {
	p := backfill.ListedPage{Source: "outbox", Next: next}
	for _, n := range numbers {
		p.Posts = append(p.Posts, fediverse.Post{URI: URI(n), Published: DayZero.Add(time.Duration(n) * time.Hour)})
		p.Marks = append(p.Marks, URI(n)+"/activity")
	}
	return p
}

// Numbers are those of posts: "9 8 7".
func Numbers(known []backfill.KnownPost) string {
	var names []string
	for _, k := range known {
		names = append(names, strings.TrimLeft(k.URI[strings.LastIndex(k.URI, "/")+1:], "0"))
	}
	return strings.Join(names, " ")
}

// Record records a page.
func Record(t testing.TB, l Ledger, r backfill.Run, id int64, p backfill.ListedPage) (backfill.Stretch, []backfill.KnownPost) {
	t.Helper()
	s, known, err := l.RecordPage(t.Context(), r, id, p)
	if err != nil {
		t.Fatal(err)
	}
	return s, known
}

// Rest reads what is known below a page, n posts at a time.
func Rest(t testing.TB, l Ledger, r backfill.Run, s backfill.Stretch, n int) []backfill.KnownPost {
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

// Reread finds out where the walk of a source stands whose top page has nothing new.
func Reread(t testing.TB, l Ledger, r backfill.Run, source string) (backfill.Stretch, bool) {
	t.Helper()
	s, known, err := l.Reread(t.Context(), r, source)
	if err != nil {
		t.Fatal(err)
	}
	return s, known
}

// OddURIs are URIs cut where they should be, with a "|" there.
func OddURIs() []string {
	return []string{
		"https://photos.example/users/alice/statuses/|109372843234112345",
		"https://notes.example/objects/|9b2d6c1f8e7a40d35c6b",
		"https://blog.example/2024/05/|a-title/",
		"https://blog.example/|?p=12",
		"https://x.example/a//|b",
		"https://x.example/a/|/",
		"https://x.example/é/|ü",
		"https://x.example/|%2F",
		"https://|x.example",
		"https:/|/",
		"|/",
		"|tag:x.example",
		"|",
	}
}
