package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"tootfill/backfill/cleantext"
)

const (
	// listedQueueEntries is how many entries of a list are shown to people.
	listedQueueEntries = 20
	// columnGap stands between two columns.
	columnGap = "  "
)

// queuesText turns a reading into lines for people.
type queuesText struct {
	// columns is how wide the lines may be; 0 means any width. Lines that are wider
	// are cut, or wrapped if wraps is true.
	columns      int
	wraps        bool
	utf8, colour bool
	// listed is how many entries of the lists of accounts are shown, listedJobs how
	// many jobs; 0 means all jobs.
	listed, listedJobs int
	// trends are shown if they are not nil and the line has room.
	trends trends
	now    time.Time
}

// lines are those of the reading.
func (t queuesText) lines(r queuesReading) []string {
	t.now = r.At
	var lines []string
	if r.Sidekiq != nil {
		lines = append(lines, t.table(r.Sidekiq.Queues)...)
		lines = append(lines, "")
		lines = append(lines, t.sidekiq(*r.Sidekiq, r)...)
		lines = append(lines, "")
	}
	return append(lines, t.ledger(r)...)
}

// sidekiq shows Sidekiq as a whole, and our jobs in it.
func (t queuesText) sidekiq(s Sidekiq, r queuesReading) []string {
	lines := []string{paint(t.row("sidekiq", "no process is running"), red, t.colour)}
	if s.Processes > 0 {
		version := Plural(s.Processes, "process", "processes")
		if s.Version != "" {
			version = cleantext.Line(s.Version, nameWidth) + ", " + version
		}
		lines = []string{t.row("sidekiq", version), t.row("workers", fmt.Sprintf("%d of %d busy", s.Busy, s.Workers))}
	}
	ours := strconv.Itoa(s.Ours)
	if s.OursMore {
		ours += "+"
	}
	lines = append(lines, t.row("ours", ours+" waiting"))
	if r.JobsRead {
		lines = append(lines, t.jobs(r.Jobs, s.Ours)...)
	}
	return append(lines,
		t.row("scheduled", strconv.FormatInt(s.Scheduled, 10)),
		t.row("retry", strconv.FormatInt(s.Retry, 10)),
		t.row("dead", strconv.FormatInt(s.Dead, 10)),
		t.row("processed", fmt.Sprintf("%d (%d today)", s.Processed, s.ProcessedToday)),
		t.row("failed", fmt.Sprintf("%d (%d today)", s.Failed, s.FailedToday)),
	)
}

// jobs lists jobs of ours, with how long they have waited.
func (t queuesText) jobs(jobs []Job, all int) []string {
	if t.listedJobs > 0 {
		jobs = jobs[:min(len(jobs), t.listedJobs)]
	}
	var entries [][2]string
	for _, j := range jobs {
		what := j.URI
		if what == "" {
			what = fmt.Sprintf("%s of %d for %d", j.Class, j.Account, j.Follower)
		}
		entries = append(entries, [2]string{durationText(j.Waited.Truncate(time.Second)), cleantext.Line(what, maxURI)})
	}
	return t.list(entries, all)
}

// ledger shows what tootfill itself is doing.
func (t queuesText) ledger(r queuesReading) []string {
	l := r.Ledger
	var running, waiting [][2]string
	for _, a := range l.Running[:min(len(l.Running), t.listed)] {
		running = append(running, [2]string{"since " + clockTime(a.Since, t.now, "15:04"), handleText(a.Account)})
	}
	for _, d := range r.Deferred[:min(len(r.Deferred), t.listed)] {
		when := "due now"
		if d.RetryAt.After(t.now) {
			when = "until " + minuteTime(d.RetryAt, t.now)
		}
		waiting = append(waiting, [2]string{when, strings.TrimSpace(handleText(d.Account) + "  " + cleantext.Line(d.Reason, maxField))})
	}
	lines := []string{t.row("running", strconv.Itoa(len(l.Running)))}
	lines = append(lines, t.list(running, len(l.Running))...)
	if l.Unfinished > 0 {
		lines = append(lines, t.row("unfinished", strconv.Itoa(l.Unfinished)))
	}
	lines = append(lines, t.row("deferred", strconv.Itoa(l.Deferred)))
	lines = append(lines, t.list(waiting, l.Deferred)...)
	done := strconv.Itoa(l.DoneToday)
	if l.ImportedToday > 0 {
		done += " (" + Plural(l.ImportedToday, "post", "posts") + " imported)"
	}
	return append(lines, t.row("done today", done))
}

// list shows entries below a row, and how many more there are.
func (t queuesText) list(entries [][2]string, all int) []string {
	if len(entries) == 0 {
		return nil
	}
	var lines []string
	for line := range strings.Lines(labelled(entries, columnGap, t.wrapColumns())) {
		lines = append(lines, t.cut(strings.TrimSuffix(line, "\n")))
	}
	if more := all - len(entries); more > 0 {
		lines = append(lines, t.cut(fmt.Sprintf("%sand %d more", columnGap, more)))
	}
	return lines
}

// row is a label with its text.
func (t queuesText) row(label, text string) string {
	start := padRight(label, len("done today")) + columnGap
	return t.cut(labelledRow(start, [2]string{label, text}, "", t.wrapColumns()))
}

// cut makes a line fit, unless that is done by wrapping.
func (t queuesText) cut(line string) string {
	if t.wraps {
		return t.inLocale(line)
	}
	return t.inLocale(cleantext.Cut(line, t.columns))
}

// wrapColumns is the width to wrap lines to; 0 if they are not wrapped.
func (t queuesText) wrapColumns() int {
	if t.wraps {
		return t.columns
	}
	return 0
}

func (t queuesText) inLocale(s string) string {
	if t.utf8 {
		return s
	}
	return cleantext.ASCII(s)
}

// columnsOf is how many terminal columns s takes.
func columnsOf(s string) int { return uniseg.StringWidth(s) }

func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-columnsOf(s))) + s
}

func padRight(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columnsOf(s)))
}
