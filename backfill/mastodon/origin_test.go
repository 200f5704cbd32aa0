package mastodon

import "testing"

func TestParseOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"home.example":              "https://home.example",
		" Home.Example./ ":          "https://home.example",
		"https://home.example:443/": "https://home.example",
		"http://127.0.0.1:3000":     "http://127.0.0.1:3000",
		"http://home.example:80":    "http://home.example",
		"home.example:8443":         "https://home.example:8443",
		"HTTPS://[::1]:3000":        "https://[::1]:3000",
		"https://[2001:db8:0::1]":   "https://[2001:db8::1]",
		"web:3000":                  "https://web:3000",
		"bücher.example":            "https://xn--bcher-kva.example",
	} {
		o, err := parseOrigin(in)
		if err != nil || o.String() != want {
			t.Errorf("%q: %v, %v; want %s", in, o, err, want)
		}
	}
	for _, in := range []string{
		"", "https://", "ftp://home.example", "https://you:me@home.example", "home.example/@alice",
		"home.example?x", "https://home.example#x", "https://ho me", "https://a/b", "http://home.example:x",
	} {
		if o, err := parseOrigin(in); err == nil {
			t.Errorf("%q is %s", in, o)
		}
	}
}

func TestNegativeRate(t *testing.T) {
	if _, err := New(Options{Server: "home.example", Rate: -3}); err == nil {
		t.Error("a negative rate is taken")
	}
}
