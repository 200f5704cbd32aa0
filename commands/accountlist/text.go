package accountlist

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// longestLine bounds a line, in bytes. The longest handle, written as the address of
// a profile, has about 600.
const longestLine = 64 << 10

// errLongLine means that a line is longer than longestLine. Its rest was skipped.
var errLongLine = errors.New("the line is too long")

// decoded is r as UTF-8. Spreadsheets begin a file with a byte order mark, and
// write "Unicode text" in UTF-16.
func decoded(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, longestLine)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return in, nil // the error comes again after what could be read
	}
	var from encoding.Encoding
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err := in.Discard(3)
		return in, err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		from = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case len(head) == 4 && head[0] > 0 && head[1] == 0 && head[2] > 0 && head[3] == 0:
		from = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case len(head) == 4 && head[0] == 0 && head[1] > 0 && head[2] == 0 && head[3] > 0:
		from = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	default:
		return in, nil
	}
	return bufio.NewReaderSize(transform.NewReader(in, from.NewDecoder()), longestLine), nil
}

// lineReader reads lines, however they end: LF, CR LF, or CR as on old Macintoshes
// and in some spreadsheets.
type lineReader struct {
	in *bufio.Reader
	// afterCR says that the last line ended with a CR, so that a LF belongs to it.
	afterCR bool
}

// next is a line without its end; io.EOF after the last one.
func (l *lineReader) next() (string, error) {
	var line []byte
	long := false
	for read := 0; ; read++ {
		c, err := l.in.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && read > 0:
			return finished(line, long)
		case err != nil:
			return "", err
		case c == '\n' && l.afterCR:
			l.afterCR = false
			read--
			continue
		}
		l.afterCR = c == '\r'
		switch {
		case c == '\n' || c == '\r':
			return finished(line, long)
		case len(line) < longestLine:
			line = append(line, c)
		default:
			long = true
		}
	}
}

func finished(line []byte, long bool) (string, error) {
	if long {
		return "", errLongLine
	}
	return string(line), nil
}
