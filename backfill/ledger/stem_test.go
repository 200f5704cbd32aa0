package ledger_test

import (
	"strings"
	"testing"

	"tootfill/backfill/ledger"
)

// oddURIs are URIs cut where they should be, with a "|" there.
func oddURIs() []string {
	return []string{
		"https://photos.example/users/alice/statuses/|109372843234112345",
		"https://notes.example/objects/|9b2d6c1f8e7a40d35c6b",
		"https://blog.example/2024/05/|a-title/",
		"https://blog.example/|?p=12",
		"https://x.example/a//|b",
		"https://x.example/a/|/",
		"https://x.example/é/|ü",
		"https://x.example/|%2F",
		"https://|x.example",
		"https:/|/",
		"|/",
		"|tag:x.example",
		"|",
	}
}

func TestCutURI(t *testing.T) {
	for _, odd := range oddURIs() {
		wantStem, wantTail, _ := strings.Cut(odd, "|")
		if stem, tail := ledger.CutURI(wantStem + wantTail); stem != wantStem || tail != wantTail {
			t.Errorf("%q is cut into %q and %q", wantStem+wantTail, stem, tail)
		}
	}
}
