package chart

import (
	"strconv"

	"tootfill/backfill/coverage"
)

// countsText says how many posts of each kind there are.
func countsText(c coverage.Counts) string {
	text := ""
	for i, k := range kinds {
		if i > 0 {
			text += ", "
		}
		text += strconv.Itoa(k.of(c)) + " " + k.name
	}
	return text
}

// spanText says which months there are.
func spanText(months []coverage.Month) string {
	switch len(months) {
	case 0:
		return "no month with posts"
	case 1:
		return monthText(months[0])
	}
	return monthText(months[0]) + " to " + monthText(months[len(months)-1])
}

func monthText(m coverage.Month) string { return m.Start.Format("2006-01") }

// readText says how much is known of the account's list, and since when.
func readText(c coverage.Coverage) string {
	if c.ReadAt.IsZero() {
		return "The account's list was never read."
	}
	at := c.ReadAt.UTC().Format("2006-01-02 15:04") + " UTC"
	if c.Whole {
		return "The account's list was read to its end, " + at + "."
	}
	return "The account's list was read only in part, " + at + "."
}

// undatedText says how many posts stand in no bar.
func undatedText(c coverage.Counts) string {
	if c.Sum() == 0 {
		return ""
	}
	return "Without a date: " + countsText(c) + "."
}
