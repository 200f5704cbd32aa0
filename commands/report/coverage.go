package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tootfill/backfill/cleantext"
	"tootfill/backfill/coverage"
)

// Coverage is what home holds of an account, as `tootfill accounts coverage` shows it.
type Coverage struct {
	coverage.Coverage
	// Tried says that the account has had a backfill.
	Tried bool
	// Remark says what else people should know; it may be empty.
	Remark string
}

// CoverageWriter writes coverages, one after the other, to standard output.
type CoverageWriter struct {
	Streams
	JSON bool
	// Now is in the zone of the people who read.
	Now time.Time
	// Flags lead other commands to the same home; they begin with a space.
	Flags string

	written bool
}

// Write writes what home holds of one account.
func (w *CoverageWriter) Write(c Coverage) error {
	text := ""
	if w.JSON {
		text = jsonLine(newCoverageLine(c))
	} else {
		c.Remark = w.inLocale(cleantext.Line(c.Remark, maxField))
		t := coverageText{columns: w.StdoutColumns() - 1, glyphs: glyphsFor(w.UTF8), coloured: w.stdoutColour(), flags: w.Flags}
		lines := t.lines(c, w.Now)
		if !w.written {
			lines = append(t.legend(), lines...)
		} else {
			lines = append([]string{""}, lines...)
		}
		text = strings.Join(lines, "\n") + "\n"
	}
	w.written = true
	if err := w.print(text); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// print writes text. Only what people read is broken into lines.
func (w *CoverageWriter) print(text string) error {
	if w.JSON {
		_, err := io.WriteString(w.Stdout, text)
		return err
	}
	return WriteText(w.Stdout, text)
}

// coverageLine is the JSON form of a coverage.
type coverageLine struct {
	Type    string         `json:"type"`
	Account string         `json:"account"`
	Home    string         `json:"home"`
	Months  []monthCount   `json:"months"`
	Undated coverageCounts `json:"undated"`
	Total   coverageCounts `json:"total"`
	ReadAt  jsonTime       `json:"read_at"`
	Whole   bool           `json:"whole"`
	Fresh   bool           `json:"fresh"`
}

type coverageCounts struct {
	Held       int `json:"held"`
	Importable int `json:"importable"`
	Refused    int `json:"refused"`
	NotOffered int `json:"not_offered"`
}

type monthCount struct {
	// Month is like 2024-05, in UTC.
	Month string `json:"month"`
	coverageCounts
}

func newCoverageLine(c Coverage) coverageLine {
	line := coverageLine{
		Type: "coverage", Account: c.Account.String(), Home: jsonText(c.Home), Months: make([]monthCount, len(c.Months)),
		Undated: coverageCounts(c.Undated), Total: coverageCounts(c.Total()),
		ReadAt: jsonTime(c.ReadAt), Whole: c.Whole, Fresh: c.Fresh,
	}
	for i, m := range c.Months {
		line.Months[i] = monthCount{monthLabel(m), coverageCounts(m.Counts)}
	}
	return line
}

func monthLabel(m coverage.Month) string { return m.Start.Format("2006-01") }
