package settings

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// change is what becomes of one key of a config file: it is set to a text or, without
// one, commented out.
type change struct{ key, text string }

// errOddLayout: a config file is laid out in a way that only its author can change.
var errOddLayout = errors.New("it is laid out in a way that tootfill does not change by itself")

// edit changes keys in one table of a config file ("" is the top of the file), and
// leaves everything else as it is, comments included. Its error is errOddLayout.
func edit(text, table string, changes []change) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	for _, c := range changes {
		lines = c.in(lines, table)
	}
	edited := strings.Join(lines, "")
	if !changed(text, edited, table, changes) {
		return "", errOddLayout
	}
	return edited, nil
}

var header = regexp.MustCompile(`^\s*\[+\s*([^\[\]]*?)\s*\]+\s*(#.*)?$`)

// section is where a table's own lines begin and end; begin is -1 if the table is not
// there.
func section(lines []string, table string) (begin, end int) {
	begin = -1
	if table == "" {
		begin = 0
	}
	for i, line := range lines {
		m := header.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		switch {
		case m == nil:
		case begin >= 0:
			return begin, i
		case m[1] == table:
			begin = i + 1
		}
	}
	return begin, len(lines)
}

// in makes the change, if it finds where. Whether the result is right shows when it
// is read.
func (c change) in(lines []string, table string) []string {
	begin, end := section(lines, table)
	if begin < 0 {
		if c.text == "" {
			return lines
		}
		begin = len(lines)
		lines = append(lines, "\n["+table+"]\n")
		if last := lines[begin-1]; last != "" && !strings.HasSuffix(last, "\n") {
			lines[begin-1] += "\n"
		}
		begin, end = begin+1, begin+1
	}
	assignment := regexp.MustCompile(`^(\s*` + regexp.QuoteMeta(c.key) + `\s*=\s*)("[^"\\]*"|'[^']*')(.*)$`)
	for i := begin; i < end; i++ {
		line, ending := lines[i], ""
		if n := len(strings.TrimRight(line, "\r\n")); n < len(line) {
			line, ending = line[:n], line[n:]
		}
		m := assignment.FindStringSubmatch(line)
		switch {
		case m == nil:
		case c.text == "":
			lines[i] = "# " + line + ending
			return lines
		default:
			lines[i] = m[1] + quoted(c.text) + m[3] + ending
			return lines
		}
	}
	if c.text == "" {
		return lines
	}
	return slices.Insert(lines, place(lines, begin, end), c.key+" = "+quoted(c.text)+"\n")
}

// place is where to put a new key: behind the comments with which a file begins, and
// behind the keys of the same kind that are there.
func place(lines []string, begin, end int) int {
	at := begin
	for i := begin; i < end; i++ {
		switch line := strings.TrimSpace(lines[i]); {
		case at == begin && strings.HasPrefix(line, "#"):
		case at == begin && line == "" && i > begin:
			at = i + 1
		case ownKey.MatchString(line):
			at = i + 1
		default:
			return at
		}
	}
	return at
}

// ownKey are the lines of the keys that a login writes.
var ownKey = regexp.MustCompile(`^(server|access_token_file)\s*=\s*("[^"\\]*"|'[^']*')\s*(#.*)?$`)

// quoted is a text as TOML writes it.
func quoted(text string) string {
	if !strings.ContainsAny(text, "'\n\r\t") && strings.ContainsAny(text, `\"`) {
		return "'" + text + "'"
	}
	return fmt.Sprintf("%q", text)
}

// changed reports whether a file was changed as wanted and in no other way.
func changed(before, after, table string, changes []change) bool {
	var want, got map[string]any
	if _, err := toml.Decode(before, &want); err != nil {
		return false
	}
	if _, err := toml.Decode(after, &got); err != nil {
		return false
	}
	if want == nil {
		want = make(map[string]any)
	}
	for _, c := range changes {
		if t := tableIn(want, table, c.text != ""); t != nil {
			if delete(t, c.key); c.text != "" {
				t[c.key] = c.text
			}
		}
	}
	return reflect.DeepEqual(want, got)
}

// tableIn is a table of a config file, which it makes if it is wanted; nil if it is not
// there.
func tableIn(config map[string]any, table string, wanted bool) map[string]any {
	if table == "" {
		return config
	}
	for name := range strings.SplitSeq(table, ".") {
		inner, ok := config[name].(map[string]any)
		if !ok && !wanted {
			return nil
		}
		if !ok {
			inner = make(map[string]any)
			config[name] = inner
		}
		config = inner
	}
	return config
}
