package loosejson

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func parse(t *testing.T, document string) Node {
	t.Helper()
	n, err := Parse([]byte(document))
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return n
}

func TestParse(t *testing.T) {
	for _, document := range []string{`{"a":1}`, "\ufeff{\"a\":1}", " \r\n{\"a\":1}\n", "\ufeff \n{\"a\":1}"} {
		if n := parse(t, document); n.Count("a") != 1 {
			t.Errorf("%q: %v", document, n)
		}
	}
	for document, why := range map[string]string{
		"": "is empty", " \n": "is empty", "\ufeff": "is empty", "null": "not a JSON object", "[]": "not a JSON object",
		`"a"`: "not a JSON object", "<html>": "not a JSON object", "{": "not valid JSON", `{"a":1}x`: "not valid JSON", `{"a":}`: "not valid JSON",
	} {
		if n, err := Parse([]byte(document)); err == nil || n != nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, %v, want %q", document, n, err, why)
		}
	}
}

func TestMembersOfANode(t *testing.T) {
	n := parse(t, `{"text":"a","empty":"","null":null,"yes":true,"no":false,"zero":0,"seven":7,"minus":-1,"half":1.5,"huge":1e400,"list":["a"],"object":{"b":"c"}}`)
	names := make([]string, 0, len(n))
	for name := range n {
		names = append(names, name)
	}
	names = append(names, "missing")
	for _, name := range names {
		if has := n.Has(name); has == (name == "missing" || name == "null") {
			t.Errorf("Has %s: %v", name, has)
		}
		if got, want := n.Text(name), map[string]string{"text": "a"}[name]; got != want {
			t.Errorf("Text %s: %q", name, got)
		}
		numbers := map[string]string{"text": "a", "zero": "0", "seven": "7", "minus": "-1", "half": "1.5", "huge": "1e400"}
		if got := n.TextOrNumber(name); got != numbers[name] {
			t.Errorf("TextOrNumber %s: %q", name, got)
		}
		if got := n.IsTrue(name); got != (name == "yes") {
			t.Errorf("IsTrue %s: %v", name, got)
		}
		if got := n.Boolean(name); (got != nil) != (name == "yes" || name == "no") || got != nil && *got != (name == "yes") {
			t.Errorf("Boolean %s: %v", name, got)
		}
		want := -1
		if count, ok := map[string]int{"zero": 0, "seven": 7}[name]; ok {
			want = count
		}
		if got := n.Count(name); got != want {
			t.Errorf("Count %s: %d", name, got)
		}
		if got := n.Object(name); (got != nil) != (name == "object") || got != nil && got.Text("b") != "c" {
			t.Errorf("Object %s: %v", name, got)
		}
	}
}

func TestNilNode(t *testing.T) {
	var n Node
	if n.Has("a") || n.Text("a") != "" || n.Object("a") != nil || n.Ref("a") != "" || n.Types() != nil || n.Count("a") != -1 || n.Boolean("a") != nil {
		t.Error("a nil node has members")
	}
}

func TestRefs(t *testing.T) {
	for member, want := range map[string][]string{
		`"u"`: {"u"}, `["u","v"]`: {"u", "v"}, `{"id":"u"}`: {"u"}, `{"href":"u"}`: {"u"}, `{"id":"u","href":"v"}`: {"u"}, `{"id":7,"href":"v"}`: {"v"},
		`[{"id":"u"},7,null,"","v",[],{}]`: {"u", "v"}, `[["u"]]`: nil, `null`: nil, `7`: nil, `""`: nil, `{}`: nil, `[]`: nil,
	} {
		n := parse(t, `{"to": `+member+` }`)
		first := ""
		if len(want) > 0 {
			first = want[0]
		}
		if got := n.Refs("to"); !slices.Equal(got, want) || n.Ref("to") != first {
			t.Errorf("%s: %q and %q, want %q", member, got, n.Ref("to"), want)
		}
	}
}

func TestTypes(t *testing.T) {
	isNote := func(s string) bool { return s == "Note" }
	for member, want := range map[string][]string{
		`"Note"`: {"Note"}, `["Article","Note"]`: {"Article", "Note"}, `["Note",7,null,""]`: {"Note"}, `"note"`: {"note"}, `7`: nil, `null`: nil, `{"type":"Note"}`: nil,
	} {
		n := parse(t, `{"type":`+member+`}`)
		if got := n.Types(); !slices.Equal(got, want) || n.Is(isNote) != slices.Contains(want, "Note") {
			t.Errorf("%s: %q, a note %v", member, got, n.Is(isNote))
		}
	}
}

// FuzzParse: Parse reads every JSON object and nothing else, and no member is of two
// kinds at once.
func FuzzParse(f *testing.F) {
	f.Add("\ufeff{\"a\":1}")
	f.Add(`{"type":["Note",7],"to":[{"id":"u"},"v",null],"n":1e400,"n":-0,"o":{"href":"w"}}`)
	f.Add(`{"a": "b" , "c" : [ 1 , "d" ] , "":null}`)
	f.Add(`{"a":1}x`)
	f.Fuzz(func(t *testing.T, body string) {
		n, err := Parse([]byte(body))
		trimmed := TrimDocument([]byte(body))
		if isObject := len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed); isObject != (err == nil) || isObject != (n != nil) {
			t.Fatalf("%q: %v, %v", body, n, err)
		}
		for name, raw := range n {
			checkMember(t, n, name)
			if list := AsList(raw); len(list) > MaxList || len(list) == 0 && n.Has(name) && raw[0] != '[' {
				t.Errorf("%s is a list of %d", raw, len(list))
			}
		}
		checkMember(t, n, "no such member\xff")
	})
}

func checkMember(t *testing.T, n Node, name string) {
	t.Helper()
	kinds := 0
	for _, is := range []bool{n.Text(name) != "", n.Boolean(name) != nil, n.Object(name) != nil, n.Count(name) >= 0} {
		if is {
			kinds++
		}
	}
	if kinds > 1 || kinds > 0 && !n.Has(name) {
		t.Errorf("%q is of %d kinds: %s", name, kinds, n[name])
	}
	if b := n.Boolean(name); n.IsTrue(name) != (b != nil && *b) {
		t.Errorf("%q is true and is not: %s", name, n[name])
	}
	if refs := n.Refs(name); slices.Contains(refs, "") || len(refs) > 0 && n.Ref(name) != refs[0] {
		t.Errorf("%q refers to %q", name, refs)
	}
}
