package postgres

import (
	"errors"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func testAccounts(t *testing.T, i *installation) {
	d := i.unchanged(t)
	alice := fediverse.Account{
		ID: "100", Handle: handle(t, "alice@photos.example"), Username: "Alice", URI: "https://photos.example/users/alice",
		URL: "https://photos.example/@alice", DisplayName: "Alice", Note: "<p>#nobot</p>",
	}
	other := fediverse.Account{
		ID: "101", Handle: handle(t, "alice@other.example"), Username: "alice",
		URI: "https://social.other.example/users/1", URL: "https://social.other.example/users/1",
	}
	admin := fediverse.Account{
		ID: "1", Handle: handle(t, "admin@home.example"), Username: "Admin", URL: "https://social.home.example/@Admin",
		DisplayName: "The admin", Local: true,
	}
	carol := fediverse.Account{
		ID: "102", Handle: handle(t, "carol@photos.example"), Username: "carol", URI: "https://photos.example/users/carol",
		URL: "https://photos.example/users/carol", MovedTo: other.Handle,
	}
	for text, want := range map[string]fediverse.Account{
		"alice@photos.example": alice, "alice@other.example": other, "carol@photos.example": carol,
		"admin@home.example": admin, "admin@social.home.example": admin,
		"alice@social.other.example": other, // by the host it lives on
	} {
		if got := account(t, d, text); got != want {
			t.Errorf("%s = %+v, want %+v", text, got, want)
		}
	}
	if got := account(t, d, "erin@quiet.example").MovedTo; got != admin.Handle {
		t.Errorf("moved to a local account: %s", got)
	}
	for _, text := range []string{"zoe@photos.example", "alice@home.example", "admin@photos.example", "frank@twin.example", "li_ce@photos.example"} {
		if a, err := d.Known(t.Context(), handle(t, text)); !errors.Is(err, backfill.ErrNoAccount) {
			t.Errorf("%s = %+v, %v", text, a, err)
		}
	}
	for _, address := range []string{alice.URI, alice.URL} {
		if got, err := d.AccountAt(t.Context(), address); err != nil || got != alice {
			t.Errorf("at %s: %+v, %v", address, got, err)
		}
	}
	for _, want := range []fediverse.Account{alice, other, admin, carol} {
		if got, err := d.AccountWithID(t.Context(), want.ID); err != nil || got != want {
			t.Errorf("with the id %s: %+v, %v", want.ID, got, err)
		}
	}
	for _, id := range []string{"999", "", "alice", "99999999999999999999", "\x00"} {
		if got, err := d.AccountWithID(t.Context(), id); !errors.Is(err, backfill.ErrNoAccount) {
			t.Errorf("with the id %q: %+v, %v", id, got, err)
		}
	}
	for _, uri := range []string{"", "https://photos.example/users/zoe", "https://photos.example/users/ALICE", "https://photos.example/", "\x00", "\xff"} {
		if _, err := d.AccountAt(t.Context(), uri); !errors.Is(err, backfill.ErrNoAccount) {
			t.Errorf("at %q: %v", uri, err)
		}
	}
}

func testUnreadable(t *testing.T, i *installation) {
	url := i.database(t)
	d := open(t, optionsFor(t, url))
	i.run(t, url, `UPDATE accounts SET domain = E'x\u001b[31m' WHERE id = 101`)
	i.run(t, url, `INSERT INTO follows (account_id, target_account_id) VALUES (1, 101)`)
	var seen []string
	for a, err := range d.Followed(t.Context(), 0) {
		var unreadable *UnreadableAccountError
		switch {
		case errors.As(err, &unreadable):
			seen = append(seen, "unreadable "+unreadable.Acct)
		case err != nil:
			seen = append(seen, err.Error())
		default:
			seen = append(seen, a.ID)
		}
	}
	// 102 has moved to the unreadable one
	want := []string{"104", "unreadable alice@x", "unreadable alice@x", "100"}
	if len(seen) != 4 || seen[0] != want[0] || seen[1] != want[1] || seen[2] != want[2] || seen[3] != want[3] {
		t.Errorf("followed: %q, want %q", seen, want)
	}
}
