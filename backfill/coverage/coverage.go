package coverage

import (
	"time"

	"tootfill/backfill/fediverse"
)

// Counts are the posts of one span of time, by what is known of them. Each post counts
// once. Those that are never imported, such as boosts that nobody has asked for, count as
// NotOffered, if the origin counts them.
type Counts struct {
	// Held posts are at home: they were imported, or were there before.
	Held int
	// Importable posts are known and not held, and a backfill would try them: they were
	// not tried yet, or the last try failed and another one is left.
	Importable int
	// Refused posts are those that home would not take: the last time, it answered
	// without the post and without an error. Those that failed until no try was left
	// count here too.
	Refused int
	// NotOffered posts are those that the origin counts, but that cannot be had from its
	// listing: followers-only and deleted ones, boosts, and those that are older than
	// what it lists. Their dates are not known, and they are counted only once the
	// listing has been read to its end.
	NotOffered int
}

// Sum counts all posts.
func (c Counts) Sum() int { return c.Held + c.Importable + c.Refused + c.NotOffered }

// Add counts the posts of both.
func (c Counts) Add(d Counts) Counts {
	return Counts{
		Held: c.Held + d.Held, Importable: c.Importable + d.Importable,
		Refused: c.Refused + d.Refused, NotOffered: c.NotOffered + d.NotOffered,
	}
}

// Month is a calendar month in UTC.
type Month struct {
	// Start is its first moment.
	Start time.Time
	Counts
}

// Coverage is what home holds of one account, month by month.
type Coverage struct {
	Account fediverse.Handle
	// Home is home's host.
	Home string
	// Months are the months from that of the oldest post to that of the newest one, oldest
	// first and without gaps.
	Months []Month
	// Undated are the posts whose date is not known, or cannot be right: before 1970, or
	// later than next month.
	Undated Counts
	// ReadAt is when the origin's listing was read last; zero if it never was.
	ReadAt time.Time
	// Whole says that the listing has been read to its end.
	Whole bool
	// Fresh says that home and the origin were read just now.
	Fresh bool
}

// Total counts all posts.
func (c Coverage) Total() Counts {
	total := c.Undated
	for _, m := range c.Months {
		total = total.Add(m.Counts)
	}
	return total
}
