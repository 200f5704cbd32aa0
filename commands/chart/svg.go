package chart

import (
	"bufio"
	"io"
	"strconv"
	"unicode/utf8"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/coverage"
)

// SVG draws what home holds of one account. The only errors are those of the writer.
func SVG(w io.Writer, c coverage.Coverage) error {
	m := markup{bufio.NewWriter(w)}
	name, home := nameOf(c.Account), cleantext.Line(c.Home, maxName)
	m.raw(`<svg xmlns="http://www.w3.org/2000/svg" width="720" height="270" viewBox="0 0 720 270" role="img">`, "\n<title>")
	m.text(name + ": posts by month on " + home)
	m.raw("</title>\n<desc>")
	m.text(spanText(c.Months) + ": " + countsText(c.Total()))
	m.raw("</desc>\n<style>", colours, ".name{font-size:18px;font-weight:600}</style>\n", patterns, "\n")
	m.raw(`<rect class="ground" width="720" height="270"/>`, "\n")
	m.fitted(name, `class="name" x="24" y="32"`, 11)
	m.fitted("posts by month on "+home+", "+strconv.Itoa(c.Total().Sum())+" in all", `x="24" y="50"`, 6.5)
	m.bars(c.Months, area{left: 56, top: 68, width: 640, height: 120})
	m.raw("\n")
	m.svgLegend(c.Total())
	m.fitted(readText(c)+" "+undatedText(c.Undated), `x="24" y="256"`, 6.5)
	m.raw("</svg>\n")
	return m.Flush()
}

// fitted writes a line of text that is drawn closer if it would be too long. The width of
// a character is an estimate in units.
func (m markup) fitted(text, attributes string, character float64) {
	const room = 672
	width := character * float64(utf8.RuneCountInString(text))
	if len(text) > utf8.RuneCountInString(text) {
		width *= 2 // perhaps wide characters
	}
	if width > room {
		attributes += ` textLength="672" lengthAdjust="spacingAndGlyphs"`
	}
	m.raw(`<text `, attributes, `>`)
	m.text(text)
	m.raw("</text>\n")
}

// svgLegend names the kinds, with how many posts there are of each.
func (m markup) svgLegend(total coverage.Counts) {
	for i, k := range kinds {
		x := 24 + float64(i)*160
		m.raw(`<rect class="`, k.class, `" x="`, number(x), `" y="222" width="12" height="12"/>`)
		m.raw(`<text x="`, number(x+18), `" y="232">`, k.name, ` `, strconv.Itoa(k.of(total)), "</text>\n")
	}
}
