package report

import (
	"io"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// Problem is an error as it is reported on standard error: as "tootfill: error: ..."
// and "tootfill: hint: ...", beginning in lower case and without a full stop, or
// with --json as one line of JSON.
type Problem struct {
	// Code is the exit status.
	Code          int
	Message, Hint string
	// Account is the account that the problem is about, as the user named it; empty
	// if it is about none.
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
func (p Problem) Write(w io.Writer, asJSON bool) {
	if l, logs := w.(*Log); logs {
		l.problem(p)
		return
	}
	// Nothing can be done about a closed stderr; the exit status still reports the
	// failure.
	if asJSON {
		_, _ = io.WriteString(w, jsonLine(p.line()))
		return
	}
	_ = WriteText(w, p.text())
}

// WriteProblem is Problem.Write, for people in characters of their locale.
func (s Streams) WriteProblem(p Problem, asJSON bool) {
	if _, logs := s.Stderr.(*Log); logs || asJSON {
		p.Write(s.Stderr, asJSON)
		return
	}
	_ = WriteText(s.Stderr, s.inLocale(p.text())) // as in Write
}

func (p Problem) text() string {
	text := "tootfill: error: " + p.Message + "\n"
	if p.Hint != "" {
		text += "tootfill: hint: " + p.Hint + "\n"
	}
	return text
}

func (p Problem) line() errorLine {
	account := jsonText(cleantext.Line(p.Account, maxURI))
	return errorLine{Type: "error", Code: p.Code, Message: p.Message, Hint: p.Hint, Account: account}
}

// Warn reports something that does not stop the program.
func Warn(w io.Writer, text, hint string) {
	if l, logs := w.(*Log); logs {
		l.say(warning, logLine{Message: text, Hint: hint})
		return
	}
	// Nothing depends on a warning, so a closed stderr does not matter.
	_ = WriteText(w, warningText(text, hint)+"\n")
}

func warningText(text, hint string) string {
	text = "tootfill: warning: " + cleantext.Line(text, maxField)
	if hint != "" {
		text += "\ntootfill: hint: " + cleantext.Line(hint, maxField)
	}
	return text
}

// showWarning tells of a warning on stderr.
func (r *Run) showWarning(e backfill.Warned) {
	if r.Quiet {
		return
	}
	text, about := e.Text, logLine{Message: e.Text, Hint: r.Hints(e.Hint)}
	if (e.Account != fediverse.Handle{}) {
		about.Account = e.Account.String()
		text = about.Account + ": " + text
	}
	r.tell(warning, about, paint(r.inLocale(warningText(text, about.Hint)), yellow, r.stderrColour()))
}

// Problem reports a problem with one account, in words.
func (r *Run) Problem(p Problem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l, logs := r.Stderr.(*Log); logs {
		l.problem(p)
		return
	}
	r.tellPeople(r.inLocale(strings.TrimSuffix(p.text(), "\n")))
}
