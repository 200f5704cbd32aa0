package commands_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/rogpeppe/go-internal/testscript"
)

var (
	terminalCode = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	terminalBar  = regexp.MustCompile(`\r|\x1b\[2K`)
)

// wrapped: wrapped COLUMNS FILE checks that the terminal shows the words of FILE, each
// whole and once, in the same order, on lines of at most so many columns. Only a word
// that is wider may be on a line that is.
func wrapped(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: wrapped COLUMNS FILE")
	}
	columns, err := strconv.Atoi(args[0])
	ts.Check(err)
	for _, line := range strings.Split(ts.ReadFile("ttyout"), "\n") {
		for _, drawn := range terminalBar.Split(line, -1) {
			drawn = terminalCode.ReplaceAllString(drawn, "")
			if uniseg.StringWidth(drawn) > columns && len(strings.Fields(drawn)) > 1 {
				ts.Fatalf("wider than %d columns: %q", columns, drawn)
			}
		}
	}
	shown, want := strings.Fields(shownLines(ts.ReadFile("ttyout"))), strings.Fields(ts.ReadFile(args[1]))
	if len(want) == 0 || !slices.Equal(shown, want) {
		same := 0
		for same < min(len(shown), len(want)) && shown[same] == want[same] {
			same++
		}
		ts.Fatalf("after %d words the terminal shows\n%q, want\n%q", same, shown[same:], want[same:])
	}
}

// shownLines are the lines that stay on the terminal, without what was drawn and erased.
func shownLines(written string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(written, "\r\n", "\n")) {
		parts := terminalBar.Split(line, -1)
		lines = append(lines, terminalCode.ReplaceAllString(parts[len(parts)-1], ""))
	}
	return strings.Join(lines, "")
}
