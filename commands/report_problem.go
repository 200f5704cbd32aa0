package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"tootfill/backfill/cleantext"
)

// problem is an error as it is told: on standard error, as "tootfill: error:
// ..." and "tootfill: hint: ...", beginning in lower case and without a full
// stop. With --json it is one line of JSON instead.
type problem struct {
	// Code is the exit status.
	Code          int
	Message, Hint string
	// Account is the one that the problem is about, as it was named; empty if it
	// is about none.
	Account string
}

// errorLine is the JSON form of a problem.
type errorLine struct {
	Type    string `json:"type"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Account string `json:"account,omitempty"`
}

// Write writes the problem to standard error w.
func (p problem) Write(w io.Writer, asJSON bool) {
	// Nothing can be done about a closed stderr; the exit status still tells.
	_, _ = io.WriteString(w, p.text(asJSON))
}

func (p problem) text(asJSON bool) string {
	if asJSON {
		account := jsonText(cleantext.Line(p.Account, maxURI))
		return jsonLine(errorLine{Type: "error", Code: p.Code, Message: p.Message, Hint: p.Hint, Account: account})
	}
	text := "tootfill: error: " + p.Message + "\n"
	if p.Hint != "" {
		text += "tootfill: hint: " + p.Hint + "\n"
	}
	return text
}

// warn tells of something that does not stop the program.
func warn(w io.Writer, text, hint string) {
	// As with a problem, but nothing depends on it.
	_, _ = io.WriteString(w, warningText(text, hint)+"\n")
}

func warningText(text, hint string) string {
	text = "tootfill: warning: " + cleantext.Line(text, maxField)
	if hint != "" {
		text += "\ntootfill: hint: " + cleantext.Line(hint, maxField)
	}
	return text
}

// badLine is a line of a file that names no account. Line 0 is the file as a
// whole.
type badLine struct {
	File          string
	Line          int
	Text          string
	Message, Hint string
}

// badLineLine is the JSON form of a badLine.
type badLineLine struct {
	Type    string `json:"type"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Text    string `json:"text"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func (b badLine) json() string {
	return jsonLine(badLineLine{
		Type: "bad_line", File: jsonText(b.File), Line: b.Line, Text: jsonText(cleantext.Line(b.Text, maxField)),
		Message: jsonText(b.Message), Hint: jsonText(b.Hint),
	})
}

func (b badLine) text() string {
	where := fmt.Sprintf("%s, line %d: ", b.File, b.Line)
	if b.Line == 0 {
		where = b.File + " "
	}
	return warningText(where+b.Message, b.Hint)
}

// jsonLine is a value of ours as a line of JSON.
func jsonLine(value any) string {
	var b strings.Builder
	line := json.NewEncoder(&b)
	line.SetEscapeHTML(false)
	// Texts and numbers can be encoded, and a builder takes everything.
	_ = line.Encode(value)
	return b.String()
}
