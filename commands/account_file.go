package commands

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tootfill/backfill"
)

// accountFile is a file that names accounts: one handle a line with # comments,
// or an export of Mastodon such as following_accounts.csv (app/models/export.rb).
// It is read line by line, so that a stray quote costs one line and the memory
// does not grow with the file.
type accountFile struct {
	name string
	r    io.Reader
	// complain is told of every line that names no account.
	complain func(text, hint string)

	bad    int // lines that name no account
	line   int
	column int // of the addresses
	begun  bool
}

// longestLine is how long a line may be, in bytes; the longest handle, written
// as the address of a profile, has about 600.
const longestLine = 4096

// errLongLine: a line is longer than longestLine. The rest of it was skipped.
var errLongLine = errors.New("the line is too long")

// openAccountFiles opens all files before any of them is read; "-" is stdin.
// The caller calls shut.
func openAccountFiles(ctx context.Context, names []string, stdin io.Reader, complain func(text, hint string)) (files []*accountFile, shut func(), err error) {
	var open []io.Closer
	shut = func() {
		for _, f := range open {
			// Nothing was written, so nothing can be lost.
			_ = f.Close()
		}
	}
	for _, name := range names {
		if name == "-" {
			in := interruptible(ctx, stdin)
			open = append(open, in)
			files = append(files, &accountFile{name: "standard input", r: in, complain: complain})
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			shut()
			return nil, nil, fmt.Errorf("reading the list of accounts: %w", err)
		}
		open = append(open, f)
		files = append(files, &accountFile{name: name, r: f, complain: complain})
	}
	return files, shut, nil
}

// jobs are the accounts that the file names.
func (f *accountFile) jobs(yield func(backfill.Job, error) bool) {
	in := bufio.NewReaderSize(f.r, longestLine)
	for {
		line, err := readLine(in)
		f.line++
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.Is(err, errLongLine):
			f.refuse(err.Error(), "")
			continue
		case err != nil:
			yield(backfill.Job{}, fmt.Errorf("reading %s: %w", f.name, err))
			return
		}
		h, ok := f.handle(line)
		if ok && !yield(backfill.Job{Handle: h}, nil) {
			return
		}
	}
}

// readLine reads a line without its end.
func readLine(in *bufio.Reader) (string, error) {
	line, more, err := in.ReadLine()
	if !more || err != nil {
		return string(line), err
	}
	for more && err == nil {
		_, more, err = in.ReadLine()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return "", errLongLine
}

// handle is the account that a line names, if any.
func (f *accountFile) handle(line string) (backfill.Handle, bool) {
	if f.line == 1 {
		// Spreadsheets put a byte order mark there.
		line = strings.TrimPrefix(line, "\ufeff")
	}
	line = withoutComment(line)
	if line == "" {
		return backfill.Handle{}, false
	}
	cells := splitCells(line)
	first := !f.begun
	f.begun = true
	if first && f.isHeader(cells) {
		return backfill.Handle{}, false
	}
	if f.column >= len(cells) {
		f.refuse("there is no account address in it", "")
		return backfill.Handle{}, false
	}
	h, err := backfill.ParseHandle(cells[f.column])
	if err != nil {
		f.refuse(explain(err))
		return backfill.Handle{}, false
	}
	return h, true
}

// isHeader recognises the first row of Mastodon's exports and notes in which
// column the addresses are.
func (f *accountFile) isHeader(cells []string) bool {
	for i, c := range cells {
		if strings.EqualFold(c, "Account address") {
			f.column = i
			return true
		}
	}
	return false
}

func (f *accountFile) refuse(text, hint string) {
	f.bad++
	f.complain(fmt.Sprintf("%s, line %d: %s", f.name, f.line, text), hint)
}

// withoutComment cuts a comment: from a # at the start, or behind a space, for
// an address may hold one.
func withoutComment(line string) string {
	for i, r := range line {
		if r == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}

// splitCells reads a line as a row of CSV. A line that is none is one cell.
func splitCells(line string) []string {
	row := csv.NewReader(strings.NewReader(line))
	row.FieldsPerRecord = -1
	row.LazyQuotes = true
	row.TrimLeadingSpace = true
	cells, err := row.Read()
	if err != nil {
		return []string{line}
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// interruptible reads from r until ctx ends. A read from a terminal or a pipe
// may never return, so it is left behind then.
func interruptible(ctx context.Context, r io.Reader) io.ReadCloser {
	in, out := io.Pipe()
	context.AfterFunc(ctx, func() { out.CloseWithError(context.Cause(ctx)) })
	go func() {
		_, err := io.Copy(out, r)
		out.CloseWithError(err)
	}()
	return in
}
