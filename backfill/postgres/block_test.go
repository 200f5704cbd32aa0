package postgres

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

func testBlocks(t *testing.T, i *installation) {
	d := i.unchanged(t)
	for domain, want := range map[string]home.Block{
		"photos.example":       {},
		"bad.example":          {Domain: "bad.example", Severity: home.Suspend},
		"BAD.example ":         {Domain: "bad.example", Severity: home.Suspend},
		"a.b.bad.example":      {Domain: "bad.example", Severity: home.Suspend},
		"notbad.example":       {},
		"fine.bad.example":     {Domain: "fine.bad.example", Severity: home.Noop, RejectMedia: true}, // the longest rule applies
		"x.fine.bad.example":   {Domain: "fine.bad.example", Severity: home.Noop, RejectMedia: true},
		"social.quiet.example": {Domain: "quiet.example", Severity: home.Silence, RejectMedia: true},
		"any.evil":             {Domain: "evil", Severity: home.Suspend},
		"null.example":         {Domain: "null.example", Severity: home.Silence},
		"":                     {},
		"\x00":                 {},
	} {
		if got, err := d.DomainBlock(t.Context(), domain); err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", domain, got, err, want)
		}
	}
	if _, err := d.DomainBlock(t.Context(), "new.example"); err == nil || !strings.Contains(err.Error(), "severity 9") {
		t.Errorf("an unknown severity: %v", err)
	}
	for text, want := range map[string]home.Severity{"dan@bad.example": home.Suspend, "erin@quiet.example": home.Silence, "alice@photos.example": home.NoBlock} {
		if got, err := d.AccountBlock(t.Context(), account(t, d, text)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	if _, err := d.AccountBlock(t.Context(), fediverse.Account{ID: "777"}); !errors.Is(err, backfill.ErrNoAccount) {
		t.Errorf("no such account: %v", err)
	}
}

func TestWithParents(t *testing.T) {
	for domain, want := range map[string][]string{
		"a.b.c": {"a.b.c", "b.c", "c"}, "c": {"c"}, "": nil, ".": {"."}, "a.": {"a."}, "x.example:3000": {"x.example:3000", "example:3000"},
	} {
		if got := withParents(domain); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", domain, got, want)
		}
	}
}
