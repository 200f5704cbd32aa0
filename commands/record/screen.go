package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// screen is a terminal's screen. It knows the control sequences that the program
// writes: CSI A to D, H, J, K, m, and ? h and l, which change nothing that a picture
// shows. Any other is an error, so that no film is wrong without saying so.
type screen struct {
	cells    [rows][columns]cell
	row, col int
	look     look
	// begun is the start of a sequence or a character whose end has yet to come.
	begun []byte
}

// cell is one place on the screen. The second place of a wide character has no text.
type cell struct {
	text string
	look look
}

// look is how text is shown: the numbers of SGR.
type look struct {
	color     int // 31 to 36; 0 is the ordinary one
	bold, dim bool
}

func newScreen() *screen {
	s := &screen{}
	for row := range s.cells {
		s.clear(row, 0, columns)
	}
	return s
}

func (s *screen) clear(row, from, to int) {
	for col := from; col < to; col++ {
		s.cells[row][col] = cell{text: " "}
	}
}

// write shows what a program writes. Output may be cut anywhere.
func (s *screen) write(output []byte) error {
	output = append(s.begun, output...)
	s.begun = nil
	for len(output) > 0 {
		n, err := s.next(output)
		if err != nil {
			return err
		}
		if n == 0 {
			s.begun = append([]byte(nil), output...)
			return nil
		}
		output = output[n:]
	}
	return nil
}

// next shows one character or sequence and returns its length; 0 means that its end
// has yet to come.
func (s *screen) next(output []byte) (int, error) {
	switch c := output[0]; {
	case c == '\x1b':
		return s.sequence(output)
	case c == '\r':
		s.col = 0
	case c == '\n':
		s.down()
	case c < ' ':
		return 0, fmt.Errorf("the screen does not know the control character %#x", c)
	case !utf8.FullRune(output):
		return 0, nil
	default:
		r, n := utf8.DecodeRune(output)
		s.put(string(r))
		return n, nil
	}
	return 1, nil
}

func (s *screen) put(text string) {
	width := uniseg.StringWidth(text)
	if width == 0 {
		return // a mark on the character before it, which the sandbox does not write
	}
	if s.col+width > columns {
		s.col = 0
		s.down()
	}
	s.cells[s.row][s.col] = cell{text, s.look}
	if width == 2 {
		s.cells[s.row][s.col+1] = cell{}
	}
	s.col += width
}

func (s *screen) down() {
	if s.row++; s.row < rows {
		return
	}
	s.row = rows - 1
	copy(s.cells[:], s.cells[1:])
	s.clear(s.row, 0, columns)
}

// sequence obeys a control sequence.
func (s *screen) sequence(output []byte) (int, error) {
	if len(output) < 2 {
		return 0, nil
	}
	if output[1] != '[' {
		return 0, fmt.Errorf("the screen does not know the sequence ESC %q", output[1])
	}
	for i := 2; i < len(output); i++ {
		if final := output[i]; final >= '@' && final <= '~' {
			return i + 1, s.obey(string(output[2:i]), final)
		}
	}
	return 0, nil
}

func (s *screen) obey(parameters string, final byte) error {
	if strings.HasPrefix(parameters, "?") && (final == 'h' || final == 'l') {
		return nil
	}
	var numbers []int
	for field := range strings.SplitSeq(parameters, ";") {
		n, err := strconv.Atoi("0" + field)
		if err != nil {
			return fmt.Errorf("the screen does not know the sequence CSI %s%c", parameters, final)
		}
		numbers = append(numbers, n)
	}
	first := numbers[0]
	switch {
	case final == 'm':
		return s.setLook(numbers)
	case final == 'A':
		s.row = max(0, s.row-max(1, first))
	case final == 'B':
		s.row = min(rows-1, s.row+max(1, first))
	case final == 'C':
		s.col = min(columns-1, s.col+max(1, first))
	case final == 'D':
		s.col = max(0, s.col-max(1, first))
	case final == 'H' && first <= 1 && len(numbers) == 1:
		s.row, s.col = 0, 0
	case final == 'K' && first == 0:
		s.clear(s.row, s.col, columns)
	case final == 'K' && first == 2:
		s.clear(s.row, 0, columns)
	case final == 'J' && first == 0:
		s.clear(s.row, s.col, columns)
		for row := s.row + 1; row < rows; row++ {
			s.clear(row, 0, columns)
		}
	default:
		return fmt.Errorf("the screen does not know the sequence CSI %s%c", parameters, final)
	}
	return nil
}

func (s *screen) setLook(numbers []int) error {
	for _, n := range numbers {
		switch {
		case n == 0:
			s.look = look{}
		case n == 1:
			s.look.bold = true
		case n == 2:
			s.look.dim = true
		case n >= 31 && n <= 36:
			s.look.color = n
		case n == 39:
			s.look.color = 0
		default:
			return fmt.Errorf("the screen does not know the look %d", n)
		}
	}
	return nil
}
