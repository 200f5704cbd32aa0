package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/schollz/progressbar/v3"

	"tootfill/backfill/cleantext"
)

const (
	// barFrame is how many columns the library uses besides the bar's cells and the
	// text after it: "  34% |" + cells + "|  " + text + " ".
	barFrame = 11
	// barSteps is the resolution of the bar.
	barSteps = 1000
	// narrowest is the width below which nothing is drawn.
	narrowest = 24

	eraseLine = "\r\x1b[2K"
	eraseRest = "\x1b[0K"
)

// bar is the last line of a terminal, redrawn again and again. It is not safe for
// concurrent use.
//
// The library renders the bar, but this type writes it to the terminal. The
// library's own writing loses lines printed beside the bar, flushes files to disk at
// each draw and, once the count has met the total, never draws again even if the
// total grows.
type bar struct {
	w     io.Writer
	ascii bool
	// crops says that the terminal crops a line that it has become too narrow for;
	// most wrap it.
	crops bool
	cells int
	lib   *progressbar.ProgressBar
	shown bool
	frame string // what is shown
}

// draw shows how much of the whole is done, followed by the first of the texts that
// fits into columns. The bar is shortened, or left out, for one of the vital texts, the
// first rather than the others.
func (b *bar) draw(columns int, done, known int, texts, vital []string) {
	if columns < narrowest {
		b.erase()
		return
	}
	cells, ok := cellsBeside(columns, vital)
	if !ok {
		b.say(columns, texts)
		return
	}
	b.resize(cells)
	step := 0
	if known > 0 {
		step = int(int64(min(done, known)) * (barSteps - 1) / int64(known))
	}
	// Both write to io.Discard, so there is no error to see.
	_ = b.lib.Set(step)
	b.lib.Describe(fitting(texts, columns-1-barFrame-b.cells))
	b.show(b.lib.String())
}

// cellsBeside is how many cells the bar has beside a vital text. ok is false if one of
// them fits only without a bar.
func cellsBeside(columns int, vital []string) (cells int, ok bool) {
	most := barCells(columns)
	for _, text := range vital {
		for _, cells := range []int{20, 8, 3} {
			if cells <= most && uniseg.StringWidth(text) <= columns-1-barFrame-cells {
				return cells, true
			}
		}
	}
	fits := func(text string) bool { return uniseg.StringWidth(text) <= columns-1 }
	return most, !slices.ContainsFunc(vital, fits)
}

// say shows, in place of the bar, the first of the texts that fits.
func (b *bar) say(columns int, texts []string) {
	if columns < narrowest {
		b.erase()
		return
	}
	b.show("\r" + fitting(texts, columns-1) + eraseRest)
}

// show writes a frame, unless it is shown already.
func (b *bar) show(frame string) {
	if b.shown && frame == b.frame && b.rowsAbove() == 0 {
		return
	}
	if b.rowsAbove() > 0 {
		b.erase()
	}
	b.write(frame)
	b.shown, b.frame = true, frame
}

// erase clears the line and puts the cursor at its beginning.
func (b *bar) erase() {
	if !b.shown {
		return
	}
	b.shown = false
	if above := b.rowsAbove(); above > 0 {
		b.write(fmt.Sprintf(cursorUpText, above) + eraseBelow)
		return
	}
	b.write(eraseLine)
}

// rowsAbove is how many rows of what is shown are above the cursor: more than 0 if the
// terminal has become too narrow and wrapped it.
func (b *bar) rowsAbove() int {
	columns := terminalWidth(b.w)
	if b.crops || columns <= 0 {
		return 0
	}
	return max(0, shownColumns(b.frame)-1) / columns
}

// finish erases the line for good.
func (b *bar) finish() {
	b.erase()
	if b.lib != nil {
		_ = b.lib.Finish() // writes to io.Discard
		b.lib = nil
	}
}

func (b *bar) write(s string) {
	// The terminal may be gone (a closed window, a lost SSH connection). The run
	// continues: nothing that it does depends on being watched.
	_, _ = io.WriteString(b.w, s)
}

func (b *bar) resize(cells int) {
	if b.lib != nil && b.cells == cells {
		return
	}
	b.cells = cells
	b.lib = progressbar.NewOptions(barSteps,
		progressbar.OptionSetWriter(io.Discard),
		progressbar.OptionSetWidth(cells),
		progressbar.OptionSetTheme(b.theme()),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionShowDescriptionAtLineEnd(),
	)
}

// theme is the bar of tootctl, |=====      |, where there is only ASCII.
func (b *bar) theme() progressbar.Theme {
	if b.ascii {
		return progressbar.Theme{Saucer: "=", SaucerPadding: " ", BarStart: "|", BarEnd: "|"}
	}
	return progressbar.ThemeDefault
}

func barCells(columns int) int {
	switch {
	case columns >= 60:
		return 20
	case columns >= 40:
		return 8
	}
	return 3
}

// fitting is the first of texts that is at most columns wide or, if none is, the
// last one cut to size.
func fitting(texts []string, columns int) string {
	for _, text := range texts {
		if uniseg.StringWidth(text) <= columns {
			return text
		}
	}
	if len(texts) == 0 || columns <= 0 {
		return ""
	}
	return strings.TrimSuffix(cleantext.Cut(texts[len(texts)-1], columns), cleantext.Ellipsis)
}
