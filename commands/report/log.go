package report

import (
	"io"
	"strings"
	"sync"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// Log is a standard error on which every line is a JSON object, for programs that collect
// logs. What this package reports has fields of its own; any other text that is written to
// it is cut into lines.
type Log struct {
	mu    sync.Mutex
	w     io.Writer
	clock backfill.Clock
}

// NewLog returns a log on w.
func NewLog(w io.Writer, clock backfill.Clock) *Log { return &Log{w: w, clock: clock} }

// level is how much a line of a log matters.
type level string

const (
	info    level = "info"
	warning level = "warning"
	failure level = "error"
)

// logLine is a line of a log. Errors and bad lines have types of their own.
type logLine struct {
	// Time is RFC 3339 in UTC.
	Time    string `json:"time"`
	Level   level  `json:"level"`
	Type    string `json:"type"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Account string `json:"account,omitempty"`
	// Status and Cause are those of the account's result.
	Status backfill.Status `json:"status,omitempty"`
	Cause  backfill.Cause  `json:"cause,omitempty"`
	// AccountsDone and PostsDone say how far the run is, and PostsKnown how many posts
	// are known so far.
	AccountsDone *int `json:"accounts_done,omitempty"`
	PostsDone    *int `json:"posts_done,omitempty"`
	PostsKnown   *int `json:"posts_known,omitempty"`
}

// loggedError and loggedBadLine are lines of their types in a log.
type loggedError struct {
	Time  string `json:"time"`
	Level level  `json:"level"`
	errorLine
}

type loggedBadLine struct {
	Time  string `json:"time"`
	Level level  `json:"level"`
	badLineLine
}

// Write logs each line of a text.
func (l *Log) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if text := strings.TrimSpace(line); text != "" {
			l.say(info, logLine{Message: text})
		}
	}
	return len(p), nil
}

// say logs what is neither an error nor a bad line.
func (l *Log) say(how level, about logLine) {
	line := logLine{
		Time: l.now(), Level: how, Type: "log",
		Message: logText(strings.TrimPrefix(about.Message, "tootfill: ")), Hint: logText(about.Hint), Account: logText(about.Account),
		Status: about.Status, Cause: about.Cause,
		AccountsDone: about.AccountsDone, PostsDone: about.PostsDone, PostsKnown: about.PostsKnown,
	}
	l.write(line)
}

// problem logs an error.
func (l *Log) problem(p Problem) { l.write(loggedError{l.now(), failure, p.line()}) }

// badLine logs a line of a file that names no account.
func (l *Log) badLine(b BadLine) { l.write(loggedBadLine{l.now(), warning, b.line()}) }

// logText is a text from anywhere, fit to be logged.
func logText(s string) string { return jsonText(cleantext.Line(s, maxURI)) }

func (l *Log) now() string {
	return l.clock.Now().UTC().Truncate(time.Millisecond).Format("2006-01-02T15:04:05.000Z07:00")
}

func (l *Log) write(line any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Nobody may be there to read it, as with Problem.Write.
	_, _ = io.WriteString(l.w, jsonLine(line))
}

// tell reports to people or, on a log, to programs. how and about are for these, and
// lines, which may be several, for people.
func (r *Run) tell(how level, about logLine, lines string) {
	if l, logs := r.Stderr.(*Log); logs {
		l.say(how, about)
		return
	}
	r.tellPeople(lines)
}

// resultLog is an account's result in a log.
func (r *Run) resultLog(result backfill.Result, wouldImport int) (level, logLine) {
	how := warning
	if result.Status == backfill.FailedAccount {
		how = failure
	}
	reason := cleantext.Line(result.Reason, maxField)
	text := r.statusText(result, r.countsText(result, wouldImport), reason)
	if !strings.Contains(text, reason) {
		text += ": " + reason
	}
	return how, logLine{
		Message: text, Hint: r.Hints(result.Hint), Account: result.Account.String(), Status: result.Status, Cause: result.Cause,
	}
}

// progressLog is how far the run is in a log.
func (r *Run) progressLog() logLine {
	visited := r.progress.visited
	done, known, _ := r.progress.posts()
	return logLine{Message: r.progress.line(r.Clock.Now()), AccountsDone: &visited, PostsDone: &done, PostsKnown: &known}
}
