package main

import (
	"strings"
	"testing"
)

// shows are the lines of a screen that are not empty.
func (s *screen) shows() string {
	var all []string
	for row := range s.cells {
		var line strings.Builder
		for _, c := range s.cells[row] {
			line.WriteString(c.text)
		}
		all = append(all, strings.TrimRight(line.String(), " "))
	}
	return strings.TrimRight(strings.Join(all, "|"), "|")
}

func TestScreen(t *testing.T) {
	for _, tt := range []struct{ name, output, want string }{
		{"a bar that is drawn again", "\r  5% [##\x1b[0K\r 10% [#\x1b[0K", " 10% [#"},
		{"a line in the place of the bar", " 10% [###\r\x1b[2Kdone\r\nmore", "done|more"},
		{"a screen that is drawn again", "a\r\nb\r\nc\x1b[H\x1b[Jd", "d"},
		{"up, down, right and left", "a\x1b[B\x1b[Cb\x1b[2A\x1b[3Dc\x1b[9Dd", "d|  b"},
		{"what a picture does not show", "\x1b[?25lx\x1b[?25h", "x"},
		{"the margin", strings.Repeat("x", columns) + "y", strings.Repeat("x", columns) + "|y"},
		{"the last row", strings.Repeat("x\r\n", rows) + "y", strings.Repeat("x|", rows-1) + "y"},
		{"a wide character at the margin", strings.Repeat("x", columns-1) + "日本", strings.Repeat("x", columns-1) + "|日本"},
	} {
		whole, cut := newScreen(), newScreen()
		if err := whole.write([]byte(tt.output)); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		for i := range len(tt.output) {
			if err := cut.write([]byte{tt.output[i]}); err != nil {
				t.Errorf("%s, byte by byte: %v", tt.name, err)
			}
		}
		if got := whole.shows(); got != tt.want || cut.shows() != got {
			t.Errorf("%s: %q, byte by byte %q, want %q", tt.name, got, cut.shows(), tt.want)
		}
	}
}

func TestScreenRefuses(t *testing.T) {
	for _, output := range []string{"\x1b]0;title\a", "\x1b[5n", "\x1b[48m", "\x1b[3;4H", "\x1b[1K", "\a", "\x1b[x9m"} {
		if err := newScreen().write([]byte(output)); err == nil {
			t.Errorf("%q is shown as if it were known", output)
		}
	}
}

func TestLines(t *testing.T) {
	s := newScreen()
	if err := s.write([]byte("\x1b[1;32ma <b>\x1b[0m  c &\r\n\r\n日本 x")); err != nil {
		t.Fatal(err)
	}
	lines := s.svgLines()
	want := `<text x="0" class="c32 o" textLength="42" lengthAdjust="spacingAndGlyphs">a &lt;b&gt;</text>` +
		`<text x="58.8" textLength="25.2" lengthAdjust="spacingAndGlyphs">c &amp;</text>`
	if lines[0] != want || lines[1] != "" {
		t.Errorf("%s\n%s\nwant\n%s", lines[0], lines[1], want)
	}
	if want := `<text x="0" textLength="50.4" lengthAdjust="spacingAndGlyphs">日本 x</text>`; lines[2] != want {
		t.Errorf("%s\nwant\n%s", lines[2], want)
	}
}
