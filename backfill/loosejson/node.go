package loosejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Node is a JSON object whose members are decoded when they are asked for, so
// that one of the wrong type spoils nothing but itself.
type Node map[string]json.RawMessage

// Parse reads a document that is an object. It skips a byte order mark.
func Parse(body []byte) (Node, error) {
	body = TrimDocument(body)
	if len(body) == 0 {
		return nil, errors.New("the document is empty")
	}
	if body[0] != '{' {
		return nil, errors.New("the document is not a JSON object")
	}
	var n Node
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, fmt.Errorf("the document is not valid JSON: %w", err)
	}
	return n, nil
}

// TrimDocument removes a byte order mark and the space around a document.
func TrimDocument(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
}

// Boolean is a member that is true or false; otherwise nil.
func (n Node) Boolean(key string) *bool {
	var b bool
	if !n.Has(key) || json.Unmarshal(n[key], &b) != nil {
		return nil
	}
	return &b
}

// Has reports whether a member is there and not null.
func (n Node) Has(key string) bool {
	raw := n[key]
	return len(raw) > 0 && raw[0] != 'n'
}

// Text is a member that is a string; otherwise "".
func (n Node) Text(key string) string { return AsText(n[key]) }

// Object is a member that is an object; otherwise nil.
func (n Node) Object(key string) Node { return AsNode(n[key]) }

// Ref is the id of what a member refers to: the member itself if it is a
// string, the object's id or href if it is an object, and the first of these
// if it is an array.
func (n Node) Ref(key string) string {
	if refs := n.Refs(key); len(refs) > 0 {
		return refs[0]
	}
	return ""
}

// Refs returns the ids of everything that a member refers to.
func (n Node) Refs(key string) []string {
	var refs []string
	for _, raw := range AsList(n[key]) {
		s := AsText(raw)
		if o := AsNode(raw); o != nil {
			if s = o.Text("id"); s == "" {
				s = o.Text("href")
			}
		}
		if s != "" {
			refs = append(refs, s)
		}
	}
	return refs
}

// Types returns the values of the member "type", a string or an array.
func (n Node) Types() []string {
	var types []string
	for _, raw := range AsList(n["type"]) {
		if s := AsText(raw); s != "" {
			types = append(types, s)
		}
	}
	return types
}

// Is reports whether the node has one of the types of a set.
func (n Node) Is(set func(string) bool) bool {
	for _, t := range n.Types() {
		if set(t) {
			return true
		}
	}
	return false
}

// Count is a member that counts something; -1 if it is no such number.
func (n Node) Count(key string) int {
	var v int
	if !n.Has(key) || json.Unmarshal(n[key], &v) != nil || v < 0 {
		return -1
	}
	return v
}

// AsText is a value that is a string; otherwise "".
func AsText(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// AsNode is a value that is an object; otherwise nil.
func AsNode(raw json.RawMessage) Node {
	var n Node
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &n) != nil {
		return nil
	}
	return n
}

// TextOrNumber is a member that is a string, or a number as it is written.
func (n Node) TextOrNumber(key string) string {
	s := n.Text(key)
	if s == "" {
		var number json.Number
		if json.Unmarshal(n[key], &number) == nil && n.Has(key) {
			s = number.String()
		}
	}
	return s
}

// IsTrue reports whether a member is true.
func (n Node) IsTrue(key string) bool { return string(n[key]) == "true" }
