package report

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tootfill/backfill/cleantext"
)

// QueuesOptions say how to show the state, and to whom.
type QueuesOptions struct {
	Streams
	// Home is home's name, empty where no home server is configured.
	Home string
	// JSON writes JSON Lines, Jobs lists the waiting jobs of tootfill.
	JSON, Jobs bool
	// Interval is the time between two readings of a watch.
	Interval time.Duration
	// Explain says how to report an error.
	Explain func(error) Problem
}

// Queues shows the state of home's Sidekiq and of the ledger: on a terminal, in a
// pipe, or as JSON.
type Queues struct {
	QueuesOptions
	source QueuesSource
	// size is that of the terminal on Stdout; onForeground reports whether it may be
	// drawn on now.
	size         func() (columns, rows int)
	onForeground func() bool

	block  block
	trends trends
	// blocks counts the blocks written below each other.
	blocks int
}

// NewQueues is a view of a source.
func NewQueues(o QueuesOptions, source QueuesSource) *Queues {
	return &Queues{
		QueuesOptions: o, source: source,
		size:         func() (int, int) { return terminalSize(o.Stdout) },
		onForeground: func() bool { return inForeground(o.Stdout) },
		block:        block{w: o.Stdout}, trends: make(trends),
	}
}

// Show shows the state once.
func (v *Queues) Show(ctx context.Context) error {
	reading, err := v.source.read(ctx, v.jobsRead(0))
	if err != nil {
		return err
	}
	return v.showOnce(ctx, reading)
}

// jobsRead is how many jobs are to be read, at most.
func (v *Queues) jobsRead(most int) int {
	if !v.Jobs {
		return noJobs
	}
	return most
}

// live reports whether a watch is redrawn in place.
func (v *Queues) live() bool { return v.StdoutTTY && !v.Dumb && !v.JSON }

// showOnce writes a reading as it is.
func (v *Queues) showOnce(ctx context.Context, r queuesReading) error {
	if v.JSON {
		return writeQueuesJSON(ctx, v.Stdout, v.source, r)
	}
	text := queuesText{columns: terminalWidth(v.Stdout), wraps: true, utf8: v.UTF8, colour: v.stdoutColour(), listed: listedQueueEntries}
	return v.write(text.lines(r))
}

func (v *Queues) write(lines []string) error {
	if _, err := io.WriteString(v.Stdout, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// drawNext draws a reading in place of the last one. trouble says why the latest
// attempt to read failed; nil if it did not.
func (v *Queues) drawNext(r queuesReading, trouble *Problem) error {
	if r.Sidekiq != nil && trouble == nil {
		v.trends.note(r.Sidekiq.Queues)
	}
	if !v.onForeground() {
		v.block.leave() // the lines belong to the shell now
		return nil
	}
	columns, rows := v.size()
	return v.block.draw(v.frame(r, trouble, columns, rows), columns, rows)
}

// frame is what fits on the terminal. Its last column stays empty, because terminals
// differ in what they do after filling it.
func (v *Queues) frame(r queuesReading, trouble *Problem, columns, rows int) []string {
	text := queuesText{columns: max(1, columns-1), utf8: v.UTF8, colour: v.stdoutColour(), trends: v.trends}
	head := []string{text.inLocale(fitting(v.headTexts(r.At), text.columns))}
	if trouble != nil {
		head = append(head, paint(text.cut(trouble.Message), red, text.colour))
	}
	var lines []string
	for _, listed := range []int{listedQueueEntries, 10, 5, 2, 0} {
		text.listed, text.listedJobs = listed, max(1, listed)
		if lines = append(head[:len(head):len(head)], text.lines(r)...); len(lines) < rows {
			break
		}
	}
	if len(lines) >= rows {
		lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" })
	}
	return lines[:min(len(lines), max(1, rows-1))]
}

// headTexts say whose state it is, from when, and what is happening; the longest
// first.
func (v *Queues) headTexts(at time.Time) []string {
	clock := at.Format(time.TimeOnly)
	texts := []string{clock + "  every " + v.Interval.String() + ", ^C ends", clock + "  ^C ends", clock}
	if v.Home != "" {
		texts = append([]string{cleantext.Line(v.Home, nameWidth) + "  " + texts[0]}, texts...)
	}
	return texts
}
