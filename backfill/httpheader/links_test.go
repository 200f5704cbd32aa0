package httpheader

import (
	"slices"
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	for header, want := range map[string]string{
		`<https://a.example/?x=1,2>; rel="next", <https://a.example/3>; rel="prev"`: "https://a.example/?x=1,2",
		`<https://a.example/3>; rel=prev, <https://a.example/4>;REL=next`:           "https://a.example/4",
		`<https://a.example/4>; title="a, b; rel=\"next"; rel="first next"`:         "https://a.example/4",
		`<https://a.example/4>; rel=prev; rel=next`:                                 "",
		`<https://a.example/4>; nextrel="next"`:                                     "",
		`<https://a.example/4>`:                                                     "", ``: "", `<`: "", `>;rel=next`: "", `<a`: "",
		`<>; rel=next`: "",
	} {
		got := Links([]string{header}, "next")
		if found := len(got) > 0; found != (want != "" || strings.HasPrefix(header, "<>")) || found && got[0] != want {
			t.Errorf("%s: %q", header, got)
		}
	}
	if got := Links([]string{`<a>; rel=prev`, `<b>; rel=next, <c>; rel=next`}, "next"); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("of two headers: %q", got)
	}
}

func FuzzLinks(f *testing.F) {
	f.Add(`<https://a.example/?x=1,2>; rel="next", <https://a.example/3>; rel="prev"`)
	f.Add(`<a>; title="\",<b>; rel=next`)
	f.Fuzz(func(t *testing.T, header string) {
		for _, target := range Links([]string{header}, "next") {
			if !strings.Contains(header, "<"+target+">") || !strings.Contains(strings.ToLower(header), "next") {
				t.Errorf("%q in %q", target, header)
			}
		}
	})
}
