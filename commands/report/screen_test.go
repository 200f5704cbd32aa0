package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

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

// Columns is its width.
func (s *screen) Columns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.columns
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

// resize gives the screen another width. Like most terminals, it wraps the lines that
// are too long for that; the cursor stays at its character.
func (s *screen) resize(columns int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows [][]string
	for i, row := range s.rows {
		cursor := i == s.row
		for len(row) > columns {
			rows = append(rows, row[:columns:columns])
			row = row[columns:]
			if cursor {
				s.column -= columns
			}
		}
		if rows = append(rows, row); cursor {
			s.row, cursor = len(rows)-1, false
		}
	}
	s.rows, s.columns = rows, columns
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

// lastLine is the line the cursor is on.
func (s *screen) lastLine() string {
	text := s.text()
	return text[strings.LastIndexByte(text, '\n')+1:]
}
