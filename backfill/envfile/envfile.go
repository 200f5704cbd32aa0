package envfile

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"

	"tootfill/backfill"
)

// maxSize bounds what is read, in bytes; Mastodon's own sample is 4 KiB long.
const maxSize = 1 << 20

// Read reads the file at path as the Ruby library dotenv 3.2 does for Mastodon:
// NAME=value lines with quotes, escapes, comments, export and $NAME. Lines that
// dotenv skips are skipped. getenv is the real environment, in which $NAME is
// looked up before the file.
//
// A file that every user of the machine can write is refused: whoever can change
// it can send tootfill to another database. Errors never show a value: the file is
// full of secrets.
func Read(path string, getenv func(string) string) (*File, error) {
	// A pipe that nobody writes to must not block the program.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
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
	if len(text) > maxSize {
		return nil, fmt.Errorf("reading Mastodon's settings: %s is longer than %d KiB", path, maxSize>>10)
	}
	file := parse(string(text), getenv)
	file.Path = path
	return file, nil
}

// guarded refuses a file that others can write. Windows has no such mode bits.
func guarded(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("reading Mastodon's settings: %w", err)
	}
	if mode := info.Mode(); mode.IsRegular() && mode.Perm()&0o002 != 0 && runtime.GOOS != "windows" {
		return &backfill.Hinted{
			Err:  fmt.Errorf("every user can write Mastodon's settings in %s (mode %04o)", f.Name(), mode.Perm()),
			Hint: backfill.Say("remove that right: chmod o-w " + f.Name()),
		}
	}
	return nil
}

// Lookup looks up names in the real environment and, if they are unset or empty
// there, in a file. Only names that are asked for can cause an error.
type Lookup struct {
	// File may be nil.
	File   *File
	Getenv func(string) string

	err error
}

// Get returns the value of a name; empty if it has none, or none that can be
// determined.
func (l *Lookup) Get(name string) string {
	if value := l.Getenv(name); value != "" || l.File == nil {
		return value
	}
	if f, faulty := l.File.faults[name]; faulty && l.err == nil {
		l.err = &backfill.Hinted{
			Err:  fmt.Errorf("line %d: %s %s", f.line, name, f.reason),
			Hint: backfill.Say("set " + name + " in the environment of tootfill, or write its value into the file"),
		}
	}
	return l.File.values[name]
}

// Err says why the first such value could not be determined; nil if every value
// that was asked for could.
func (l *Lookup) Err() error { return l.err }
