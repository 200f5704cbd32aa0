package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// namedPath is a path of this repository, in backquotes or at the start of a
	// line of the layout.
	namedPath = regexp.MustCompile("(?m)(?:`|^    )((?:\\.?[a-z_]+/)*(?:[A-Za-z_.]+\\.(?:go|md)|[a-z_]+/))(?:`|\\s)")
	// namedWords are the words that CONTRIBUTING names for a file, in parentheses
	// after it.
	namedWords = regexp.MustCompile("`([a-z_/]+\\.go)` \\(((?:`\\w+`(?:, )?)+)\\)")
	backquoted = regexp.MustCompile("`(\\w+)`")
)

// TestContributing checks that every file and package that CONTRIBUTING names
// exists, and every function that it names for one.
func TestContributing(t *testing.T) {
	data, err := os.ReadFile("../.github/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	paths := namedPath.FindAllStringSubmatch(text, -1)
	if len(paths) < 50 {
		t.Errorf("only %d paths were found in CONTRIBUTING", len(paths))
	}
	for _, m := range paths {
		if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
			t.Errorf("CONTRIBUTING names %s, which does not exist", m[1])
		}
	}
	words := namedWords.FindAllStringSubmatch(text, -1)
	if len(words) < 10 {
		t.Errorf("only %d files with functions were found in CONTRIBUTING", len(words))
	}
	for _, m := range words {
		code, err := os.ReadFile(filepath.Join("..", m[1]))
		if err != nil {
			t.Errorf("CONTRIBUTING names %s: %v", m[1], err)
			continue
		}
		for _, word := range backquoted.FindAllStringSubmatch(m[2], -1) {
			if !declares(string(code), word[1]) {
				t.Errorf("CONTRIBUTING names %s in %s, which does not declare it", word[1], m[1])
			}
		}
	}
}

// declares reports whether code declares a function, method or variable.
func declares(code, name string) bool {
	for line := range strings.Lines(code) {
		for _, start := range []string{"func " + name + "(", "var " + name + " ", "type " + name + " "} {
			if strings.HasPrefix(line, start) {
				return true
			}
		}
		if strings.HasPrefix(line, "func (") && strings.Contains(line, ") "+name+"(") {
			return true
		}
	}
	return false
}
