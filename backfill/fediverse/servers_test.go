package fediverse

import (
	"errors"
	"slices"
	"testing"
)

func TestParseServers(t *testing.T) {
	for text, want := range map[string]string{
		"spam.example": "spam.example", " Spam.Example. ": "spam.example", "https://spam.example/": "spam.example",
		"HTTPS://spam.example:443": "spam.example", "spam.example:8443": "spam.example:8443",
		"bücher.example": "xn--bcher-kva.example", "XN--BCHER-KVA.example": "xn--bcher-kva.example", "spam。example": "spam.example",
		"*.bad.example": "*.bad.example", "*.Bücher.example.": "*.xn--bcher-kva.example", "*.example": "*.example", "*.bad.example:8443": "*.bad.example:8443",
		"localhost": "localhost", "localhost:3000": "localhost:3000",
	} {
		s, err := ParseServers(text)
		if err != nil || s.String() != want {
			t.Errorf("%q: %s, %v; want %s", text, s, err, want)
		}
	}
	for _, text := range []string{
		"", "*", "*.", "**.bad.example", "x.*.example", "*bad.example", "example", "bad example", "bad.example/path", "https://", "http://bad.example",
		"alice@bad.example", "@alice", "bad..example", "bad.example:0", "bad.example:99999", "1.2.3.4", "*.*.example", "-bad.example", "b*d.example",
	} {
		s, err := ParseServers(text)
		var bad *HandleError
		if !errors.As(err, &bad) || bad.Input != text || bad.Hint != serversHint || bad.Reason == "" {
			t.Errorf("%q: %s, %v", text, s, err)
		}
	}
}

func TestNamesOf(t *testing.T) {
	for _, c := range []struct {
		domain   string
		is, isNo []string
	}{
		{"spam.example", []string{"spam.example", "*.spam.example", "*.example"}, []string{"spam.example:8443", "*.pam.example", "example"}},
		{"a.b.bad.example", []string{"a.b.bad.example", "*.bad.example", "*.b.bad.example"}, []string{"bad.example", "b.bad.example", "*.notbad.example"}},
		{"notbad.example", nil, []string{"*.bad.example", "bad.example"}},
		{"spam.example:8443", []string{"spam.example", "spam.example:8443", "*.example", "*.spam.example:8443"}, []string{"spam.example:8444"}},
	} {
		names := NamesOf(c.domain)
		for i, text := range append(c.is, c.isNo...) {
			s, err := ParseServers(text)
			if text == "example" {
				s, err = Servers{Domain: text}, nil
			}
			if got, want := slices.Contains(names, s), i < len(c.is); err != nil || got != want {
				t.Errorf("%s is among %s: %t, %v", c.domain, text, got, err)
			}
		}
	}
	if NamesOf("") != nil {
		t.Error("no domain has a name")
	}
}

func FuzzParseServers(f *testing.F) {
	for _, s := range []string{"spam.example", "*.bad.example:8443", "https://bücher.example./", "*.", "[::1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseServers(text)
		if err != nil {
			return
		}
		again, err := ParseServers(s.String())
		if err != nil || again != s {
			t.Errorf("%q: %v, then %v, %v", text, s, again, err)
		}
		if !s.Below && !slices.Contains(NamesOf(s.Domain), s) {
			t.Errorf("%q: %s is not its own name", text, s)
		}
	})
}
