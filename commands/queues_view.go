package commands

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tootfill/backfill/cleantext"
)

// queuesView shows readings on a terminal, in a pipe, or as JSON.
type queuesView struct {
	stdout, stderr io.Writer
	// home is empty where no home server is configured.
	home string
	// terminal says that stdout is one, and live that it can be drawn on.
	terminal, live     bool
	utf8, colour, json bool
	size               func() (columns, rows int)
	// foreground says whether the terminal may be drawn on now.
	foreground func() bool

	block  block
	trends trends
	// blocks counts those that were written below each other.
	blocks int
}

func newQueuesView(env Env, o sharedOptions, home string) *queuesView {
	r := reportOptionsOf(env, o, false)
	return &queuesView{
		stdout: env.Stdout, stderr: env.Stderr, home: home,
		terminal: r.StdoutTTY, live: r.StdoutTTY && !r.Dumb && !o.JSON,
		utf8: r.UTF8, colour: r.Colour && r.StdoutTTY && !r.Dumb, json: o.JSON,
		size:       func() (int, int) { return terminalSize(env.Stdout) },
		foreground: func() bool { return inForeground(env.Stdout) },
		block:      block{w: env.Stdout}, trends: make(trends),
	}
}

// showOnce writes a reading as it is.
func (v *queuesView) showOnce(ctx context.Context, source queuesSource, r queuesReading) error {
	if v.json {
		return writeQueuesJSON(ctx, v.stdout, source, r)
	}
	text := queuesText{utf8: v.utf8, colour: v.colour, listed: listedQueueEntries}
	if v.terminal {
		text.columns, _ = v.size()
	}
	return v.write(text.lines(r))
}

func (v *queuesView) write(lines []string) error {
	if _, err := io.WriteString(v.stdout, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// showNext shows a reading of a watch: in the place of the last one, or below
// it.
func (v *queuesView) showNext(ctx context.Context, source queuesSource, r queuesReading, every time.Duration) error {
	switch {
	case v.live:
		return v.drawNext(r, every, nil)
	case v.json:
		return writeQueuesJSON(ctx, v.stdout, source, r)
	}
	if v.blocks > 0 {
		if err := v.write(nil); err != nil {
			return err
		}
	}
	v.blocks++
	if err := v.write([]string{r.At.Format(time.DateTime)}); err != nil {
		return err
	}
	return v.showOnce(ctx, source, r)
}

// drawNext draws a reading in the place of the last one. trouble is what came of
// the latest try to read, if that has failed.
func (v *queuesView) drawNext(r queuesReading, every time.Duration, trouble error) error {
	if r.Sidekiq != nil && trouble == nil {
		v.trends.note(r.Sidekiq.Queues)
	}
	if !v.foreground() {
		v.block.leave() // the lines belong to the shell now
		return nil
	}
	columns, rows := v.size()
	return v.block.draw(v.frame(r, every, trouble, columns, rows), columns, rows)
}

// frame is what fits on the terminal. Its last column stays empty: terminals
// differ in what they do behind it.
func (v *queuesView) frame(r queuesReading, every time.Duration, trouble error, columns, rows int) []string {
	text := queuesText{columns: max(1, columns-1), utf8: v.utf8, colour: v.colour, trends: v.trends}
	head := []string{text.inLocale(fitting(v.headTexts(r.At, every), text.columns))}
	if trouble != nil {
		message, _ := explain(trouble)
		head = append(head, paint(text.cut(message), red, v.colour))
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

// headTexts say whose state it is, of when, and what goes on; the longest first.
func (v *queuesView) headTexts(at time.Time, every time.Duration) []string {
	clock := at.Format(time.TimeOnly)
	texts := []string{clock + "  every " + every.String() + ", ^C ends", clock + "  ^C ends", clock}
	if v.home != "" {
		texts = append([]string{cleantext.Line(v.home, nameWidth) + "  " + texts[0]}, texts...)
	}
	return texts
}
