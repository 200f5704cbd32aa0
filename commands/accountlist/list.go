package accountlist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

// List is a file that names accounts: a text with # comments, a table such as the
// exports of Mastodon, Misskey and Akkoma and what spreadsheets make of them, or
// JSON. Texts and tables are read line by line, so that a stray quote spoils only
// one line and memory does not grow with the file.
type List struct {
	name string
	r    io.Reader
	// Title selects one list of a file that holds several; empty selects all.
	Title string
	// complain is called for every line that names no account.
	complain func(BadLine)

	bad, named int // lines that name no account, and names
	line       int
	rows       rowReader
}

// BadLine is a line of a file that names no account. Line 0 is the file as a
// whole.
type BadLine struct {
	File string
	Line int
	Text string
	Err  error
}

// Entry is a name in a list.
type Entry struct {
	Name
	// Line and Text are where it stands; the text is empty for a handle.
	Line int
	Text string
}

// titleWidth bounds how much of a list's title is shown, in columns.
const titleWidth = 320

// Entries are the names in the file. Nobody is asked whose they are.
func (f *List) Entries(yield func(Entry, error) bool) {
	in, err := decoded(f.r)
	if err != nil {
		yield(Entry{}, fmt.Errorf("reading %s: %w", f.name, err))
		return
	}
	read := f.readText
	if looksLikeJSON(in) {
		read = f.readJSON
	}
	goOn, err := read(in, yield)
	switch {
	case err != nil:
		yield(Entry{}, fmt.Errorf("reading %s: %w", f.name, err))
	case goOn:
		f.conclude()
	}
}

// conclude complains about a file that has content but names nobody.
func (f *List) conclude() {
	switch {
	case f.named+f.bad > 0 || !f.rows.begun:
	case f.Title != "":
		hint := backfill.Hint{}
		if len(f.rows.titles) > 0 {
			hint = backfill.Say("its lists are " + quoted(f.rows.titles))
		}
		f.refuse(0, "", &backfill.Hinted{Err: fmt.Errorf("has no list %q", cleantext.Line(f.Title, titleWidth)), Hint: hint})
	default:
		f.refuse(0, "", &backfill.Hinted{
			Err:  errors.New("names no account"),
			Hint: backfill.Say("it needs lines, or a column, of handles such as alice@photos.example"),
		})
	}
}

// quoted lists titles in quotes, since they may contain commas.
func quoted(titles []string) string {
	marked := make([]string, len(titles))
	for i, title := range titles {
		marked[i] = strconv.Quote(title)
	}
	return strings.Join(marked, ", ")
}

// readText reads a text or a table. It returns false where yield did.
func (f *List) readText(in *bufio.Reader, yield func(Entry, error) bool) (bool, error) {
	f.rows.title = f.Title
	lines := lineReader{in: in}
	for {
		line, err := lines.next()
		f.line++
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case errors.Is(err, errLongLine):
			f.rows.begun = true
			f.refuse(f.line, "", err)
			continue
		case err != nil:
			return false, err
		}
		names, bad := f.rows.read(line)
		for _, b := range bad {
			f.refuse(f.line, line, b)
		}
		if !f.yieldAll(names, f.line, line, yield) {
			return false, nil
		}
	}
}

// yieldAll yields the names that stand on one line.
func (f *List) yieldAll(names []Name, line int, text string, yield func(Entry, error) bool) bool {
	for _, n := range names {
		f.named++
		e := Entry{Name: n, Line: line}
		if n.Address != "" {
			e.Text = text
		}
		if !yield(e, nil) {
			return false
		}
	}
	return true
}

func (f *List) refuse(line int, text string, err error) {
	f.bad++
	f.complainOf(line, text, err)
}

// Refuse complains about the line of an entry at whose address home finds no account.
func (f *List) Refuse(e Entry, err error) { f.complainOf(e.Line, e.Text, err) }

func (f *List) complainOf(line int, text string, err error) {
	f.complain(BadLine{File: f.name, Line: line, Text: strings.TrimSpace(text), Err: err})
}
