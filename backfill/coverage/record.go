package coverage

import (
	"context"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Record is what the ledger knows of an account.
type Record struct {
	// Known says that the account has had a backfill.
	Known bool
	// Counted are its posts, one entry for each month that has any, in any order. Those of
	// the zero month have no date.
	Counted []Month
	// ReadAt and Whole are those of a [Coverage].
	ReadAt time.Time
	Whole  bool
	// Claimed is how many posts the origin counts; 0 if that is not known.
	Claimed int
}

// Add adds posts of a month. Posts that come in the order of their dates take no longer
// however many months there are.
func (r *Record) Add(m Month) {
	for i := len(r.Counted) - 1; i >= 0; i-- {
		if r.Counted[i].Start.Equal(m.Start) {
			r.Counted[i].Counts = r.Counted[i].Counts.Add(m.Counts)
			return
		}
	}
	r.Counted = append(r.Counted, m)
}

// Ledger keeps records.
type Ledger interface {
	// Record reads what is known of an account.
	Record(ctx context.Context, h fediverse.Handle) (Record, error)
}

// Of counts posts with the same outcome that were tried in vain by so many runs.
func Of(o backfill.Outcome, attempts, posts int) Counts {
	switch {
	case o.Final():
		return Counts{Held: posts}
	case o == backfill.Refused, backfill.KnownPost{Attempts: attempts}.IsGivenUp():
		return Counts{Refused: posts}
	}
	return Counts{Importable: posts}
}

// Coverage is what a record says of an account of home, at the time now.
func (r Record) Coverage(h fediverse.Handle, home string, now time.Time) Coverage {
	c := Coverage{Account: h, Home: home, ReadAt: r.ReadAt, Whole: r.Whole}
	c.Months, c.Undated = Arrange(r.Counted, now)
	if r.Whole {
		c.Undated.NotOffered = max(0, r.Claimed-c.Total().Sum())
	}
	return c
}
