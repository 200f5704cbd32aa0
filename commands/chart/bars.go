package chart

import (
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
	for i, path := range a.paths(months) {
		if path != "" {
			m.raw(`<path class="`, dated[i].class, `" d="`, path, `"/>`)
		}
	}
	m.axis(months, a)
}

// paths are the bars of each kind.
func (a area) paths(months []coverage.Month) [len(dated)]string {
	var paths [len(dated)]strings.Builder
	most, step := max(1, busiest(months)), a.width/float64(len(months))
	wide := min(step*0.8, 24)
	for i, month := range months {
		y := a.top + a.height
		x := a.left + (float64(i)+0.5)*step - wide/2
		for k, kind := range dated {
			posts := kind.of(month.Counts)
			if posts <= 0 {
				continue
			}
			high := max(leastHeight, a.height*float64(posts)/float64(most))
			paths[k].WriteString("M" + number(x) + " " + number(y) + "v-" + number(high) + "h" + number(max(0.1, wide)) + "v" + number(high) + "z")
			y -= high
		}
	}
	var texts [len(dated)]string
	for k := range paths {
		texts[k] = paths[k].String()
	}
	return texts
}

// axis draws the line below the bars with its years, and says how many posts the
// highest bar has.
func (m markup) axis(months []coverage.Month, a area) {
	bottom := a.top + a.height
	m.raw(`<path class="axis" d="M`, number(a.left), ` `, number(bottom), `h`, number(a.width), `"/>`)
	m.raw(`<text text-anchor="end" x="`, number(a.left-4), `" y="`, number(a.top+8), `">`, strconv.Itoa(busiest(months)), `</text>`)
	m.raw(`<text text-anchor="end" x="`, number(a.left-4), `" y="`, number(bottom), `">0</text>`)
	step := a.width / float64(len(months))
	free, labelled := a.left, false
	for i, month := range months {
		x := a.left + float64(i)*step
		if month.Start.Month() != 1 || x < free || x > a.left+a.width-leastLabelSpace+6 {
			continue
		}
		m.label(x, bottom, month.Start.Format("2006"))
		free, labelled = x+leastLabelSpace, true
	}
	if !labelled {
		m.label(a.left, bottom, months[0].Start.Format("2006-01"))
	}
}

func (m markup) label(x, bottom float64, text string) {
	m.raw(`<path class="axis" d="M`, number(x), ` `, number(bottom), `v4"/>`)
	m.raw(`<text x="`, number(x), `" y="`, number(bottom+labelDrop), `">`, text, `</text>`)
}
