package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill/coverage"
)

// coverageText is the form of a coverage for people.
type coverageText struct {
	// columns is how wide a line may be.
	columns  int
	glyphs   glyphs
	coloured bool
	// flags are those of CoverageWriter.
	flags string
}

// longestBar is the most cells of a bar, however wide the terminal is.
const longestBar = 120

// row is a line with a bar.
type row struct {
	label  string
	counts coverage.Counts
}

// number says how many of the row's posts are held.
func (r row) number() string { return strconv.Itoa(r.counts.Held) + "/" + strconv.Itoa(r.counts.Sum()) }

// legend says what the glyphs mean, in two lines where one is too narrow.
func (t coverageText) legend() []string {
	kinds := make([]string, len(coverageKinds))
	for i, k := range coverageKinds {
		kinds[i] = k.paint(t.glyphs[i], t.coloured) + " " + k.name
	}
	const between = "  "
	if whole := strings.Join(kinds, between); shownColumns(whole) <= t.columns {
		return []string{whole}
	}
	return inTwo(kinds, "", between)
}

// inTwo are texts in two lines, the second halves of which stand below each other. The
// first line begins with start.
func inTwo(texts []string, start, between string) []string {
	half := len(texts) / 2
	wide := 0
	for i := 0; i < len(texts); i += half {
		wide = max(wide, shownColumns(texts[i]))
	}
	var lines []string
	for i := 0; i < len(texts); i += half {
		first := texts[i] + strings.Repeat(" ", wide-shownColumns(texts[i]))
		lines = append(lines, start+first+between+strings.Join(texts[i+1:i+half], between))
		start = strings.Repeat(" ", len(start))
	}
	return lines
}

// lines are what is known of one account.
func (t coverageText) lines(c Coverage, now time.Time) []string {
	lines := []string{c.Account.String()}
	lines = append(lines, t.rows(c)...)
	if total := c.Total(); total.Sum() > 0 {
		lines = append(lines, t.totalLines(total)...)
	}
	for _, remark := range t.remarks(c, now) {
		lines = append(lines, "  "+remark)
	}
	return lines
}

// rows are the months, and last the posts without a date.
func (t coverageText) rows(c Coverage) []string {
	all := monthRows(c.Months)
	if c.Undated.Sum() > 0 {
		all = append(all, row{label: "undated", counts: c.Undated})
	}
	most, label, number := 0, 0, 0
	for _, m := range c.Months {
		most = max(most, m.Sum())
	}
	if most == 0 {
		most = c.Undated.Sum()
	}
	for _, r := range all {
		label, number = max(label, len(r.label)), max(number, len(r.number()))
	}
	cells := min(longestBar, t.columns-label-number-4)
	lines := make([]string, len(all))
	for i, r := range all {
		line := padRight(r.label, label) + "  "
		switch {
		case r.counts.Sum() == 0 && cells > 0:
			line = strings.TrimRight(line, " ")
		case cells > 0:
			bar, used := t.glyphs.bar(r.counts, most, cells, t.coloured)
			line += bar + strings.Repeat(" ", cells-used) + "  " + padLeft(r.number(), number)
		default: // there is no room for a bar
			line += r.number()
		}
		lines[i] = line
	}
	return lines
}

// monthRows are the rows of months. Years without any post become one row.
func monthRows(months []coverage.Month) []row {
	posts := make(map[int]int)
	for _, m := range months {
		posts[m.Start.Year()] += m.Sum()
	}
	var rows []row
	for i := 0; i < len(months); {
		first := months[i].Start.Year()
		if posts[first] > 0 {
			rows = append(rows, row{monthLabel(months[i]), months[i].Counts})
			i++
			continue
		}
		last := first
		for ; i < len(months) && posts[months[i].Start.Year()] == 0; i++ {
			last = months[i].Start.Year()
		}
		label := strconv.Itoa(first)
		if last > first {
			label += "-" + strconv.Itoa(last)
		}
		rows = append(rows, row{label: label})
	}
	return rows
}

// totalLines are the counts in one line or, where that is too narrow, in two.
func (t coverageText) totalLines(c coverage.Counts) []string {
	const start = "total: "
	parts := make([]string, len(coverageKinds))
	for i, k := range coverageKinds {
		parts[i] = fmt.Sprintf("%s %d", k.name, k.of(c))
	}
	if whole := start + strings.Join(parts, ", "); len(whole) <= t.columns {
		return []string{whole}
	}
	return inTwo(parts, start, "  ")
}

// remarks say what the numbers are worth.
func (t coverageText) remarks(c Coverage, now time.Time) []string {
	var all []string
	if c.Remark != "" {
		all = append(all, c.Remark)
	}
	backfill := "tootfill accounts backfill" + t.flags + " "
	switch read := c.ReadAt; {
	case !c.Tried && !c.Fresh:
		return append(all, "never backfilled: "+backfill+c.Account.String()+" imports its posts, and --fresh only counts them")
	case read.IsZero():
		return append(all, "no list of its posts was read yet: --fresh reads it, as a backfill does unless home does it by itself")
	case c.Whole:
		return append(all, "its server's list was read to its end ("+clockTime(read, now, "15:04")+")")
	default:
		return append(all, "its server's list was read only in part ("+clockTime(read, now, "15:04")+
			"): "+backfill+"--limit 0 "+c.Account.String()+" reads on")
	}
}
