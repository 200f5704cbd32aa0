package backfill_test

import (
	"context"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/fediverse"
)

func TestParseSpelled(t *testing.T) {
	for in, want := range map[string]string{
		"AliceB@Photos.Example":               "AliceB",
		"@AliceB@photos.example":              "AliceB",
		"acct:AliceB@photos.example":          "AliceB",
		"https://Photos.example/@AliceB":      "AliceB",
		"https://photos.example/users/AliceB": "AliceB",
		"ALICEB@photos.example":               "ALICEB",
		"aliceb@photos.example":               "aliceb",
	} {
		h, spelling, err := fediverse.ParseSpelled(in)
		if err != nil || spelling != want || h != (fediverse.Handle{User: "aliceb", Domain: "photos.example"}) {
			t.Errorf("%s: %s, %q, %v", in, h, spelling, err)
		}
	}
}

// spellingHome knows which spellings it was asked for.
type spellingHome struct {
	*enginetest.Home
	asked []string
}

func (s *spellingHome) AccountSpelled(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	s.asked = append(s.asked, spelling)
	return s.Account(ctx, h)
}

// An account deferred before home has found it is later asked for as it was typed.
func TestADeferralKeepsTheSpelling(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	w.Engine.Accounts = &aliases{Home: w.Home, away: true}
	jobs := func(yield func(backfill.Target, error) bool) {
		yield(backfill.Target{Handle: enginetest.Alice, Spelling: "Alice"}, nil)
	}
	if err := w.Engine.Run(t.Context(), jobs); err != nil {
		t.Fatal(err)
	}
	n := 0
	for d, err := range w.Ledger.Deferrals(t.Context()) {
		if n++; err != nil || d.Wanted == nil || d.Wanted.Spelling != "Alice" {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if n != 1 {
		t.Errorf("%d deferrals", n)
	}
}

func TestHomeIsAskedWithTheSpellingThatWasTyped(t *testing.T) {
	w := enginetest.NewWorld(t, 3)
	accounts := &spellingHome{Home: w.Home}
	w.Engine.Accounts = accounts
	for _, spelling := range []string{"Alice", ""} {
		jobs := func(yield func(backfill.Target, error) bool) {
			yield(backfill.Target{Handle: enginetest.Alice, Spelling: spelling}, nil)
		}
		if err := w.Engine.Run(t.Context(), jobs); err != nil {
			t.Fatal(err)
		}
		w.Clock.Step(2 * 3600e9)
	}
	if len(accounts.asked) != 1 || accounts.asked[0] != "Alice" {
		t.Errorf("asked for %q", accounts.asked)
	}
	// a dry run does not make home fetch anything, however it is spelled
	dry := w.Engine.DryRun()
	jobs := func(yield func(backfill.Target, error) bool) {
		yield(backfill.Target{Handle: enginetest.Alice, Spelling: "ALICE"}, nil)
	}
	if err := dry.Run(t.Context(), jobs); err != nil || len(accounts.asked) != 1 {
		t.Errorf("asked for %q, %v", accounts.asked, err)
	}
}
