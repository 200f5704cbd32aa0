package loosejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ParseList reads a document that is an array of objects, at most limit of them. An
// element that is not an object becomes nil.
func ParseList(body []byte, limit int) ([]Node, error) {
	body = TrimDocument(body)
	if !json.Valid(body) {
		return nil, errors.New("the document is not valid JSON")
	}
	list, err := readArray(body, limit)
	switch {
	case errors.Is(err, errLong):
		return nil, fmt.Errorf("more than %d entries on a page", limit)
	case err != nil:
		return nil, fmt.Errorf("the document is not a list: %w", err)
	}
	nodes := make([]Node, 0, len(list))
	for _, raw := range list {
		nodes = append(nodes, AsNode(raw))
	}
	return nodes, nil
}

// MaxList bounds the lists within an entry, such as its addressees.
const MaxList = 1000

// AsList makes a list of a value that may be an array, a single value, null or
// missing. It takes the first [MaxList] elements of an array.
func AsList(raw json.RawMessage) []json.RawMessage {
	if len(raw) == 0 || raw[0] == 'n' {
		return nil
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}
	}
	list, err := readArray(raw, MaxList)
	if err != nil && !errors.Is(err, errLong) {
		return nil
	}
	return list
}

// errLong means that an array has more values than may be read.
var errLong = errors.New("the array is too long")

// readArray reads up to limit values of an array one by one, so that an array of
// empty values does not become many times as big in memory. If there are more, the
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
