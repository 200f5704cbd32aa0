package report

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// terminalRows is the height assumed for a terminal of unknown size.
const terminalRows = 24

// terminalSize returns the current columns and rows of the terminal w, or the usual
// ones if they are unknown.
func terminalSize(w io.Writer) (columns, rows int) {
	if f, ok := w.(*os.File); ok {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
	}
	return terminalColumns, terminalRows
}

const (
	clearScreen  = "\x1b[H\x1b[2J"
	eraseBelow   = "\x1b[0J"
	cursorUpText = "\x1b[%dA\r"
)

// block is the last lines of a terminal, redrawn again and again. The cursor stays
// below them.
type block struct {
	w io.Writer
	// drawn is how many lines are shown; columns and rows are the terminal's size
	// when they were drawn.
	drawn, columns, rows int
}

// draw replaces the lines. They must be narrower than the terminal, and fewer
// than its rows.
func (b *block) draw(lines []string, columns, rows int) error {
	var frame strings.Builder
	switch {
	case b.drawn == 0:
	case columns != b.columns || rows != b.rows:
		// The terminal has rewrapped the lines, so their place is unknown.
		frame.WriteString(clearScreen)
	default:
		fmt.Fprintf(&frame, cursorUpText, b.drawn)
	}
	for _, line := range lines {
		frame.WriteString(line + eraseRest + "\n")
	}
	frame.WriteString(eraseBelow)
	b.drawn, b.columns, b.rows = len(lines), columns, rows
	// One write, so that nobody sees half a frame.
	if _, err := io.WriteString(b.w, frame.String()); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// finish erases what the terminal itself may have written below the lines, such as
// the ^C that ended the program.
func (b *block) finish() error {
	if b.drawn == 0 {
		return nil
	}
	b.drawn = 0
	if _, err := io.WriteString(b.w, "\r"+eraseRest); err != nil {
		return fmt.Errorf("writing results: %w", err)
	}
	return nil
}

// leave keeps the lines: the next ones are drawn below.
func (b *block) leave() { b.drawn = 0 }
