package spelling

import "testing"

func TestNearest(t *testing.T) {
	candidates := []string{"list", "server", "state", "limits", "allow_private", "limit"}
	for word, want := range map[string]string{
		"servr": "server", "sevrer": "server", "Server": "server", "limits": "limits", "limt": "limit", "allow-private": "allow_private",
		"token": "", "x": "", "": "",
	} {
		if got := Nearest(word, candidates); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
