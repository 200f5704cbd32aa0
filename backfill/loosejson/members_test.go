package loosejson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// oddValues are what some servers send where another type is expected.
var oddValues = []string{`null`, `""`, `0`, `1.5`, `true`, `"x"`, `[]`, `[1]`, `{}`, `{"a":[]}`, `"0000-00-00T00:00:00Z"`, `1e400`}

// entity has a member of each kind.
type entity struct {
	Text  Text                  `json:"text"`
	Flag  Flag                  `json:"flag"`
	Time  Time                  `json:"time"`
	Inner Maybe[*entity]        `json:"inner"`
	List  Maybe[[]string]       `json:"list"`
	Each  []Maybe[*entity]      `json:"each"`
	Plain Maybe[map[string]int] `json:"plain"`
}

func TestText(t *testing.T) {
	for in, want := range map[string]Text{
		`"a\u00e4"`: "aä", `""`: "", `7`: "7", `-1.50`: "-1.50", `1e400`: "1e400", `117687720840701700`: "117687720840701700",
		`null`: "", `true`: "", `[]`: "", `["a"]`: "", `{}`: "", `{"a":"b"}`: "",
	} {
		got := Text("from before")
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestFlag(t *testing.T) {
	for in, want := range map[string]Flag{
		`true`: true, `"true"`: true, `1`: true, `"1"`: true,
		`false`: false, `"false"`: false, `0`: false, `2`: false, `"yes"`: false, `null`: false, `[true]`: false, `{}`: false,
	} {
		got := !want
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
}

func TestTime(t *testing.T) {
	want := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	for _, s := range []string{"2024-05-01T10:00:00Z", "2024-05-01T10:00:00.000Z", "2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00", "2024-05-01T10:00:00.000"} {
		var m Time
		if err := json.Unmarshal([]byte(`"`+s+`"`), &m); err != nil || !m.Equal(want) {
			t.Errorf("%s: %v, %v", s, m, err)
		}
	}
	for _, s := range append(oddValues, `"0001-01-01T00:00:00Z"`, `"-0001-11-30T00:00:00.000Z"`, `"1969-12-31T23:59:59Z"`, `"soon"`, `1714557600`) {
		m := Time{Time: want}
		if err := json.Unmarshal([]byte(s), &m); err != nil || !m.IsZero() {
			t.Errorf("%s: %v, %v", s, m, err)
		}
	}
}

func TestMaybe(t *testing.T) {
	for in, want := range map[string]string{
		`["a","b"]`: "[a b]", `[]`: "[]", `null`: "[]", `"a"`: "[]", `{}`: "[]",
		`["a",1]`: "[]", // not just the half that can be read
	} {
		got := Maybe[[]string]{Value: []string{"from before"}}
		if err := json.Unmarshal([]byte(in), &got); err != nil || fmt.Sprint(got.Value) != want {
			t.Errorf("%s: %v, %v, want %s", in, got.Value, err, want)
		}
	}
}

// TestValues: an element that cannot be read keeps its place.
func TestValues(t *testing.T) {
	var list []Maybe[entity]
	if err := json.Unmarshal([]byte(`[{"text":"a"},7,null,[],{"text":"b","each":7},{"text":8}]`), &list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range Values(list) {
		got = append(got, string(e.Text))
	}
	// "each" is a plain list, so it spoils the whole element
	if want := "a;;;;;8"; strings.Join(got, ";") != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Values[int](nil); got == nil || len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// TestOddMembersSpoilNothingElse puts each odd value in the place of each member.
func TestOddMembersSpoilNothingElse(t *testing.T) {
	for _, odd := range oddValues {
		for _, name := range []string{"flag", "time", "inner", "list", "plain", "unknown"} {
			var e entity
			err := json.Unmarshal([]byte(`{"`+name+`":`+odd+`,"text":"kept"}`), &e)
			if err != nil || e.Text != "kept" {
				t.Errorf("%s as %s: %q, %v", odd, name, e.Text, err)
			}
		}
	}
}

// FuzzMembers: any JSON can be read as each of the types, as a member, alone or in a
// list, and what cannot be read is zero.
func FuzzMembers(f *testing.F) {
	for _, odd := range append(oddValues, `"2024-05-01T10:00:00Z"`, `"\ud800"`, `[[["a"]]]`, `{"text":7,"inner":{"flag":"1"}}`) {
		f.Add(odd)
	}
	f.Fuzz(func(t *testing.T, value string) {
		// a document nested as deeply as allowed has no room for more levels
		if !json.Valid([]byte(`{"v":[` + value + `]}`)) {
			t.Skip()
		}
		document := []byte(`{"text":` + value + `,"flag":` + value + `,"time":` + value + `,"inner":` + value + `,"list":` + value + `,"plain":` + value + `}`)
		if !json.Valid(document) { // "1,2" is the inside of a list, not a value
			t.Skip()
		}
		var e entity
		if err := json.Unmarshal(document, &e); err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if !e.Time.IsZero() && e.Time.Unix() < 0 {
			t.Errorf("%s is the time %s", value, e.Time)
		}
		if e.Text != "" && !strings.ContainsAny(value[:1], " \t\r\n\"-0123456789") {
			t.Errorf("%s is the text %q", value, e.Text)
		}
		var list []Maybe[entity]
		if err := json.Unmarshal([]byte(`[`+value+`,`+value+`]`), &list); err != nil || len(Values(list)) != 2 {
			t.Errorf("a list of %s: %d, %v", value, len(list), err)
		}
	})
}
