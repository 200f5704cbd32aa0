package spelling

import "testing"

func TestNearest(t *testing.T) {
	candidates := []string{"server", "state", "limits", "allow_private"}
	for word, want := range map[string]string{
		"servr": "server", "sevrer": "server", "Server": "server", "limit": "limits", "allow-private": "allow_private",
		"token": "", "x": "", "": "",
	} {
		if got := Nearest(word, candidates); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
