package ledger_test

import (
	"testing"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledgertest"
)

// A walk that begins with Reread continues where the last one has stopped.
func testReread(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if s, known := ledgertest.Reread(t, l, r, "outbox"); known {
		t.Errorf("a source that was never read: %+v", s)
	}
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("after 3", 4, 3))
	s, known := ledgertest.Reread(t, l, r, "outbox")
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 1)); !known || !s.Joined || s.Next != "after 3" || got != "4 3" {
		t.Fatalf("%+v, %t, %s", s, known, got)
	}
	// A gap above another one: the walk reads only down to the upper one.
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage("after 8", 9, 8))
	s, _ = ledgertest.Reread(t, l, r, "outbox")
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 1)); s.Next != "after 8" || got != "9 8" {
		t.Fatalf("%+v, %s", s, got)
	}
	// It closes that gap, and gets what is below.
	s, below := ledgertest.Record(t, l, r, s.ID, ledgertest.LowerPage("after 4", 7, 6, 5, 4))
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 1)); !s.Joined || ledgertest.Numbers(below) != "7 6 5 4" || got != "3" || s.Next != "after 3" {
		t.Fatalf("%+v, %s, %s", s, ledgertest.Numbers(below), got)
	}
	ledgertest.Record(t, l, r, s.ID, ledgertest.LowerPage("", 2, 1))
	s, _ = ledgertest.Reread(t, l, r, "outbox")
	if got := ledgertest.Numbers(ledgertest.Rest(t, l, r, s, 4)); !s.Joined || s.Next != "" || got != "9 8 7 6 5 4 3 2 1" {
		t.Errorf("%+v, %s", s, got)
	}
	in.check(t, l)

	if s, known := ledgertest.Reread(t, l, r, "api"); known {
		t.Errorf("another source: %+v", s)
	}
	if s, known := ledgertest.Reread(t, l, ledgertest.Begin(t, l, ledgertest.Bob), "outbox"); known {
		t.Errorf("another account: %+v", s)
	}
}

// A source without a single post is known all the same.
func testRereadNothing(t *testing.T, in kind) {
	l := in.open(t, options(t.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	ledgertest.Record(t, l, r, 0, ledgertest.TopPage(""))
	s, known := ledgertest.Reread(t, l, r, "outbox")
	if got := ledgertest.Rest(t, l, r, s, 1); !known || !s.Joined || s.Next != "" || len(got) != 0 {
		t.Errorf("%+v, %t, %v", s, known, got)
	}
}
