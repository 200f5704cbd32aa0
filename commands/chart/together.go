package chart

import (
	"time"

	"tootfill/backfill/coverage"
)

// together adds up what home holds of accounts.
func together(accounts []coverage.Coverage) coverage.Coverage {
	var sum coverage.Coverage
	counts := map[time.Time]coverage.Counts{}
	var first, last time.Time
	for _, c := range accounts {
		sum.Undated = sum.Undated.Add(c.Undated)
		for _, m := range c.Months {
			counts[m.Start] = counts[m.Start].Add(m.Counts)
			if first.IsZero() || m.Start.Before(first) {
				first = m.Start
			}
			if m.Start.After(last) {
				last = m.Start
			}
		}
	}
	if first.IsZero() {
		return sum
	}
	for at := first; !at.After(last); at = at.AddDate(0, 1, 0) {
		sum.Months = append(sum.Months, coverage.Month{Start: at, Counts: counts[at]})
	}
	return sum
}
