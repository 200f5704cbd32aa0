package accountlist

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"tootfill/backfill"
	"tootfill/backfill/cleantext"
	"tootfill/backfill/fediverse"
)

// ExclusionError: a list of exclusions cannot be read in full. Half of one must not be
// used.
type ExclusionError struct {
	File string
	// Line is 0 if the error is about the file as a whole.
	Line int
	Err  error
}

func (e *ExclusionError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s, line %d: %v", e.File, e.Line, e.Err)
}

func (e *ExclusionError) Unwrap() error { return e.Err }

// ReadExclusions adds the accounts and servers that files list, one per line; "-" is
// stdin. A line of a text is an account, a server, or a domain with all its subdomains
// (*.bad.example); # begins a comment. In a table with a header, the column of domains
// or of account addresses counts: Mastodon writes domain_blocks.csv for admins and
// muted_accounts.csv for people so. Their blocked_accounts.csv and
// blocked_domains.csv are texts (app/models/export.rb).
//
// Errors are *ExclusionError, or the context's.
func ReadExclusions(ctx context.Context, names []string, stdin io.Reader, into *backfill.Exclusions) error {
	files, shut, err := Open(ctx, names, stdin, nil)
	if err != nil {
		return &ExclusionError{File: "reading the list of exclusions", Err: errors.Unwrap(err)}
	}
	defer shut()
	for _, f := range files {
		x := exclusionFile{name: f.name, why: backfill.Exclusion{By: f.name, Once: true}, into: into}
		if err := x.read(f.r); ctx.Err() != nil {
			return context.Cause(ctx)
		} else if err != nil {
			return &ExclusionError{File: f.name, Line: x.line, Err: err}
		}
	}
	return nil
}

// exclusionFile is a list of exclusions.
type exclusionFile struct {
	name string
	why  backfill.Exclusion
	into *backfill.Exclusions
	line int
}

func (x *exclusionFile) read(r io.Reader) error {
	in, err := decoded(r)
	if err != nil {
		return err
	}
	lines := lineReader{in: in}
	for first := true; ; {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		x.line++
		if err != nil {
			return err
		}
		if table, found := tableOf(line); first && found {
			return x.readTable(&lines, table)
		}
		text := withoutComment(line)
		first = first && text == ""
		if text == "" {
			continue
		}
		if err := x.add(strings.Trim(text, `"`)); err != nil {
			return err
		}
	}
}

// add adds what a line names.
func (x *exclusionFile) add(text string) error {
	servers, err := fediverse.ParseServers(text)
	if err == nil {
		x.into.AddServers(servers, x.why)
		return nil
	}
	name, accountErr := ReadName(text)
	switch {
	case accountErr == nil && name.Address == "":
		x.into.AddAccount(name.Handle, x.why)
		return nil
	case accountErr == nil, strings.Contains(text, "@"):
		return x.neither(text, accountErr)
	}
	return x.neither(text, err)
}

// neither is the error for a text that names neither an account nor a server, with
// the reason if there is one.
func (x *exclusionFile) neither(text string, err error) error {
	reason := "names neither an account nor a server"
	var bad *fediverse.HandleError
	if errors.As(err, &bad) {
		reason = bad.Reason
	}
	return &backfill.Hinted{
		Err:  errors.New(cleantext.Quote(text) + " " + reason),
		Hint: backfill.Say("write one account (alice@photos.example), one server (spam.example), or one domain with all its subdomains (*.bad.example) per line; nothing was done, since half a list must not be used"),
	}
}

// exclusionTable says where a table has what it excludes.
type exclusionTable struct {
	separator rune
	width     int
	// column holds domains, or else the addresses of accounts.
	column  int
	domains bool
	// severity is the column that tells how a domain is blocked; -1 if there is none.
	severity int
}

// tableOf recognises a header. Mastodon writes a # before each name in the tables for
// admins (app/controllers/admin/export_domain_blocks_controller.rb).
func tableOf(header string) (t exclusionTable, found bool) {
	cells, err := rowOf(header)
	if err != nil {
		return t, false
	}
	t = exclusionTable{separator: separatorOf(header), width: len(cells), column: -1, severity: -1}
	rank, comment := 0, strings.HasPrefix(header, "#")
	for i, cell := range cells {
		name := strings.ToLower(strings.TrimPrefix(cell, "#"))
		switch {
		case name == "domain" && !t.domains:
			t.column, t.domains = i, true
		case name == "severity":
			t.severity = i
		case !t.domains && !comment && !looksLikeData(cell) && addressRank(name) > rank:
			t.column, rank = i, addressRank(name)
		}
	}
	return t, t.column >= 0
}

func rowOf(line string) ([]string, error) {
	row := csv.NewReader(strings.NewReader(line))
	row.Comma = separatorOf(line)
	cells, err := row.Read()
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, err
}

// readTable reads the rows below the header, which may span several lines.
func (x *exclusionFile) readTable(lines *lineReader, t exclusionTable) error {
	header := x.line
	rows := csv.NewReader(withoutFirstLF(lines))
	rows.Comma, rows.FieldsPerRecord = t.separator, t.width
	for {
		cells, err := rows.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			x.line = header + bad.StartLine
			return &backfill.Hinted{Err: bad.Err, Hint: backfill.Say("each row has to have the columns of the header; nothing was done, since half a list must not be used")}
		case err != nil:
			return err
		}
		at, _ := rows.FieldPos(t.column)
		x.line = header + at
		if err := x.addRow(t, cells); err != nil {
			return err
		}
	}
}

// withoutFirstLF is what follows a line, whose end may be a CR and a LF.
func withoutFirstLF(lines *lineReader) *bufio.Reader {
	if next, err := lines.in.Peek(1); err == nil && lines.afterCR && next[0] == '\n' {
		_, _ = lines.in.Discard(1) // it has just been peeked at
	}
	return lines.in
}

// addRow adds what a row of a table names. A block of a domain holds for its
// subdomains as well, and the severity noop is no block (Mastodon
// app/models/domain_block.rb).
func (x *exclusionFile) addRow(t exclusionTable, cells []string) error {
	text := strings.TrimSpace(cells[t.column])
	switch {
	case t.severity >= 0 && strings.EqualFold(strings.TrimSpace(cells[t.severity]), "noop"):
		return nil
	case !t.domains:
		return x.add(text)
	}
	servers, err := fediverse.ParseServers(text)
	if err != nil {
		all, allErr := fediverse.ParseServers("*." + text) // a top-level domain may be blocked too
		if allErr != nil {
			return x.neither(text, err)
		}
		servers = all
	}
	servers.Below = true
	x.into.AddServers(servers, x.why)
	return nil
}
