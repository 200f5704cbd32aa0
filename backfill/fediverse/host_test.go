package fediverse

import "testing"

func TestHostOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://Home.Example./x":          "home.example",
		"https://home.example:443":         "home.example",
		"http://home.example:80":           "home.example",
		"http://home.example:443":          "home.example:443",
		"https://home.example:80":          "home.example:80",
		"HTTPS://b\u00fccher.example:8443": "xn--bcher-kva.example:8443",
		"https://[2001:DB8:0::1]:3000":     "[2001:db8::1]:3000",
		"https://192.0.2.1/":               "192.0.2.1",
		"home.example":                     "", "acct:a@home.example": "", "https://": "", "https://a b/": "", "": "",
	} {
		if got := HostOf(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
