package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Wherever a process is killed, the next one starts with every whole line.
func TestJournalTornAnywhere(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, journalName)
	first := open(t, Options{Dir: dir, Empty: true, InMemory: true})
	a := first.AddOrigin("photos.example").AddAccount(Profile{Username: "alice"})
	first.Home().Follow(a)
	var uris []string
	for _, p := range a.Fill(2, epoch(first.clock.Now()), 3600e9) {
		uris = append(uris, first.resolved(p.URI()))
	}
	first.close()
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) + 1 {
		if err := os.WriteFile(name, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		h := newHome(first.Sandbox)
		if err := h.keepIn(dir); err != nil {
			t.Fatalf("cut after %d bytes: %v", n, err)
		}
		var got []string
		for _, i := range h.Imports() {
			got = append(got, i.URI)
		}
		if !slices.Equal(got, uris[:len(got)]) {
			t.Errorf("cut after %d bytes: %v", n, got)
		}
		if n >= len(whole)-1 && len(got) != 2 {
			t.Errorf("the whole journal has %d imports", len(got))
		}
		if err := h.closeJournal(); err != nil {
			t.Error(err)
		}
	}
}
