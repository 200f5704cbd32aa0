package report

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// terminalColumns is the width assumed for a terminal of unknown size.
const terminalColumns = 80

// The colours of tootctl: green for what went well, yellow for what a person
// should look at, red for what failed.
const (
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	reset  = "\x1b[0m"
)

// paint colours s if coloured is true.
func paint(s, colour string, coloured bool) string {
	if !coloured || colour == "" {
		return s
	}
	return colour + s + reset
}

// isTerminal says whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth returns the current number of columns of the terminal w, or 0 if it
// is unknown or w is none.
func terminalWidth(w io.Writer) int {
	switch w := w.(type) {
	case *os.File:
		if columns, _, err := term.GetSize(int(w.Fd())); err == nil {
			return columns
		}
	case interface{ Columns() int }:
		return w.Columns()
	}
	return 0
}

// utf8Locale reports whether the locale uses UTF-8. The first of LC_ALL, LC_CTYPE
// and LANG that is set decides, as in POSIX.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := getenv(name); locale != "" {
			locale = strings.ToLower(locale)
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}

// cropsLines reports whether the terminal crops long lines when it becomes narrower, as
// xterm and GNU screen do, which name themselves like this. Others wrap them.
func cropsLines(getenv func(string) string) bool {
	return getenv("XTERM_VERSION") != "" || getenv("STY") != ""
}

// colourWanted reports whether a terminal may show colours: not with --no-color, a
// non-empty NO_COLOR (https://no-color.org) or a dumb terminal.
func colourWanted(getenv func(string) string, noColor bool) bool {
	return !noColor && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
