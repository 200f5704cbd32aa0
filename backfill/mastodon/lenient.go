package mastodon

import (
	"encoding/json"
	"time"
)

// What home passes on of an account or a post comes from other servers and from
// other software, and one odd member must not hide the rest. The types in this
// file take what they can read and are zero for anything else.

// text is a string, or a number where one was expected.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	var n json.Number
	switch {
	case json.Unmarshal(data, &s) == nil:
		*t = text(s)
	case json.Unmarshal(data, &n) == nil:
		*t = text(n)
	default:
		*t = ""
	}
	return nil
}

// flag is true, also as a string or as the number 1.
type flag bool

func (f *flag) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true", `"true"`, "1", `"1"`:
		*f = true
	default:
		*f = false
	}
	return nil
}

// moment is a date with a time, in UTC where it names no zone. Nothing that has
// been posted is older than the years that computers count from.
type moment struct{ time.Time }

func (m *moment) UnmarshalJSON(data []byte) error {
	m.Time = time.Time{}
	var s string
	if json.Unmarshal(data, &s) != nil {
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil && t.Unix() >= 0 {
			m.Time = t
			break
		}
	}
	return nil
}

// maybe is a value of any other type.
type maybe[T any] struct{ value T }

func (m *maybe[T]) UnmarshalJSON(data []byte) error {
	var v, zero T
	if json.Unmarshal(data, &v) != nil {
		v = zero
	}
	m.value = v
	return nil
}

// values are those of a list.
func values[T any](list []maybe[T]) []T {
	all := make([]T, 0, len(list))
	for _, m := range list {
		all = append(all, m.value)
	}
	return all
}
