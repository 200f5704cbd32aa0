package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// typedLine is a command line of the program in a block, up to a comment, a pipe or
	// an alternative.
	typedLine = regexp.MustCompile(`(?m)^    .*?\b(?:tootfill|go run \.) ((?:help|man|completion|login|logout|whoami|config|lookup|queues|accounts|version|--).*?)(?:\)?  +#.*|[|)].*|\\)?$`)
	// typedWords is one in a sentence; in the topics it is slanted, in the README code.
	typedWords = regexp.MustCompile("(?s)[`*]tootfill ([^`*]+)[`*]")
	linkTarget = regexp.MustCompile(`\]\(([^)]+)\)`)
	heading    = regexp.MustCompile(`(?m)^##+ (.+)$`)
)

// TestTypedCommands checks that the program understands every command line in the
// README and in the topics of the help.
func TestTypedCommands(t *testing.T) {
	files, err := filepath.Glob("manual/topics/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range append(files, "../README.md", "manual/welcome.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), `\-`, "-")
		for _, pattern := range []*regexp.Regexp{typedLine, typedWords} {
			for _, m := range pattern.FindAllStringSubmatch(text, -1) {
				found++
				if _, err := arrange(newApp(Env{}), strings.Fields(m[1])); err != nil {
					t.Errorf("%s: tootfill %s: %v", file, m[1], err)
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d command lines were found", found)
	}
}

// TestLinks checks that what the README and its like link to is there.
func TestLinks(t *testing.T) {
	for _, file := range []string{"README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", ".github/CHANGELOG.md"} {
		data, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		anchors := make(map[string]bool)
		for _, m := range heading.FindAllStringSubmatch(string(data), -1) {
			anchors[anchor(m[1])] = true
		}
		for _, m := range linkTarget.FindAllStringSubmatch(string(data), -1) {
			switch name, inside := strings.CutPrefix(m[1], "#"); {
			case strings.HasPrefix(m[1], "https://"):
			case inside && !anchors[name]:
				t.Errorf("%s links to its part %q, which is not there", file, name)
			case !inside:
				if _, err := os.Stat(filepath.Join("..", filepath.Dir(file), m[1])); err != nil {
					t.Errorf("%s links to %s: %v", file, m[1], err)
				}
			}
		}
	}
}

// anchor is what GitHub calls a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}
