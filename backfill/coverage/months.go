package coverage

import "time"

// MonthOf is the first moment of the month of t, in UTC.
func MonthOf(t time.Time) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// window are the first moments of the months within which a date can be right: from, and
// before until.
func window(now time.Time) (from, until time.Time) {
	return time.Unix(0, 0).UTC(), MonthOf(now).AddDate(0, 2, 0)
}

// Arrange sorts counts, which come in any order and may come several times for a month,
// into months without gaps. Undated are those of months in which no date can be right, at
// the time now.
func Arrange(counted []Month, now time.Time) (months []Month, undated Counts) {
	from, until := window(now)
	byMonth := make(map[time.Time]Counts)
	var first, last time.Time
	for _, m := range counted {
		start := MonthOf(m.Start)
		switch {
		case m.Counts == Counts{}:
			continue
		case start.Before(from) || !start.Before(until):
			undated = undated.Add(m.Counts)
			continue
		}
		byMonth[start] = byMonth[start].Add(m.Counts)
		if first.IsZero() || start.Before(first) {
			first = start
		}
		if start.After(last) {
			last = start
		}
	}
	if first.IsZero() {
		return nil, undated
	}
	for start := first; !start.After(last); start = start.AddDate(0, 1, 0) {
		months = append(months, Month{Start: start, Counts: byMonth[start]})
	}
	return months, undated
}
