package shell

import "testing"

func TestShellLine(t *testing.T) {
	got := Line([]string{"tootfill", "a@b.c", "it's", "", "$(x)", "--since=90d"})
	if want := `tootfill a@b.c 'it'\''s' '' '$(x)' --since=90d`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
