package loosejson

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseList(t *testing.T) {
	list, err := ParseList([]byte("\ufeff [ {\"a\":\"b\"} , 7, null, [], \"x\", {} ]\n"), 6)
	if err != nil || len(list) != 6 {
		t.Fatalf("%v, %v", list, err)
	}
	for i, n := range list {
		if (n != nil) != (i == 0 || i == 5) {
			t.Errorf("element %d: %v", i, n)
		}
	}
	if list[0].Text("a") != "b" {
		t.Errorf("%v", list[0])
	}
	for document, why := range map[string]string{
		"": "not valid JSON", "[": "not valid JSON", "[]x": "not valid JSON", "{}": "not a list", "null": "not a list", "7": "not a list", "[1,2,3]": "more than 2 entries",
	} {
		if list, err := ParseList([]byte(document), 2); err == nil || list != nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, %v, want %q", document, list, err, why)
		}
	}
}

func TestAsList(t *testing.T) {
	for member, want := range map[string]int{`["a",null,7]`: 3, `[]`: 0, `null`: 0, ``: 0, `"a"`: 1, `7`: 1, `{}`: 1, `[[1,2]]`: 1, `[1`: 0, `[1,`: 0} {
		if got := AsList(json.RawMessage(member)); len(got) != want {
			t.Errorf("%s: %d values, want %d", member, len(got), want)
		}
	}
	long := "[" + strings.Repeat("1,", MaxList) + "2]"
	if got := AsList(json.RawMessage(long)); len(got) != MaxList || string(got[MaxList-1]) != "1" {
		t.Errorf("of a long list: %d values", len(got))
	}
}

// FuzzParseList compares with the standard library, which reads the whole list at
// once.
func FuzzParseList(f *testing.F) {
	f.Add(`[ {"a":"b"} , 7, null, [], "x", {} ]`)
	f.Add("\ufeff[]")
	f.Add(`[1,2,3,4,5,6,7,8,9]`)
	f.Add(`[1,]`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, body string) {
		const limit = 8
		list, err := ParseList([]byte(body), limit)
		var want []json.RawMessage
		wantErr := json.Unmarshal(TrimDocument([]byte(body)), &want)
		if readable := wantErr == nil && want != nil && len(want) <= limit; readable != (err == nil) {
			t.Fatalf("%q: %v, while the standard library reads %d, %v", body, err, len(want), wantErr)
		}
		for i, n := range list {
			if isObject := want[i][0] == '{'; isObject != (n != nil) {
				t.Errorf("element %d of %q: %v", i, body, n)
			}
		}
	})
}
