package report

import (
	"strconv"
	"time"

	"tootfill/backfill/cleantext"
)

const (
	// longLatency is the latency from which a queue is coloured, as something that a
	// person should look at.
	longLatency = time.Minute
	// shortestName is how short a queue's name may be cut, in columns.
	shortestName = 6
	// sizeWidth is the least width of the column of sizes, so that the table does
	// not shift while it is watched.
	sizeWidth = 6
)

// queueRow is a line of the table.
type queueRow struct{ name, size, latency, trend, colour string }

// table shows the queues.
func (t queuesText) table(queues []Queue) []string {
	if len(queues) == 0 {
		return []string{t.cut("no queues")}
	}
	trend := t.trendWidth()
	head := queueRow{name: "queue", size: "size", latency: "latency"}
	if trend > 0 {
		head.trend = columnGap + padLeft("trend", trend)
	}
	rows := []queueRow{head}
	for _, q := range queues {
		row := queueRow{
			name: t.inLocale(cleantext.Line(q.Name, maxField)), size: strconv.FormatInt(q.Size, 10),
			latency: durationText(q.Latency.Truncate(time.Second)),
		}
		if trend > 0 {
			row.trend = columnGap + sparkline(t.trends[q.Name], trend, t.utf8)
		}
		if q.Latency >= longLatency {
			row.colour = yellow
		}
		rows = append(rows, row)
	}
	return t.align(rows, trend)
}

// align puts the rows into columns. If the table is too wide, long names are cut, or
// stand in lines of their own if lines are wrapped.
func (t queuesText) align(rows []queueRow, trend int) []string {
	name, size, latency := 0, sizeWidth, 0
	for _, r := range rows {
		name = max(name, columnsOf(r.name))
		size, latency = max(size, len(r.size)), max(latency, len(r.latency))
	}
	if t.columns > 0 {
		others := len(columnGap) + size + len(columnGap) + latency
		if trend > 0 {
			others += len(columnGap) + trend
		}
		name = min(name, max(shortestName, t.columns-others))
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		shown, above := t.inLocale(cleantext.Cut(r.name, name)), ""
		if t.wraps && shown != r.name {
			shown, above = "", wrap(r.name, t.columns)+"\n"
		}
		start := above + padRight(shown, name) + columnGap + padLeft(r.size, size) + columnGap
		wait := padLeft(r.latency, latency)
		lines[i] = t.cut(start + wait + r.trend)
		if lines[i] == start+wait+r.trend { // colour the line only if it was not cut
			lines[i] = start + paint(wait, r.colour, t.colour) + r.trend
		}
	}
	return lines
}

// trendWidth is how many columns a trend has; 0 for no trend.
func (t queuesText) trendWidth() int {
	switch {
	case t.trends == nil || t.columns < 35:
		return 0
	case t.columns < 50:
		return 8
	}
	return trendSamples
}
