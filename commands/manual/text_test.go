package manual

import (
	"strings"
	"testing"
	"unicode/utf8"
)

const sample = `tootfill help sample - a *sample* with **marks**, ` + "`code`" + ` and \*.bad.example

A paragraph that is long enough to be broken into two lines on a terminal of eighty columns.

    tootfill accounts backfill alice@photos.example

# HEADING

- one
- two that goes on for so long that it does not fit into a single line of the terminal

**\-\-limit** *N*, **-l** *N*
: how many

**a word that is too long to stand beside anything**
: its explanation

**\-\-full**
: everything
`

func TestText(t *testing.T) {
	for _, tt := range []struct {
		columns int
		want    string
	}{
		{80, `tootfill help sample - a sample with marks, code and *.bad.example

A paragraph that is long enough to be broken into two lines on a terminal of
eighty columns.

   tootfill accounts backfill alice@photos.example

HEADING:
   - one
   - two that goes on for so long that it does not fit into a single line of the
     terminal

   --limit N, -l N  how many
   a word that is too long to stand beside anything
                    its explanation
   --full           everything
`},
		{40, `tootfill help sample - a sample with
marks, code and *.bad.example

A paragraph that is long enough to be
broken into two lines on a terminal of
eighty columns.

   tootfill accounts backfill
      alice@photos.example

HEADING:
   - one
   - two that goes on for so long that
     it does not fit into a single line
     of the terminal

   --limit N, -l N
      how many
   a word that is too long to stand
      beside anything
      its explanation
   --full
      everything
`},
	} {
		if got := text(sample, tt.columns); got != tt.want {
			t.Errorf("at %d columns:\n%s\nwant:\n%s", tt.columns, got, tt.want)
		}
	}
}

// TestTextFits checks that no line is wider than the terminal, unless it has a single
// word, and that no word is lost.
func TestTextFits(t *testing.T) {
	want := strings.Join(strings.Fields(text(sample, 100)), " ")
	for columns := leastColumns; columns <= 120; columns++ {
		got := text(sample, columns)
		for line := range strings.Lines(got) {
			if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > columns && len(strings.Fields(line)) > 1 {
				t.Errorf("at %d columns a line is too long: %q", columns, line)
			}
		}
		if words := strings.Join(strings.Fields(got), " "); words != want {
			t.Errorf("at %d columns the words are %q, want %q", columns, words, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, s := range []string{"*.bad.example", "TOOTFILL_*", "a_b_c", "[limits]", "<x>", "a & b", `back\slash`, "~/.config", "1. one", "`x`"} {
		if got := text("x "+plain(s), 80); got != "x "+s+"\n" {
			t.Errorf("%q is shown as %q", s, got)
		}
	}
}

func TestTopics(t *testing.T) {
	for _, topic := range Topics {
		if text := topic.text(); strings.HasPrefix(text, "The text is missing") || len(text) < 300 {
			t.Errorf("the topic %s: %q", topic.Name, text)
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range Shells {
		if script, known := Completion(shell); !known || !strings.Contains(script, "__complete") {
			t.Errorf("completion for %s: %v, %q", shell, known, script)
		}
	}
	if _, known := Completion("../welcome.md"); known {
		t.Error("there is completion for a file that is no script")
	}
}
