package envfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/joho/godotenv"

	"tootfill/backfill"
)

// maxSize bounds what is read, in bytes; Mastodon's own sample is 4 KiB long.
const maxSize = 64 << 10

// Read reads the file at path: NAME=value lines with quotes, comments, export
// and $NAME, as the Ruby library dotenv does for Mastodon. A value in quotes
// loses one pair of them.
//
// A file that every user of the machine can write is refused: who can change it
// can send tootfill to another database. Errors name the file and the line, and
// never a value: the file is full of secrets.
func Read(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading Mastodon's settings: %w", err)
	}
	defer f.Close()
	if err := guarded(f); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading Mastodon's settings: %w", err)
	}
	values, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading Mastodon's settings: %s: %w", path, err)
	}
	return values, nil
}

// guarded refuses a file that others can write. Windows has no such bits.
func guarded(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("reading Mastodon's settings: %w", err)
	}
	if mode := info.Mode(); mode.IsRegular() && mode.Perm()&0o002 != 0 && runtime.GOOS != "windows" {
		return &backfill.Hinted{
			Err:  fmt.Errorf("every user can write Mastodon's settings in %s (mode %04o)", f.Name(), mode.Perm()),
			Hint: "take that right away: chmod o-w " + f.Name(),
		}
	}
	return nil
}

// Getenv looks a name up in the real environment and, where it is not set or
// empty there, in the file.
func Getenv(file map[string]string, real func(string) string) func(string) string {
	return func(name string) string {
		if value := real(name); value != "" {
			return value
		}
		return file[name]
	}
}

// lineError says what is wrong with a line, without a word of it.
type lineError struct {
	line   int
	reason string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d %s", e.line, e.reason) }

func parse(text []byte) (map[string]string, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("it is longer than %d KiB", maxSize>>10)
	}
	if at := bytes.IndexByte(text, 0); at >= 0 {
		return nil, &lineError{line: 1 + bytes.Count(text[:at], []byte("\n")), reason: "holds a zero byte"}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	values, err := godotenv.UnmarshalBytes(text)
	_, nameless := values[""]
	if err != nil || nameless {
		return nil, locate(text)
	}
	return values, nil
}

// locate finds the line with which the first faulty statement begins. The
// library's own errors quote the file.
func locate(text []byte) error {
	lines := strings.SplitAfter(string(text), "\n")
	start := 0
	for i := range lines {
		values, err := godotenv.Unmarshal(strings.Join(lines[start:i+1], ""))
		if _, nameless := values[""]; err == nil && !nameless {
			start = i + 1
		}
	}
	if start == len(lines) {
		return fmt.Errorf("it can not be read as lines of NAME=value")
	}
	_, err := godotenv.Unmarshal(strings.Join(lines[start:], ""))
	if err != nil && strings.HasPrefix(err.Error(), "unterminated") {
		return &lineError{line: start + 1, reason: "opens a quote that is never closed"}
	}
	return &lineError{line: start + 1, reason: "is not of the form NAME=value"}
}
