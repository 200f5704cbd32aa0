package home

import (
	"context"
	"errors"
	"slices"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func TestDomainsOf(t *testing.T) {
	h := fediverse.Handle{User: "a", Domain: "words.example"}
	for uri, want := range map[string][]string{
		"": {"words.example"}, "https://words.example/u": {"words.example"},
		"https://social.words.example/u": {"words.example", "social.words.example"},
	} {
		if got := domainsOf(fediverse.Account{Handle: h, URI: uri}); !slices.Equal(got, want) {
			t.Errorf("%q: %v", uri, got)
		}
	}
}

// facts are what a database says about home's moderators.
type facts struct {
	Database
	standing backfill.Standing
	blocks   map[string]Block
	allowed  map[string]bool
	accounts map[string]Severity // by id
	err      error
}

func (f facts) Standing(context.Context, fediverse.Account) (backfill.Standing, error) {
	return f.standing, nil
}

func (f facts) DomainBlock(_ context.Context, domain string) (Block, error) {
	return f.blocks[domain], nil
}

func (f facts) DomainAllowed(_ context.Context, domain string) (bool, error) {
	return f.allowed[domain], f.err
}

func (f facts) AccountBlock(_ context.Context, a fediverse.Account) (Severity, error) {
	return f.accounts[a.ID], nil
}

func TestStanding(t *testing.T) {
	f := facts{
		standing: backfill.Standing{Following: true},
		blocks: map[string]Block{
			"bad.example":          {Domain: "bad.example", Severity: Suspend},
			"social.words.example": {Domain: "words.example", Severity: Noop, RejectMedia: true},
			"quiet.example":        {Domain: "quiet.example", Severity: Silence},
		},
		allowed:  map[string]bool{"photos.example": true, "social.words.example": true},
		accounts: map[string]Severity{"13": Suspend, "14": Silence},
	}
	account := func(id, domain, host string) fediverse.Account {
		a := fediverse.Account{ID: id, Handle: fediverse.Handle{User: "a", Domain: domain}}
		if host != "" {
			a.URI = "https://" + host + "/u"
		}
		return a
	}
	const limited = "home.example federates only with servers that it has allowed, and quiet.example is not one of them"
	for name, tt := range map[string]struct {
		account fediverse.Account
		limited bool
		want    backfill.Standing
	}{
		"nothing against it": {account("7", "photos.example", "photos.example"), false, backfill.Standing{Following: true}},
		"a suspended server": {account("7", "bad.example", ""), true, backfill.Standing{Following: true, Refusal: "home.example has suspended bad.example"}},
		"its host":           {account("7", "photos.example", "BAD.example:8443"), false, backfill.Standing{Following: true, Refusal: "home.example has suspended bad.example"}},
		"a stranger of such": {account("", "bad.example", ""), false, backfill.Standing{Refusal: "home.example has suspended bad.example"}},
		"no media":           {account("7", "words.example", "social.words.example"), true, backfill.Standing{Following: true, Remark: "home.example rejects media from words.example"}},
		"a silenced server":  {account("7", "quiet.example", ""), false, backfill.Standing{Following: true}},
		"one that is not allowed": {account("7", "quiet.example", ""), true,
			backfill.Standing{Following: true, Cause: backfill.LimitedFederation, Refusal: limited}},
		"a suspended account": {account("13", "photos.example", ""), true, backfill.Standing{Following: true, Refusal: "home.example has suspended a@photos.example"}},
		"a silenced account":  {account("14", "photos.example", ""), true, backfill.Standing{Following: true}},
	} {
		m, err := Moderate(t.Context(), f, "home.example", tt.limited, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.Standing(t.Context(), tt.account); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, tt.want)
		}
	}
}

// A home in limited federation mode can be filled even if nobody may read which
// servers it federates with.
func TestModerateWithoutTheRightToReadWhoIsAllowed(t *testing.T) {
	closed := &backfill.Hinted{Err: ErrNoRight, Hint: backfill.Hint{Kind: backfill.GrantAll}}
	var told []backfill.Hint
	warn := func(_ string, hint backfill.Hint) { told = append(told, hint) }
	m, err := Moderate(t.Context(), facts{err: closed}, "home.example", true, warn)
	if err != nil || len(told) != 1 || told[0] != closed.Hint {
		t.Fatalf("%v, %+v", err, told)
	}
	a := fediverse.Account{Handle: fediverse.Handle{User: "a", Domain: "x.example"}}
	if standing, err := m.Standing(t.Context(), a); err != nil || standing != (backfill.Standing{}) {
		t.Errorf("%+v, %v", standing, err)
	}
	away := errors.New("away")
	if _, err := Moderate(t.Context(), facts{err: away}, "home.example", true, warn); !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
}
