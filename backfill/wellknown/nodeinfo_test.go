package wellknown

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseNodeInfo(t *testing.T) {
	long := strings.Repeat("ä", 100)
	for in, want := range map[string]string{
		"mastodon": "mastodon", " 4.5.1\n": "4.5.1", "a\x00b\u202ec\u200bd": "abcd", long: strings.Repeat("ä", 63) + "…", "": "",
	} {
		body, err := json.Marshal(map[string]any{"software": map[string]string{"name": in, "version": in}})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := ParseNodeInfo(body); err != nil || s.Name != want || s.Version != want {
			t.Errorf("%q became %q, %q, %v", in, s.Name, s.Version, err)
		}
	}
	if _, err := ParseNodeInfo([]byte("[]")); err == nil {
		t.Error("a list was read")
	}
}

func TestNodeInfoAddress(t *testing.T) {
	const schema = "http://nodeinfo.diaspora.software/ns/schema/"
	own := func(address string) string {
		if !strings.HasPrefix(address, "https://a.example/") {
			return ""
		}
		return address
	}
	for links, want := range map[string]string{
		`[{"rel":"` + schema + `2.1","href":"https://a.example/2.1"},{"rel":"` + schema + `2.0","href":"https://a.example/2.0"}]`: "https://a.example/2.0",
		`[{"rel":"` + schema + `2.0","href":"https://b.example/2.0"},{"rel":"` + schema + `1.0","href":"https://a.example/1.0"}]`: "https://a.example/1.0",
		`[7,{"rel":"` + schema + `2.1","href":"https://a.example/2.1"}]`:                                                          "https://a.example/2.1",
		`[{"rel":"self","href":"https://a.example/actor"}]`:                                                                       "",
		`7`: "",
	} {
		got, err := NodeInfoAddress([]byte(`{"links":`+links+`}`), own)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", links, got, err)
		}
	}
}
