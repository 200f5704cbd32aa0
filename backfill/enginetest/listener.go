package enginetest

import (
	"fmt"
	"strings"

	"tootfill/backfill"
)

// Listener keeps what it is told.
type Listener struct {
	// Events are all that it was told, in order.
	Events []backfill.Event
	// OnEvent sees each event, too; nil for nobody.
	OnEvent func(backfill.Event)
}

// Event keeps an event.
func (l *Listener) Event(e backfill.Event) {
	l.Events = append(l.Events, e)
	if l.OnEvent != nil {
		l.OnEvent(e)
	}
}

// Results are the results of the accounts that were finished.
func (l *Listener) Results() []backfill.Result {
	var results []backfill.Result
	for _, e := range l.Events {
		if f, ok := e.(backfill.AccountFinished); ok {
			results = append(results, f.Result)
		}
	}
	return results
}

// Warnings counts the warnings.
func (l *Listener) Warnings() int {
	n := 0
	for _, e := range l.Events {
		if _, ok := e.(backfill.Warned); ok {
			n++
		}
	}
	return n
}

// WarningTexts are the warnings and what their hints are about, one a line.
func (l *Listener) WarningTexts() string {
	var b strings.Builder
	for _, e := range l.Events {
		if e, ok := e.(backfill.Warned); ok {
			fmt.Fprintf(&b, "%s (%s)\n", e.Text, e.Hint.About)
		}
	}
	return b.String()
}

// Settled counts the posts reported with an outcome.
func (l *Listener) Settled(o backfill.Outcome) int {
	n := 0
	for _, e := range l.Events {
		if p, ok := e.(backfill.PostSettled); ok && p.Outcome == o {
			n++
		}
	}
	return n
}
