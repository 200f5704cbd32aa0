package report

import (
	"io"
	"strings"
)

const (
	// hanging is how much further than a line its continuations are indented.
	hanging = "  "
	// leastColumns is the width below which nothing is wrapped.
	leastColumns = 20
)

// WriteText writes whole lines of text. Where w is a terminal, they are wrapped to its
// present width.
func WriteText(w io.Writer, text string) error {
	_, err := io.WriteString(w, wrap(text, terminalWidth(w)))
	return err
}

// wrap breaks the lines of a text that are wider than columns, between words only. 0
// columns mean any width.
func wrap(text string, columns int) string {
	if columns < leastColumns {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		line, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		words := strings.TrimLeft(line, " ")
		margin := line[:len(line)-len(words)]
		b.WriteString(wrapWords(words, margin, margin+hanging, columns) + end)
	}
	return b.String()
}

// wrapWords is a text in lines of so many columns, the first of which begins with
// first, and the others with margin. Only spaces separate words. A word that needs
// part of its margin gets it; one that is wider than a line stays whole in a line of
// its own.
func wrapWords(text, first, margin string, columns int) string {
	var lines strings.Builder
	line, empty := first, strings.TrimSpace(first) == ""
	for gap := ""; ; empty = false {
		word, rest := cutWord(text)
		switch width := shownColumns(word); {
		case shownColumns(line)+len(gap)+width <= columns:
			line += gap + word
		case empty:
			line = narrowed(first, columns-width) + word
		default:
			lines.WriteString(line + "\n")
			line = narrowed(margin, columns-width) + word
		}
		text = strings.TrimLeft(rest, " ")
		if gap = rest[:len(rest)-len(text)]; text == "" {
			return lines.String() + line + gap
		}
	}
}

// cutWord is the first word of a text, and what follows it. A number stays with the word
// that says what it counts, unless that is a long one.
func cutWord(text string) (word, rest string) {
	word, rest = cutAtSpace(text)
	if strings.Trim(word, "0123456789") != "" || word == "" || !strings.HasPrefix(rest, " ") {
		return word, rest
	}
	if counted, after := cutAtSpace(rest[1:]); counted != "" && len(word)+len(counted) < leastColumns-len(hanging) {
		return word + " " + counted, after
	}
	return word, rest
}

func cutAtSpace(text string) (before, from string) {
	if end := strings.IndexByte(text, ' '); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// narrowed is a margin that is at most so many columns wide.
func narrowed(margin string, columns int) string { return margin[:max(0, min(len(margin), columns))] }

// shownColumns is how many terminal columns a text takes that may have escape codes.
func shownColumns(s string) int {
	columns := 0
	for {
		before, code, found := strings.Cut(s, "\x1b[")
		columns += columnsOf(before)
		if !found {
			return columns
		}
		s = strings.TrimLeft(code, "0123456789;")
		s = s[min(1, len(s)):] // the letter that ends the code
	}
}
