package loosejson

import (
	"encoding/json"
	"time"
)

// The types in this file take what they can read and are zero for anything else.

// Text is a string, or a number where one was expected.
type Text string

// UnmarshalJSON takes any value, as do those of the other types.
func (t *Text) UnmarshalJSON(data []byte) error {
	var s string
	var n json.Number
	switch {
	case json.Unmarshal(data, &s) == nil:
		*t = Text(s)
	case json.Unmarshal(data, &n) == nil:
		*t = Text(n)
	default:
		*t = ""
	}
	return nil
}

// Flag is true, also as a string or as the number 1.
type Flag bool

func (f *Flag) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true", `"true"`, "1", `"1"`:
		*f = true
	default:
		*f = false
	}
	return nil
}

// Time is a date with a time, in UTC where it names no zone. No post is older than
// the year from which computers count.
type Time struct{ time.Time }

func (m *Time) UnmarshalJSON(data []byte) error {
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

// Maybe is a value of any other type.
type Maybe[T any] struct{ Value T }

func (m *Maybe[T]) UnmarshalJSON(data []byte) error {
	var v, zero T
	if json.Unmarshal(data, &v) != nil {
		v = zero
	}
	m.Value = v
	return nil
}

// Values returns the values of a list; zero for elements that could not be read.
func Values[T any](list []Maybe[T]) []T {
	all := make([]T, 0, len(list))
	for _, m := range list {
		all = append(all, m.Value)
	}
	return all
}
