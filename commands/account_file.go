package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
	"tootfill/commands/report"
)

// accountFile is a file that names accounts: a text with # comments, a table such
// as the exports of Mastodon, Misskey and Akkoma and what spreadsheets make of
// them, or JSON. Texts and tables are read line by line, so that a stray quote
// costs one line and the memory does not grow with the file.
type accountFile struct {
	name string
	r    io.Reader
	// title is the list that is wanted of a file that holds several; empty means
	// all of them.
	title string
	// find asks home whose address it is; nil where home cannot be asked.
	find finder
	// complain is told of every line that names no account.
	complain func(report.BadLine)

	bad, named int // lines that name no account, and accounts
	line       int
	rows       rowReader
}

// titleWidth is how much of a list's title is shown, in columns.
const titleWidth = 320

// finder asks home for the account at an address. Its errors are about that
// address, unless home as a whole cannot be asked.
type finder func(address string) (backfill.Target, error)

// accountName is how people name an account: by its handle, or by an address of
// which only home can say whose it is.
type accountName struct {
	fediverse.Handle
	// Spelling is the user part as it was written.
	Spelling string
	Address  string
}

func (n accountName) String() string {
	if n.Address != "" {
		return n.Address
	}
	return n.Handle.String()
}

// readName reads one name. Its errors are *fediverse.HandleError.
func readName(text string) (accountName, error) {
	h, spelling, err := fediverse.ParseSpelled(text)
	var bad *fediverse.HandleError
	if errors.As(err, &bad) && bad.Address != "" {
		return accountName{Address: bad.Address}, nil
	}
	return accountName{Handle: h, Spelling: spelling}, err
}

// openAccountFiles opens all files before any of them is read; "-" is stdin.
// The caller calls shut.
func openAccountFiles(ctx context.Context, names []string, stdin io.Reader, complain func(report.BadLine)) (files []*accountFile, shut func(), err error) {
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
		f, err := openList(ctx, name)
		if err != nil {
			shut()
			return nil, nil, fmt.Errorf("reading the list of accounts: %w", err)
		}
		open = append(open, f)
		files = append(files, &accountFile{name: name, r: f, complain: complain})
	}
	return files, shut, nil
}

// openList opens a file that names accounts. A pipe with a name is opened when it
// is read, and left behind when ctx ends: opening it waits for somebody who writes.
func openList(ctx context.Context, name string) (io.ReadCloser, error) {
	info, err := os.Stat(name)
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return os.Open(name)
	}
	return interruptible(ctx, &namedPipe{name: name}), nil
}

// namedPipe opens its file at the first read.
type namedPipe struct {
	name string
	file *os.File
}

func (p *namedPipe) Read(b []byte) (n int, err error) {
	if p.file == nil {
		if p.file, err = os.Open(p.name); err != nil {
			return 0, err
		}
	}
	n, err = p.file.Read(b)
	if err != nil {
		// Nothing was written, so nothing can be lost.
		_ = p.file.Close()
	}
	return n, err
}

// targets are the accounts that the file names.
func (f *accountFile) targets(yield func(backfill.Target, error) bool) {
	in, err := decoded(f.r)
	if err != nil {
		yield(backfill.Target{}, fmt.Errorf("reading %s: %w", f.name, err))
		return
	}
	read := f.readText
	if looksLikeJSON(in) {
		read = f.readJSON
	}
	goOn, err := read(in, yield)
	switch {
	case err != nil:
		yield(backfill.Target{}, fmt.Errorf("reading %s: %w", f.name, err))
	case goOn:
		f.conclude()
	}
}

// conclude complains of a file that says something, but names nobody.
func (f *accountFile) conclude() {
	switch {
	case f.named+f.bad > 0 || !f.rows.begun:
	case f.title != "":
		hint := ""
		if len(f.rows.titles) > 0 {
			hint = "its lists are " + cleantext.Line(quoted(f.rows.titles), errorWidth)
		}
		f.refuse(0, "", fmt.Sprintf("has no list %q", cleantext.Line(f.title, titleWidth)), hint)
	default:
		f.refuse(0, "", "names no account", "it needs lines, or a column, of handles such as alice@photos.example")
	}
}

// quoted lists titles, which may hold commas themselves.
func quoted(titles []string) string {
	marked := make([]string, len(titles))
	for i, title := range titles {
		marked[i] = strconv.Quote(title)
	}
	return strings.Join(marked, ", ")
}

// readText reads a text or a table. It returns false where yield did.
func (f *accountFile) readText(in *bufio.Reader, yield func(backfill.Target, error) bool) (bool, error) {
	f.rows.title = f.title
	lines := lineReader{in: in}
	for {
		line, err := lines.next()
		f.line++
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case errors.Is(err, errLongLine):
			f.rows.begun = true
			f.refuse(f.line, "", err.Error(), "")
			continue
		case err != nil:
			return false, err
		}
		names, bad := f.rows.read(line)
		for _, b := range bad {
			f.refuseError(f.line, line, b)
		}
		if !f.yieldAll(names, f.line, line, yield) {
			return false, nil
		}
	}
}

// yieldAll yields the targets for accounts that stand on one line.
func (f *accountFile) yieldAll(names []accountName, line int, text string, yield func(backfill.Target, error) bool) bool {
	for _, n := range names {
		target, err := n.target(f.find)
		if err != nil && endsAll(err) {
			yield(backfill.Target{}, err)
			return false
		}
		if err != nil {
			f.refuseError(line, text, err)
			continue
		}
		f.named++
		if !yield(target, nil) {
			return false
		}
	}
	return true
}

// target is the account of the name, which home is asked for if need be.
func (n accountName) target(find finder) (backfill.Target, error) {
	if n.Address == "" {
		return backfill.Target{Handle: n.Handle, Spelling: n.Spelling}, nil
	}
	if find == nil {
		_, err := fediverse.ParseHandle(n.Address)
		return backfill.Target{}, err
	}
	return find(n.Address)
}

// endsAll says that no other account can fare better. Where home is away those
// that are named by their handles can: they are deferred.
func endsAll(err error) bool {
	var unauthorized *backfill.UnauthorizedError
	var interrupted *Interrupted
	return errors.As(err, &unauthorized) || errors.As(err, &interrupted) ||
		errors.Is(err, context.Canceled)
}

func (f *accountFile) refuseError(line int, text string, err error) {
	message, hint := explain(err)
	f.refuse(line, strings.TrimSpace(text), message, hint)
}

func (f *accountFile) refuse(line int, text, message, hint string) {
	f.bad++
	f.complain(report.BadLine{File: f.name, Line: line, Text: text, Message: message, Hint: hint})
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
