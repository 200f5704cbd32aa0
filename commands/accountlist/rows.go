package accountlist

import (
	"cmp"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"unicode"
)

// rowReader finds the accounts in the lines of a text or a table.
type rowReader struct {
	// title is the list whose accounts are wanted; empty means all.
	title string
	// titles are the first lists found.
	titles []string

	// begun says that something other than comments has been read.
	begun bool
	// header says that there was one, which gave the separator and the columns. A
	// column that it does not name is -1.
	header              bool
	separator           rune
	column, titleColumn int
}

// errNoAddress means that a row has nothing where an address belongs.
var errNoAddress = errors.New("there is no account address in it")

// read finds the accounts of a line.
func (r *rowReader) read(line string) (names []Name, bad []error) {
	text, whole := withoutComment(line), strings.TrimSpace(line)
	cells := r.cells(text)
	if text != whole && (text != "" || r.title != "") && !slices.ContainsFunc(cells, isAccount) {
		// A list may have a # in its name, which then begins no comment.
		if all := r.cells(whole); len(all) > 1 && slices.ContainsFunc(all[1:], isAccount) {
			text, cells = whole, all
		}
	}
	if text == "" || !r.begun && namesSeparator(text) {
		return nil, nil
	}
	if !r.begun {
		r.begun = true
		if r.takeHeader(text, cells) {
			return nil, nil
		}
	}
	if r.title != "" && !r.wanted(cells) {
		return nil, nil
	}
	if r.header && r.column >= 0 {
		return r.namesInColumn(cells)
	}
	return namesIn(cells)
}

// namesSeparator reports whether a line tells Excel what separates the cells below
// it: "sep=;".
func namesSeparator(line string) bool {
	separator, found := strings.CutPrefix(strings.ToLower(strings.Trim(line, `"`)), "sep=")
	return found && len(separator) <= 1
}

// takeHeader recognises a first row that names the columns.
func (r *rowReader) takeHeader(text string, cells []string) bool {
	r.separator = separatorOf(text)
	if slices.ContainsFunc(cells, looksLikeData) {
		return false
	}
	best := 0
	r.column, r.titleColumn = -1, -1
	for i, c := range cells {
		if rank := addressRank(c); rank > best {
			best, r.column = rank, i
		}
		if r.titleColumn < 0 && isTitleHeader(c) {
			r.titleColumn = i
		}
	}
	r.header = r.column >= 0 || len(cells) > 1
	return r.header
}

// looksLikeData reports whether a cell cannot be a column's name: an account or an
// address, true, 7, bad.example.
func looksLikeData(cell string) bool {
	word := !strings.Contains(cell, " ")
	switch {
	case isAccount(cell):
		return true
	case strings.ContainsAny(cell, "@/"):
		return word || addressRank(cell) == 0
	case strings.EqualFold(cell, "true"), strings.EqualFold(cell, "false"):
		return true
	}
	return word && strings.Contains(strings.TrimSuffix(cell, "."), ".") || cell != "" && strings.Trim(cell, "0123456789") == ""
}

// addressRank says, by a column's name, how surely it holds the accounts' addresses:
// 0 is not at all. Mastodon calls it "Account address".
func addressRank(name string) int {
	words := headerWords(name)
	has := func(some ...string) bool {
		return slices.ContainsFunc(some, func(w string) bool { return slices.Contains(words, w) })
	}
	switch {
	case has("mail", "email"):
		return 0
	case slices.Equal(words, []string{"account", "address"}):
		return 5
	case has("handle", "handles", "acct", "webfinger", "fediverse", "mastodon", "address"):
		return 4
	case has("account", "accounts"):
		return 3
	case has("profile", "url", "uri", "link"):
		return 2
	case has("user", "username"):
		return 1
	}
	return 0
}

func isTitleHeader(name string) bool {
	words := headerWords(name)
	return slices.Contains(words, "list") || slices.Contains(words, "title")
}

func headerWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })
}

// wanted reports whether a row belongs to the wanted list. Without a header the
// first cell names the list, as in Mastodon's lists.csv (app/models/ export.rb).
func (r *rowReader) wanted(cells []string) bool {
	at := 0
	if r.header {
		at = r.titleColumn
	}
	if at < 0 || at >= len(cells) || len(cells) == 1 || isAccount(cells[at]) {
		return false
	}
	const most = 10
	title := cells[at]
	if !slices.Contains(r.titles, title) && len(r.titles) < most {
		r.titles = append(r.titles, title)
	}
	return strings.EqualFold(title, strings.TrimSpace(r.title))
}

// namesInColumn reads the column that holds the addresses. If that has none, as
// where names stand beside profiles, any other column with an address will do.
func (r *rowReader) namesInColumn(cells []string) ([]Name, []error) {
	if r.column >= len(cells) {
		return nil, []error{errNoAddress}
	}
	names, bad := namesIn(cells[r.column : r.column+1])
	if len(names) > 0 {
		return names, bad
	}
	if others, _ := namesIn(cells); len(others) > 0 {
		return others, nil
	}
	return nil, bad
}

// namesIn finds all accounts in the cells of a row. Beside an account, other cells
// and single words are not errors.
func namesIn(cells []string) (names []Name, bad []error) {
	var addresses []Name
	var first error
	for _, cell := range cells {
		if cell == "" {
			continue
		}
		n, err := ReadName(cell)
		if err != nil && first == nil {
			first = err
		}
		words := []string{cell}
		if err != nil {
			words = strings.FieldsFunc(cell, betweenNames)
		}
		for _, word := range words {
			if n, err = ReadName(strings.Trim(word, `<>()[]{}"'.:`)); err != nil {
				if strings.Index(word, "@") > 0 && !strings.Contains(word, "://") {
					bad = append(bad, err)
				}
				continue
			}
			if n.Address != "" {
				addresses = append(addresses, n)
				continue
			}
			names = append(names, n)
		}
	}
	switch {
	case len(names) > 0:
		return names, bad // an address beside a name is a website, more often than not
	case len(addresses) > 0:
		return addresses, bad
	}
	return nil, []error{cmp.Or(first, errNoAddress)}
}

// betweenNames is what may stand between several names on a line.
func betweenNames(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;|", r) }

func isAccount(cell string) bool {
	n, err := ReadName(cell)
	return err == nil && n.Address == ""
}

// withoutComment cuts a comment, which begins with a # at the start or after a
// space: an address may contain one.
func withoutComment(line string) string {
	for i, r := range line {
		if r == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}

// separatorOf guesses what separates the cells of a row.
func separatorOf(line string) rune {
	switch {
	case strings.Contains(line, "\t"):
		return '\t'
	case strings.Count(line, ";") > strings.Count(line, ","):
		return ';'
	}
	return ','
}

// cells reads a line as a row of a table. Any other line is a single cell.
func (r *rowReader) cells(line string) []string {
	row := csv.NewReader(strings.NewReader(line))
	row.Comma = separatorOf(line)
	if r.header {
		row.Comma = r.separator
	}
	row.FieldsPerRecord = -1
	row.LazyQuotes = true
	row.TrimLeadingSpace = row.Comma != '\t'
	cells, err := row.Read()
	if err != nil {
		return []string{line}
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}
