package sqlite

import (
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
)

func reread(t *testing.T, l *Ledger, r backfill.Run, source string) (backfill.Stretch, bool) {
	t.Helper()
	s, known, err := l.Reread(t.Context(), r, source)
	if err != nil {
		t.Fatal(err)
	}
	return s, known
}

// A walk that begins with Reread continues where the last one has stopped.
func TestReread(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := begin(t, l, alice)
	if s, known := reread(t, l, r, "outbox"); known {
		t.Errorf("a source that was never read: %+v", s)
	}
	record(t, l, r, 0, topPage("after 3", 4, 3))
	s, known := reread(t, l, r, "outbox")
	if got := uris(rest(t, l, r, s, 1)); !known || !s.Joined || s.Next != "after 3" || got != "4 3" {
		t.Fatalf("%+v, %t, %s", s, known, got)
	}
	// A gap above another one: the walk reads only down to the upper one.
	record(t, l, r, 0, topPage("after 8", 9, 8))
	s, _ = reread(t, l, r, "outbox")
	if got := uris(rest(t, l, r, s, 1)); s.Next != "after 8" || got != "9 8" {
		t.Fatalf("%+v, %s", s, got)
	}
	// It closes that gap, and gets what is below.
	s, below := record(t, l, r, s.ID, lowerPage("after 4", 7, 6, 5, 4))
	if got := uris(rest(t, l, r, s, 1)); !s.Joined || uris(below) != "7 6 5 4" || got != "3" || s.Next != "after 3" {
		t.Fatalf("%+v, %s, %s", s, uris(below), got)
	}
	record(t, l, r, s.ID, lowerPage("", 2, 1))
	s, _ = reread(t, l, r, "outbox")
	if got := uris(rest(t, l, r, s, 4)); !s.Joined || s.Next != "" || got != "9 8 7 6 5 4 3 2 1" {
		t.Errorf("%+v, %s", s, got)
	}
	checkListings(t, l)

	if s, known := reread(t, l, r, "api"); known {
		t.Errorf("another source: %+v", s)
	}
	if s, known := reread(t, l, begin(t, l, bob), "outbox"); known {
		t.Errorf("another account: %+v", s)
	}
}

// A source without a single post is known all the same.
func TestRereadNothing(t *testing.T) {
	l := open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := begin(t, l, alice)
	record(t, l, r, 0, topPage(""))
	s, known := reread(t, l, r, "outbox")
	if got := rest(t, l, r, s, 1); !known || !s.Joined || s.Next != "" || len(got) != 0 {
		t.Errorf("%+v, %t, %v", s, known, got)
	}
}
