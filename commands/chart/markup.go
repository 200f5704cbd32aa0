package chart

import (
	"bufio"
	"encoding/xml"
	"strconv"
	"strings"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// maxName is how many characters of a name are shown.
const maxName = 200

// markup writes SVG and HTML. It keeps the first error for Flush.
type markup struct{ *bufio.Writer }

// raw writes parts that are markup already.
func (m markup) raw(parts ...string) {
	for _, p := range parts {
		m.WriteString(p)
	}
}

// text writes text, escaped. What is written so is safe in an attribute, too.
func (m markup) text(s string) {
	xml.EscapeText(m.Writer, []byte(s)) // the writer keeps the error
}

// nameOf is an account's handle without what would change how the text around it reads.
func nameOf(h fediverse.Handle) string { return cleantext.Line(h.String(), maxName) }

// number is a length in units of the drawing.
func number(x float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}
