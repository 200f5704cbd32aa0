package activitypub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// node is a JSON object whose members are decoded when they are asked for, so
// that one of the wrong type spoils nothing but itself.
type node map[string]json.RawMessage

// parseNode reads a document. A byte order mark before it is left away.
func parseNode(body []byte) (node, error) {
	body = trimDocument(body)
	if len(body) == 0 {
		return nil, errors.New("the document is empty")
	}
	if body[0] != '{' {
		return nil, errors.New("the document is not a JSON object")
	}
	var n node
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, fmt.Errorf("the document is not valid JSON: %w", err)
	}
	return n, nil
}

func trimDocument(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
}

// boolean is a member that is true or false; otherwise nil.
func (n node) boolean(key string) *bool {
	var b bool
	if !n.has(key) || json.Unmarshal(n[key], &b) != nil {
		return nil
	}
	return &b
}

// has says whether a member is there and not null.
func (n node) has(key string) bool {
	raw := n[key]
	return len(raw) > 0 && raw[0] != 'n'
}

// text is a member that is a string; otherwise "".
func (n node) text(key string) string { return asText(n[key]) }

// object is a member that is an object; otherwise nil.
func (n node) object(key string) node { return asNode(n[key]) }

// ref is the id of what a member refers to: the member itself if it is a
// string, the object's id or href if it is an object, and the first of these
// if it is an array.
func (n node) ref(key string) string {
	if refs := n.refs(key); len(refs) > 0 {
		return refs[0]
	}
	return ""
}

// refs are the ids of all that a member refers to.
func (n node) refs(key string) []string {
	var refs []string
	for _, raw := range asList(n[key]) {
		s := asText(raw)
		if o := asNode(raw); o != nil {
			if s = o.text("id"); s == "" {
				s = o.text("href")
			}
		}
		if s != "" {
			refs = append(refs, s)
		}
	}
	return refs
}

// types are the values of the member "type", a string or an array.
func (n node) types() []string {
	var types []string
	for _, raw := range asList(n["type"]) {
		if s := asText(raw); s != "" {
			types = append(types, s)
		}
	}
	return types
}

// is says whether the node has one of the types of a set.
func (n node) is(set func(string) bool) bool {
	for _, t := range n.types() {
		if set(t) {
			return true
		}
	}
	return false
}

// count is a member that is a number of things; -1 if it is none.
func (n node) count(key string) int {
	var v int
	if !n.has(key) || json.Unmarshal(n[key], &v) != nil || v < 0 {
		return -1
	}
	return v
}

func asText(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func asNode(raw json.RawMessage) node {
	var n node
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &n) != nil {
		return nil
	}
	return n
}

// maxList bounds the lists within an entry, such as its addressees.
const maxList = 1000

// asList makes a list of a value that may be an array, a single value, null or
// missing.
func asList(raw json.RawMessage) []json.RawMessage {
	if len(raw) == 0 || raw[0] == 'n' {
		return nil
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}
	}
	list, err := readArray(raw, maxList)
	if err != nil && !errors.Is(err, errLong) {
		return nil
	}
	return list
}

// errLong: an array has more values than may be read.
var errLong = errors.New("the array is too long")

// readArray reads up to limit values of an array one by one, so that one full of
// nothing does not become many times as big in memory. If there are more, the
// error is errLong.
func readArray(raw []byte, limit int) ([]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if t, err := decoder.Token(); err != nil || t != json.Delim('[') {
		return nil, errors.Join(errors.New("it is not a JSON array"), err)
	}
	var list []json.RawMessage
	for decoder.More() {
		if len(list) == limit {
			return list, errLong
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("read a value of an array: %w", err)
		}
		list = append(list, value)
	}
	_, err := decoder.Token() // its end
	return list, err
}
