package commands

import (
	"context"
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
	"tootfill/backfill/mastodon"
	"tootfill/backfill/postgres"
	"tootfill/backfill/sandbox"
	"tootfill/commands/report"
)

// closedDatabase is a database whose role may not count posts, or one with an error.
type closedDatabase struct {
	home.Database
	err error
}

func (d closedDatabase) HeldCount(context.Context, fediverse.Account) (int, error) { return 0, d.err }

// TestHeldPostsWithoutTheRightToCount counts over the API what the database does not
// reveal.
func TestHeldPostsWithoutTheRightToCount(t *testing.T) {
	box, err := sandbox.Start(sandbox.Options{InMemory: true, Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	alice := box.AddOrigin("photos.example").AddAccount(sandbox.Profile{Username: "alice"})
	alice.Fill(2, time.Time{}, time.Hour)
	box.Home().HoldNewest(alice, 1)
	home, err := mastodon.New(mastodon.Options{
		Server: sandbox.HomeDomain, Token: sandbox.Token, Dial: box.Network().DialContext, RootCAs: box.Network().RootCAs(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer home.Close()
	a, err := home.Known(t.Context(), fediverse.Handle{User: "alice", Domain: "photos.example"})
	if err != nil {
		t.Fatal(err)
	}
	closed := &backfill.Hinted{Err: &postgres.AccessError{Table: "statuses"}, Hint: backfill.Say("GRANT it")}
	k := report.Account{Account: a, Held: -1}
	s := system{database: closedDatabase{err: closed}, home: &homeServer{Server: home}}
	if err := s.countHeld(t.Context(), &k); err != nil || k.Held != 1 || k.HeldHint != "" {
		t.Errorf("with a token: %d (%s), %v, want 1", k.Held, k.HeldHint, err)
	}
	k.Held, s.home = -1, nil
	if err := s.countHeld(t.Context(), &k); err != nil || k.Held != -1 || k.HeldHint != "GRANT it" {
		t.Errorf("without one: %d %s, %v", k.Held, k.HeldHint, err)
	}
	broken := errors.New("away")
	s.database = closedDatabase{err: broken}
	if err := s.countHeld(t.Context(), &k); !errors.Is(err, broken) {
		t.Errorf("a database that is away: %v", err)
	}
}
