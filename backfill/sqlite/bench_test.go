package sqlite

import (
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// A page of 20 new posts, as Mastodon's outbox has them.
func BenchmarkRecordPage(b *testing.B) {
	l := open(b, options(b.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(b, l, ledgertest.Alice)
	s, _ := ledgertest.Record(b, l, r, 0, ledgertest.TopPage("next"))
	n := 1 << 30
	for b.Loop() {
		numbers := make([]int, 20)
		for i := range numbers {
			n--
			numbers[i] = n
		}
		ledgertest.Record(b, l, r, s.ID, ledgertest.LowerPage("next", numbers...))
	}
}

// A walk whose first page meets 20,000 known posts and that reads them all.
func BenchmarkKnown(b *testing.B) {
	l := open(b, options(b.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(b, l, ledgertest.Alice)
	const posts = 20_000
	numbers := make([]int, posts)
	for i := range numbers {
		numbers[i] = posts - i
	}
	ledgertest.Record(b, l, r, 0, ledgertest.TopPage("", numbers...))
	for b.Loop() {
		s, known := ledgertest.Record(b, l, r, 0, ledgertest.TopPage("", posts))
		if n := len(known) + len(ledgertest.Rest(b, l, r, s, 200)); n != posts {
			b.Fatalf("%d posts", n)
		}
	}
}

// A single outcome, as the engine records them.
func BenchmarkRecordOutcome(b *testing.B) {
	l := open(b, options(b.TempDir(), backfilltest.NewClock()))
	r := ledgertest.Begin(b, l, ledgertest.Alice)
	k := []backfill.KnownPost{{URI: ledgertest.URI(1), Outcome: backfill.Imported}}
	for b.Loop() {
		if err := l.RecordOutcomes(b.Context(), r, k); err != nil {
			b.Fatal(err)
		}
	}
}

// The check that the ledger's files are still there, which starts every transaction.
func BenchmarkCheckPresence(b *testing.B) {
	l := open(b, options(b.TempDir(), backfilltest.NewClock()))
	for b.Loop() {
		if err := l.file.checkPresence(); err != nil {
			b.Fatal(err)
		}
	}
}

// A transaction that writes nothing, with that check.
func BenchmarkEmptyTransaction(b *testing.B) {
	l := open(b, options(b.TempDir(), backfilltest.NewClock()))
	for b.Loop() {
		if err := l.file.Write(b.Context(), func(ledger.Transaction) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
