package report

import (
	"strings"

	"tootfill/backfill/coverage"
)

// coverageKind is a kind of posts in a bar.
type coverageKind struct {
	name, colour string
	of           func(coverage.Counts) int
}

// coverageKinds are the kinds in their order.
var coverageKinds = [...]coverageKind{
	{"held", green, func(c coverage.Counts) int { return c.Held }},
	{"importable", yellow, func(c coverage.Counts) int { return c.Importable }},
	{"refused", red, func(c coverage.Counts) int { return c.Refused }},
	{"not offered", "", func(c coverage.Counts) int { return c.NotOffered }},
}

func (k coverageKind) paint(s string, coloured bool) string { return paint(s, k.colour, coloured) }

// glyphs are those of the kinds. They differ without colours, too.
type glyphs [len(coverageKinds)]string

func glyphsFor(utf8 bool) glyphs {
	if utf8 {
		return glyphs{"█", "░", "x", "."}
	}
	return glyphs{"#", "-", "x", "."}
}

// tooLong ends a bar that is cut off: there may be far more posts without a date than in
// any month.
const tooLong = ">"

// bar shows counts, where so many cells stand for most posts. It returns how many cells
// the bar uses.
func (g glyphs) bar(c coverage.Counts, most, cells int, coloured bool) (bar string, used int) {
	var b strings.Builder
	end := ""
	if sum := c.Sum(); sum > most && cells > 1 {
		most, end = sum, tooLong
		cells--
	}
	for i, n := range shares(c, most, cells) {
		if n > 0 {
			b.WriteString(coverageKinds[i].paint(strings.Repeat(g[i], n), coloured))
			used += n
		}
	}
	return b.String() + end, used + len(end)
}

// shares divides the cells of a bar among the kinds. A kind with any posts gets a cell, if
// there is one for each; what that takes too much, the largest kinds give.
func shares(c coverage.Counts, most, cells int) [len(coverageKinds)]int {
	var share [len(coverageKinds)]int
	total := 0
	for i, k := range coverageKinds {
		posts := k.of(c)
		share[i] = int((int64(posts)*int64(cells) + int64(most)/2) / int64(most))
		if posts > 0 {
			share[i] = max(1, share[i])
		}
		total += share[i]
	}
	for ; total > cells; total-- {
		largest := 0
		for i := range share {
			if share[i] > share[largest] {
				largest = i
			}
		}
		share[largest]--
	}
	return share
}
