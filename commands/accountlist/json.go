package accountlist

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tootfill/backfill"
)

// maxJSON bounds a list in JSON, in bytes, because it is read whole. Servers'
// exports take about 60 bytes per account.
const maxJSON = 16 << 20

// looksLikeJSON reports whether a file begins with a JSON list or object. A Markdown
// link also begins with a bracket.
func looksLikeJSON(in *bufio.Reader) bool {
	var seen []byte
	for n := 1; n <= in.Size(); n++ {
		head, err := in.Peek(n)
		if err != nil {
			return false
		}
		c := head[n-1]
		if strings.ContainsRune(" \t\r\n", rune(c)) {
			continue
		}
		if seen = append(seen, c); len(seen) == 2 || c != '[' && c != '{' {
			break
		}
	}
	switch string(seen) {
	case `["`, `[{`, `[[`, `[]`, `{"`, `{}`:
		return true
	}
	return false
}

// readJSON reads JSON in which accounts are named: lists of their addresses
// (Pixelfed's following.json, Akkoma's collections, the antennas of Misskey), or
// of objects that have one.
func (f *List) readJSON(in *bufio.Reader, yield func(Entry, error) bool) (bool, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxJSON+1))
	if err != nil {
		return false, err
	}
	switch {
	case f.Title != "":
		f.refuse(0, "", &backfill.Hinted{
			Err: errors.New("has no titled lists: it is JSON"), Hint: backfill.Hint{Kind: backfill.TitlesInTables},
		})
		return false, nil
	case len(text) > maxJSON:
		f.refuse(0, "", &backfill.Hinted{
			Err:  fmt.Errorf("is JSON of more than %d MiB", maxJSON>>20),
			Hint: backfill.Say("write it as text with one handle per line, which may be of any size"),
		})
		return false, nil
	}
	j := jsonReader{file: f, text: text, yield: yield}
	if err := j.all(text, 0, j.value); err != nil {
		if !errors.Is(err, errEnough) {
			f.refuse(j.lineAt(j.at), "", fmt.Errorf("is not valid JSON: %w", err))
		}
		return false, nil
	}
	f.rows.begun = f.rows.begun || len(bytes.Trim(text, " \t\r\n[]{}")) > 0
	return true, nil
}

// errEnough means that the caller wants no more accounts.
var errEnough = errors.New("enough")

// jsonReader walks over a file of JSON. Places are offsets into its text.
type jsonReader struct {
	file  *List
	text  []byte
	yield func(Entry, error) bool
	at    int
	// depth is how many values enclose the current one.
	depth int
	// counted is the place up to which lines have been counted.
	counted, lines int
}

func (j *jsonReader) lineAt(place int) int {
	if place > j.counted {
		j.lines += bytes.Count(j.text[j.counted:place], []byte("\n"))
		j.counted = place
	}
	return j.lines + 1
}

// all calls do for every value of a sequence that begins at a place.
func (j *jsonReader) all(text []byte, place int, do func(json.RawMessage, int) error) error {
	values := json.NewDecoder(bytes.NewReader(text))
	for {
		var value json.RawMessage
		err := values.Decode(&value)
		j.at = max(j.at, place+int(values.InputOffset()))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(value, place+int(values.InputOffset())-len(value)); err != nil {
			return err
		}
	}
}

// deepest bounds how deeply nested lists and objects are searched for accounts.
const deepest = 16

// value reads a value that is not an element of a list.
func (j *jsonReader) value(value json.RawMessage, place int) error {
	if j.depth == deepest {
		return nil
	}
	j.depth++
	defer func() { j.depth-- }()
	switch value[0] {
	case '[':
		return j.members(value, place, func(_ string, element json.RawMessage, place int) error { return j.element(element, place) })
	case '{':
		if name := addressIn(value, addressMembers); name != "" {
			return j.name(name, place)
		}
		return j.members(value, place, func(key string, member json.RawMessage, place int) error {
			switch key {
			case "@context", "keywords", "excludeKeywords": // the last two are in antennas
				return nil
			}
			return j.value(member, place)
		})
	}
	return nil
}

// element reads an element of a list.
func (j *jsonReader) element(value json.RawMessage, place int) error {
	switch value[0] {
	case '"':
		var name string
		if err := json.Unmarshal(value, &name); err != nil {
			return err
		}
		return j.name(name, place)
	case '{':
		if name := addressIn(value, slices.Concat(addressMembers, linkMembers)); name != "" {
			return j.name(name, place)
		}
	}
	return j.value(value, place)
}

// The members of an object that may name an account, the surest first: those of
// Mastodon's API (acct), Akkoma's (fqn) and hand-made lists, then links, which may
// lead to anything.
var (
	addressMembers = []string{"acct", "fqn", "handle", "webfinger", "account", "address", "Account address"}
	linkMembers    = []string{"url", "uri", "id"}
)

// addressIn is the account that an object names; empty if it names none.
func addressIn(object json.RawMessage, members []string) string {
	var all map[string]json.RawMessage
	if json.Unmarshal(object, &all) != nil {
		return ""
	}
	text := func(member string) (s string) {
		if json.Unmarshal(all[member], &s) != nil {
			return ""
		}
		return s
	}
	for _, m := range members {
		if s := text(m); strings.ContainsAny(s, "@/") {
			return s
		}
	}
	// Misskey's API names users like this, its own without a host.
	if name, host := text("username"), text("host"); name != "" && host != "" {
		return name + "@" + host
	}
	return ""
}

// name reads a text as the name of an account.
func (j *jsonReader) name(text string, place int) error {
	f, line := j.file, j.lineAt(place)
	f.rows.begun = true
	n, err := ReadName(text)
	if err != nil {
		f.refuse(line, text, err)
		return nil
	}
	if !f.yieldAll([]Name{n}, line, text, j.yield) {
		return errEnough
	}
	return nil
}

// members calls do for every member of an object or, with an empty key, for every
// element of a list.
func (j *jsonReader) members(value json.RawMessage, place int, do func(key string, member json.RawMessage, place int) error) error {
	in := json.NewDecoder(bytes.NewReader(value))
	opening, err := in.Token()
	if err != nil {
		return err
	}
	for in.More() {
		key := ""
		if opening == json.Delim('{') {
			token, err := in.Token()
			if err != nil {
				return err
			}
			key, _ = token.(string) // JSON has no other keys
		}
		var member json.RawMessage
		if err := in.Decode(&member); err != nil {
			return err
		}
		if err := do(key, member, place+int(in.InputOffset())-len(member)); err != nil {
			return err
		}
	}
	return nil
}
