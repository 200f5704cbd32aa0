package chart

import (
	"math"
	"strconv"
	"strings"

	"tootfill/backfill/coverage"
)

// area is where bars are drawn.
type area struct{ left, top, width, height float64 }

const (
	// leastHeight makes a single post among thousands visible.
	leastHeight = 1
	// leastLabelSpace is how far the years on the axis are apart at least.
	leastLabelSpace = 34
	// labelDrop is how far the years stand below the axis.
	labelDrop = 14
)

// datedSum counts the posts of a month that its bar shows.
func datedSum(c coverage.Counts) int { return c.Held + c.Importable + c.Refused }

// busiest is the number of posts in the month with the most of them.
func busiest(months []coverage.Month) int {
	most := 0
	for _, m := range months {
		most = max(most, datedSum(m.Counts))
	}
	return most
}

// bars draws the months: a path for each kind of posts, the axis, and the years.
func (m markup) bars(months []coverage.Month, a area) {
	if len(months) == 0 {
		return
	}
	wide := max(0.1, min(a.width/float64(len(months))*0.8, 24))
	m.raw(`<g class="bars" stroke-width="`, number(wide), `">`)
	for i, path := range a.paths(months) {
		if path != "" {
			m.raw(`<path class="`, dated[i].class, `" d="`, path, `"/>`)
		}
	}
	m.raw(`</g>`)
	m.axis(months, a)
}

// paths are the bars of each kind: strokes upwards, each of which begins at a place that
// is given from the end of the one before. So they take the fewest bytes, and a page may
// have a hundred thousand of them.
func (a area) paths(months []coverage.Month) [len(dated)]string {
	var paths [len(dated)]strings.Builder
	var ends [len(dated)]point
	most, step := max(1, busiest(months)), a.width/float64(len(months))
	for i, month := range months {
		at := point{a.left + (float64(i)+0.5)*step, a.top + a.height}.rounded()
		for k, kind := range dated {
			posts := kind.of(month.Counts)
			if posts <= 0 {
				continue
			}
			high := math.Round(max(leastHeight, a.height*float64(posts)/float64(most)))
			paths[k].WriteString("m" + pair(at.x-ends[k].x, at.y-ends[k].y) + "v-" + number(high))
			at.y -= high
			ends[k] = at
		}
	}
	var texts [len(dated)]string
	for k := range paths {
		texts[k] = paths[k].String()
	}
	return texts
}

// point is a place in a drawing.
type point struct{ x, y float64 }

// rounded is p as it can be written, so that the errors of many steps do not add up.
func (p point) rounded() point { return point{math.Round(p.x*10) / 10, math.Round(p.y*10) / 10} }

// pair is two numbers of a path.
func pair(x, y float64) string {
	second := number(y)
	if strings.HasPrefix(second, "-") {
		return number(x) + second
	}
	return number(x) + " " + second
}

// axis draws the line below the bars with its years, and says how many posts the
// highest bar has.
func (m markup) axis(months []coverage.Month, a area) {
	bottom := a.top + a.height
	line := "M" + number(a.left) + " " + number(bottom) + "h" + number(a.width)
	m.raw(`<text text-anchor="end" x="`, number(a.left-4), `" y="`, number(a.top+8), `">`, strconv.Itoa(busiest(months)), `</text>`)
	m.raw(`<text text-anchor="end" x="`, number(a.left-4), `" y="`, number(bottom), `">0</text>`)
	step := a.width / float64(len(months))
	free, labelled := a.left, false
	for i, month := range months {
		x := a.left + float64(i)*step
		if month.Start.Month() != 1 || x < free || x > a.left+a.width-leastLabelSpace+6 {
			continue
		}
		line += m.label(x, bottom, month.Start.Format("2006"))
		free, labelled = x+leastLabelSpace, true
	}
	if !labelled {
		line += m.label(a.left, bottom, months[0].Start.Format("2006-01"))
	}
	m.raw(`<path class="axis" d="`, line, `"/>`)
}

// label writes a text below the axis, and returns the mark above it.
func (m markup) label(x, bottom float64, text string) (mark string) {
	m.raw(`<text x="`, number(x), `" y="`, number(bottom+labelDrop), `">`, text, `</text>`)
	return "M" + number(x) + " " + number(bottom) + "v4"
}
