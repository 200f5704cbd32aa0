package report

import (
	"fmt"
	"strings"

	"tootfill/backfill/cleantext"
)

// BadLine is a line of a file that names no account. Line 0 is the file as a
// whole.
type BadLine struct {
	File          string
	Line          int
	Text          string
	Message, Hint string
}

// badLineLine is the JSON form of a BadLine.
type badLineLine struct {
	Type    string `json:"type"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Text    string `json:"text"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func (b BadLine) line() badLineLine {
	return badLineLine{
		Type: "bad_line", File: jsonText(b.File), Line: b.Line, Text: jsonText(cleantext.Line(b.Text, maxField)),
		Message: jsonText(b.Message), Hint: jsonText(b.Hint),
	}
}

func (b BadLine) text() string {
	where := fmt.Sprintf("%s, line %d: ", b.File, b.Line)
	if b.Line == 0 {
		where = b.File + " "
	}
	return warningText(where+b.Message, b.Hint)
}

// BadLine reports a line of a file that names no account. It is a failure, so
// --quiet does not hide it.
func (r *Run) BadLine(b BadLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.BadLines++
	if l, logs := r.Stderr.(*Log); logs {
		l.badLine(b)
		return
	}
	if r.JSON {
		r.tellWhole(strings.TrimSuffix(jsonLine(b.line()), "\n"))
		return
	}
	r.tellPeople(paint(r.inLocale(b.text()), yellow, r.stderrColour()))
}
