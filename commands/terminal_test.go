package commands

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rivo/uniseg"
)

// screen is a terminal of a given width, as far as the output needs one.
type screen struct {
	mu      sync.Mutex
	columns int
	rows    [][]string // cells; the second cell of a wide character is ""
	row     int
	column  int
	wrapped bool // something was wider than the screen
	strange string
	colours []string
}

func newScreen(columns int) *screen { return &screen{columns: columns, rows: [][]string{nil}} }

var escapeCode = regexp.MustCompile(`^\x1b\[([0-9;]*)([a-zA-Z])`)

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := string(p)
	for text != "" {
		if m := escapeCode.FindStringSubmatch(text); m != nil {
			s.escape(m[1], m[2])
			text = text[len(m[0]):]
			continue
		}
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(text, -1)
		s.put(cluster, width)
		text = rest
	}
	return len(p), nil
}

func (s *screen) escape(parameters, final string) {
	if up, err := strconv.Atoi(parameters); final == "A" && err == nil {
		s.row = max(0, s.row-up)
		return
	}
	switch parameters + final {
	case "2K":
		s.rows[s.row] = nil
	case "0K", "0J":
		s.rows[s.row] = s.rows[s.row][:min(s.column, len(s.rows[s.row]))]
		if final == "J" {
			s.rows = s.rows[:s.row+1]
		}
	case "H":
		s.row, s.column = 0, 0
	case "2J":
		clear(s.rows)
	case "31m", "32m", "33m", "0m":
		s.colours = append(s.colours, parameters)
	default:
		s.strange += fmt.Sprintf("%q ", parameters+final)
	}
}

func (s *screen) newLine() {
	if s.row++; s.row == len(s.rows) {
		s.rows = append(s.rows, nil)
	}
	s.column = 0
}

func (s *screen) put(cluster string, width int) {
	switch {
	case cluster == "\n" || cluster == "\r\n":
		s.newLine()
		return
	case cluster == "\r":
		s.column = 0
		return
	case width == 0 || cluster[0] < 0x20:
		s.strange += fmt.Sprintf("%q ", cluster)
		return
	}
	if s.column+width > s.columns {
		s.wrapped = true
		s.newLine()
	}
	row := s.rows[s.row]
	for len(row) < s.column+width {
		row = append(row, " ")
	}
	row[s.column] = cluster
	for i := 1; i < width; i++ {
		row[s.column+i] = ""
	}
	s.rows[s.row] = row
	s.column += width
}

// text is what can be read on the screen.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, row := range s.rows {
		lines = append(lines, strings.TrimRight(strings.Join(row, ""), " "))
	}
	return strings.Join(lines, "\n")
}

// lastLine is the line on which the cursor stands.
func (s *screen) lastLine() string {
	text := s.text()
	return text[strings.LastIndexByte(text, '\n')+1:]
}

func TestUTF8Locale(t *testing.T) {
	tests := []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "en_GB.UTF-8"}, true},
		{map[string]string{"LC_ALL": "", "LC_CTYPE": "POSIX", "LANG": "en_GB.UTF-8"}, false},
	}
	for _, tt := range tests {
		if got := utf8Locale(func(k string) string { return tt.env[k] }); got != tt.want {
			t.Errorf("%v: got %v", tt.env, got)
		}
	}
}

func TestColourWanted(t *testing.T) {
	tests := []struct {
		env     map[string]string
		noColor bool
		want    bool
	}{
		{nil, false, true},
		{nil, true, false},
		{map[string]string{"NO_COLOR": "1"}, false, false},
		{map[string]string{"NO_COLOR": ""}, false, true},
		{map[string]string{"TERM": "dumb"}, false, false},
		{map[string]string{"TERM": "xterm"}, false, true},
	}
	for _, tt := range tests {
		if got := colourWanted(func(k string) string { return tt.env[k] }, tt.noColor); got != tt.want {
			t.Errorf("%v, %v: got %v", tt.env, tt.noColor, got)
		}
	}
}

func TestNoTerminal(t *testing.T) {
	var b strings.Builder
	if isTerminal(&b) || terminalWidth(&b) != 0 || !inForeground(&b) {
		t.Error("a strings.Builder is taken for a terminal")
	}
}

func TestBarFits(t *testing.T) {
	texts := []string{"120/345+  1.2/s  3m05s  gallery@photos.example", "120/345+  1.2/s  3m05s", "120/345+  3m05s", "120/345+"}
	tests := []struct {
		columns int
		ascii   bool
		want    string
	}{
		{80, false, "  34% |██████              |  120/345+  1.2/s  3m05s  gallery@photos.example"},
		{77, false, "  34% |██████              |  120/345+  1.2/s  3m05s"},
		{60, true, "  34% |======              |  120/345+  1.2/s  3m05s"},
		{40, false, "  34% |██      |  120/345+  3m05s"},
		{30, false, "  34% |█  |  120/345+  3m05s"},
		{25, false, "  34% |█  |  120/345+"},
		{20, false, ""},
	}
	for _, tt := range tests {
		s := newScreen(tt.columns)
		b := &bar{w: s, ascii: tt.ascii}
		b.draw(tt.columns, 120, 345, slices.Clone(texts))
		if got := s.text(); got != tt.want || s.wrapped || s.strange != "" {
			t.Errorf("%d columns:\n%q, want\n%q (wrapped %v, strange %s)", tt.columns, got, tt.want, s.wrapped, s.strange)
		}
		b.finish()
		if got := s.text(); got != "" || s.column != 0 {
			t.Errorf("%d columns: %q is left", tt.columns, got)
		}
	}
}

// The library stops drawing once the count has met the total; ours may grow.
func TestBarGoesOn(t *testing.T) {
	s := newScreen(80)
	b := &bar{w: s}
	for _, step := range []struct {
		done, known int
		want        string
	}{
		{0, 0, "   0% |"}, {40, 40, "  99% |"}, {40, 80, "  49% |"}, {80, 80, "  99% |"}, {81, 160, "  50% |"},
	} {
		b.draw(80, step.done, step.known, []string{fmt.Sprint(step)})
		if got := s.text(); !strings.HasPrefix(got, step.want) || !strings.HasSuffix(got, fmt.Sprint(step)) {
			t.Errorf("%v: %q", step, got)
		}
	}
}

func TestBarResized(t *testing.T) {
	s := newScreen(80)
	b := &bar{w: s}
	b.draw(80, 1, 2, []string{"1/2"})
	s.columns = 40
	b.draw(40, 1, 2, []string{"1/2"})
	if got, want := s.text(), "  49% |███     |  1/2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.draw(10, 1, 2, []string{"1/2"})
	if got := s.text(); got != "" {
		t.Errorf("%q is left on a terminal that is too narrow", got)
	}
}
