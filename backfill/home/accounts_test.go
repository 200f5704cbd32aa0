package home

import (
	"context"
	"errors"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// fakeDatabase knows one account.
type fakeDatabase struct {
	backfill.Accounts
	known fediverse.Account
	err   error
}

func (d fakeDatabase) Known(_ context.Context, h fediverse.Handle) (fediverse.Account, error) {
	if d.err != nil {
		return fediverse.Account{}, d.err
	}
	if h != d.known.Handle {
		return fediverse.Account{}, backfill.ErrNoAccount
	}
	return d.known, nil
}

func (d fakeDatabase) Standing(_ context.Context, a fediverse.Account) (backfill.Standing, error) {
	if a.Handle.Domain == "bad.example" {
		return backfill.Standing{Refusal: "home.example has suspended bad.example"}, nil
	}
	return backfill.Standing{}, nil
}

// fetcher makes home fetch any account.
type fetcher struct{ backfill.Accounts }

func (fetcher) Account(_ context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return fediverse.Account{ID: "fetched", Handle: h}, nil
}

func TestAccounts(t *testing.T) {
	known := fediverse.Account{ID: "7", Handle: fediverse.Handle{User: "alice", Domain: "photos.example"}}
	foreign := fediverse.Handle{User: "bob", Domain: "photos.example"}
	refused := fediverse.Handle{User: "bob", Domain: "bad.example"}
	local := fediverse.Handle{User: "bob", Domain: "home.example"}
	tests := []struct {
		name    string
		handle  fediverse.Handle
		unknown bool
		fetch   backfill.Accounts
		want    string // the id, or - for none
	}{
		{"a known one", known.Handle, false, nil, "7"},
		{"a known one is not fetched", known.Handle, true, fetcher{}, "7"},
		{"an unknown one is not wanted", foreign, false, fetcher{}, ""},
		{"an unknown one without a token", foreign, true, nil, "-"},
		{"an unknown one with a token", foreign, true, fetcher{}, "fetched"},
		{"an unknown one of home's own", local, true, fetcher{}, ""},
		{"an unknown one of a server that home has suspended", refused, false, fetcher{}, "-"},
		{"one of such a server is not fetched", refused, true, fetcher{}, "-"},
	}
	for _, tt := range tests {
		l := Accounts{
			Database: fakeDatabase{known: known}, Home: "home.example", Fetch: tt.fetch, Unknown: tt.unknown,
			IsHome: func(domain string) bool { return domain == "home.example" },
		}
		a, err := l.Account(t.Context(), tt.handle)
		switch {
		case tt.want == "" && !errors.Is(err, backfill.ErrNoAccount):
			t.Errorf("%s: %+v, %v", tt.name, a, err)
		case tt.want == "-" && (err != nil || a.ID != "" || a.Handle != tt.handle), len(tt.want) > 1 && (err != nil || a.ID != tt.want):
			t.Errorf("%s: %+v, %v", tt.name, a, err)
		}
		if a, err := l.Known(t.Context(), tt.handle); a.ID == "fetched" || (err == nil) != (tt.want != "") {
			t.Errorf("%s, without fetching: %+v, %v", tt.name, a, err)
		}
	}
	broken := errors.New("away")
	l := Accounts{Database: fakeDatabase{err: broken}, Unknown: true, IsHome: func(string) bool { return false }}
	if _, err := l.Account(t.Context(), foreign); !errors.Is(err, broken) {
		t.Errorf("a database that is away: %v", err)
	}
}
