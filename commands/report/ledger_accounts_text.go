package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// The widths of the columns. Accounts are shown as they are read, so nobody knows how
// wide the next ones are: a name that is wider stands in a line of its own, and in a pipe
// moves the rest of its line.
const (
	statusWidth   = len("interrupted")
	importedWidth = len("imported")
	heldWidth     = len("99999")
	refusedWidth  = len("refused")
	failedWidth   = len("failed")
	dayWidth      = len(time.DateOnly)
	minuteWidth   = len(minuteLayout)
	// leastName is how wide a name may be at least, and mostName at most. Where there is
	// less room than that, there are no columns.
	leastName, mostName = 20, 40
	// leastNote is how many columns a remark needs to stand at the end of a line.
	leastNote = 24
)

// minuteLayout is how times are written in pipes: as one word, whatever day it is.
const minuteLayout = "2006-01-02T15:04"

// ledgerAccountsText shows what the ledger knows of accounts.
type ledgerAccountsText struct {
	// columns is how wide a line may be; 0 in a pipe, where each account is one line.
	columns int
	// name and time are the widths of those columns, and home that of the home servers;
	// 0 if that is not shown. A name of 0 columns means that there are none.
	name, time, home int
	coloured         bool
	now              time.Time
}

func newLedgerAccountsText(columns int, homes, coloured bool, now time.Time) ledgerAccountsText {
	t := ledgerAccountsText{columns: columns, coloured: coloured, now: now}
	if columns == 0 {
		t.name, t.time = mostName, minuteWidth
		if homes {
			t.home = leastName
		}
		return t
	}
	t.time = dayWidth
	room := columns - columnsOf(t.cells("", "", "", [4]string{}))
	switch {
	case room >= mostName+leastNote:
		t.name = mostName
	case room >= 2*leastNote:
		t.name = leastNote
	case room >= leastName:
		t.name = room
	}
	return t
}

// cells are the columns beside the name. The counts are in the order of the head.
func (t ledgerAccountsText) cells(home, last, status string, counts [4]string) string {
	if t.home > 0 {
		home = columnGap + padRight(home, t.home)
	}
	return home + columnGap + padRight(last, t.time) + columnGap + padRight(status, statusWidth) +
		" " + padLeft(counts[0], importedWidth) + " " + padLeft(counts[1], heldWidth) +
		" " + padLeft(counts[2], refusedWidth) + " " + padLeft(counts[3], failedWidth)
}

// head names the columns.
func (t ledgerAccountsText) head() []string {
	if t.name == 0 {
		return nil
	}
	home := ""
	if t.home > 0 {
		home = "home"
	}
	line := padRight("account", t.name) + t.cells(home, "last run", "result", [4]string{"imported", "held", "refused", "failed"})
	if t.columns == 0 || t.columns-columnsOf(line) >= leastNote {
		line += columnGap + "next"
	}
	return []string{line}
}

// lines are what is known of an account.
func (t ledgerAccountsText) lines(a LedgerAccount) []string {
	if t.name == 0 {
		return t.stacked(a)
	}
	name, status, home := handleText(a.Account), a.status(), ""
	colour := statusColour(a.Status)
	if t.home > 0 {
		home = a.Home
	}
	if status == "" {
		status, colour = "-", ""
	}
	counts := [4]string{strconv.Itoa(a.Imported), strconv.Itoa(a.Held), strconv.Itoa(a.Refused), strconv.Itoa(a.Failed)}
	cells := t.cells(home, t.lastRun(a), status, counts)
	cells = strings.Replace(cells, status, paint(status, colour, t.coloured), 1)
	var lines []string
	if t.columns > 0 && columnsOf(name) > t.name {
		lines, name = append(lines, name), ""
	}
	line := padRight(name, t.name) + cells
	note := strings.Join(t.notes(a), "; ")
	switch beside := line + columnGap + note; {
	case note == "":
		lines = append(lines, line)
	case t.columns == 0 || shownColumns(beside) <= t.columns:
		lines = append(lines, beside)
	default:
		lines = append(lines, line, hanging+note)
	}
	return lines
}

// stacked are the lines where there is no room for columns.
func (t ledgerAccountsText) stacked(a LedgerAccount) []string {
	lines := []string{handleText(a.Account)}
	if a.LastRun.IsZero() {
		lines = append(lines, hanging+"never backfilled")
	} else {
		lines = append(lines, hanging+t.lastRun(a)+" "+paint(a.status(), statusColour(a.Status), t.coloured)+
			fmt.Sprintf(": %d imported, %d held, %d refused, %d failed", a.Imported, a.Held, a.Refused, a.Failed))
	}
	for _, note := range t.notes(a) {
		lines = append(lines, hanging+note)
	}
	return lines
}

// lastRun is when the last run began: on a terminal the day, or today the minute.
func (t ledgerAccountsText) lastRun(a LedgerAccount) string {
	at := a.LastRun.In(t.now.Location())
	switch {
	case a.LastRun.IsZero():
		return "never"
	case t.columns == 0:
		return at.Format(minuteLayout)
	case at.Format(time.DateOnly) == t.now.Format(time.DateOnly):
		return at.Format("15:04")
	}
	return at.Format(time.DateOnly)
}

// moment is when something may happen.
func (t ledgerAccountsText) moment(at time.Time) string {
	if t.columns > 0 {
		return minuteTime(at, t.now)
	}
	return wholeMinute(at).In(t.now.Location()).Format(minuteLayout)
}

// notes say why the last run went wrong, and when the next may begin if not now.
func (t ledgerAccountsText) notes(a LedgerAccount) []string {
	var notes []string
	if reason := cleantext.Line(a.Reason, maxField); reason != "" && !a.Running && a.Status != backfill.Done {
		notes = append(notes, reason)
	}
	if a.NextAllowed.After(t.now) && a.NextAllowed.After(a.DeferredUntil) {
		notes = append(notes, "allowed from "+t.moment(a.NextAllowed))
	}
	if a.DeferredUntil.IsZero() {
		return notes
	}
	note := "deferred, and due now"
	if a.DeferredUntil.After(t.now) {
		note = "deferred until " + t.moment(a.DeferredUntil)
	}
	if reason := cleantext.Line(a.DeferredReason, maxField); reason != "" {
		note += ": " + reason
	}
	return append(notes, note)
}
