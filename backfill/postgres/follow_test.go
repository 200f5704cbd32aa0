package postgres

import (
	"slices"
	"strconv"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/recorded"
	"tootfill/backfill/testservers"
)

func testFollowers(t *testing.T, i *installation) {
	d := i.unchanged(t)
	for text, want := range map[string]struct {
		standing  backfill.Standing
		followers []int64
	}{
		"alice@photos.example": {backfill.Standing{Following: true}, []int64{1, 2}},
		"alice@other.example":  {backfill.Standing{Requested: true}, nil}, // not by the suspended account or the instance actor
		"frank@a.twin.example": {backfill.Standing{}, nil},                // asked by a suspended account
		"frank@b.twin.example": {backfill.Standing{}, nil},                // asked by a remote account
		"carol@photos.example": {backfill.Standing{Following: true}, []int64{1}},
	} {
		a := account(t, d, text)
		if got, err := d.Standing(t.Context(), a); err != nil || got != want.standing {
			t.Errorf("standing of %s = %+v, %v, want %+v", text, got, err, want.standing)
		}
		if got, err := d.Followers(t.Context(), a); err != nil || !slices.Equal(got, want.followers) {
			t.Errorf("followers of %s = %v, %v, want %v", text, got, err, want.followers)
		}
	}
	foreign := fediverse.Account{ID: "01H2X"}
	if _, err := d.Followers(t.Context(), foreign); err == nil {
		t.Error("an id that is no number is taken")
	}
	if _, err := d.Standing(t.Context(), foreign); err == nil {
		t.Error("an id that is no number is taken")
	}
}

// How the accounts of one person stand is not how those of another do.
func testStandingOf(t *testing.T, i *installation) {
	d := i.unchanged(t)
	follows, asks, nothing := backfill.Standing{Following: true}, backfill.Standing{Requested: true}, backfill.Standing{}
	for _, tt := range []struct {
		text, asker string
		want        backfill.Standing
	}{
		{"alice@photos.example", "1", follows}, {"alice@photos.example", "2", follows},
		{"alice@photos.example", "3", nothing},   // suspended
		{"alice@photos.example", "102", nothing}, // remote
		{"alice@other.example", "1", asks}, {"alice@other.example", "2", nothing}, {"alice@other.example", "-99", nothing},
		{"carol@photos.example", "1", follows}, {"carol@photos.example", "2", nothing}, {"carol@photos.example", "999", nothing},
		{"frank@b.twin.example", "100", nothing},
	} {
		if got, err := d.StandingOf(t.Context(), account(t, d, tt.text), tt.asker); err != nil || got != tt.want {
			t.Errorf("%s to %s: %+v, %v, want %+v", tt.text, tt.asker, got, err, tt.want)
		}
	}
	for id, asker := range map[string]string{"01H2X": "1", "100": "x"} {
		if _, err := d.StandingOf(t.Context(), fediverse.Account{ID: id}, asker); err == nil {
			t.Errorf("%s to %s: no error", id, asker)
		}
	}
}

func followed(t testing.TB, d *Database, since int64) []string {
	t.Helper()
	var ids []string
	for a, err := range d.Followed(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.ID)
	}
	return ids
}

func testFollowed(t *testing.T, i *installation) {
	d := i.unchanged(t)
	// not 101 (followed by a suspended account and the instance actor), not 103
	// (suspended itself), not 1 (local)
	if got, want := followed(t, d, 0), []string{"104", "102", "100"}; !slices.Equal(got, want) {
		t.Errorf("followed: %v, want %v", got, want)
	}
	if got, want := followed(t, d, 2), []string{"104", "102"}; !slices.Equal(got, want) {
		t.Errorf("followed since 2: %v, want %v", got, want)
	}
	if got := followed(t, d, 1<<60); got != nil {
		t.Errorf("followed since later: %v", got)
	}
}

func testFollowedPages(t *testing.T, i *installation) {
	url := i.database(t)
	const most = 2*followedPage + 7
	i.run(t, url, `INSERT INTO accounts (id, username, domain) SELECT 1000 + n, 'u' || n, 'many.example' FROM generate_series(1, $1::int) n`, most)
	i.run(t, url, `INSERT INTO follows (account_id, target_account_id) SELECT l, 1000 + n FROM generate_series(1, $1::int) n, unnest(ARRAY[1, 2]) l`, most)
	d := open(t, optionsFor(t, url))
	got := followed(t, d, 11)
	if len(got) != most {
		t.Fatalf("%d accounts, want %d", len(got), most)
	}
	for n, id := range got {
		if want := strconv.Itoa(1000 + most - n); id != want {
			t.Fatalf("account %d is %s, want %s", n, id, want)
		}
	}
	for a, err := range d.Followed(t.Context(), 0) { // ends early
		if err != nil || a.ID != strconv.Itoa(1000+most) {
			t.Errorf("the first is %v, %v", a, err)
		}
		break
	}
}

// BenchmarkFollowed lists 20,000 followed accounts among 100,000, of a server
// whose 1,000 local accounts have 200,000 followers elsewhere.
func BenchmarkFollowed(b *testing.B) {
	i := &installation{Server: testservers.StartPostgres(b), version: recorded.Mastodon46}
	url := i.database(b)
	for _, sql := range []string{
		"INSERT INTO accounts (id, username) SELECT 1000 + n, 'local' || n FROM generate_series(1, 1000) n",
		"INSERT INTO accounts (id, username, domain) SELECT 10000 + n, 'u' || n, 'many.example' FROM generate_series(1, 100000) n",
		"INSERT INTO follows (account_id, target_account_id) SELECT 1000 + 1 + (n + k) % 1000, 10000 + 5 * n FROM generate_series(1, 20000) n, generate_series(1, 5) k",
		"INSERT INTO follows (account_id, target_account_id) SELECT 10000 + n, 1000 + 1 + (n * k) % 200 FROM generate_series(1, 100000) n, generate_series(1, 2) k ON CONFLICT DO NOTHING",
		"ANALYZE",
	} {
		i.run(b, url, sql)
	}
	d := open(b, optionsFor(b, url))
	for b.Loop() {
		if got := followed(b, d, 11); len(got) != 20_000 {
			b.Fatalf("%d accounts", len(got))
		}
	}
}
