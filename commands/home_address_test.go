package commands

import (
	"strings"
	"testing"
)

func TestUserAgent(t *testing.T) {
	for server, want := range map[string]string{
		"home.example":          " (+https://home.example/; home.example)",
		"https://home.example/": " (+https://home.example/; home.example)",
		"http://127.0.0.1:3000": " (+http://127.0.0.1:3000/; 127.0.0.1:3000)",
	} {
		if got := userAgent(server); !strings.HasPrefix(got, "tootfill/") || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", server, got)
		}
	}
}
