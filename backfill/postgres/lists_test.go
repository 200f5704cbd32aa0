package postgres

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

func handlesOf(t testing.TB, accounts iter.Seq2[fediverse.Account, error]) (handles []string) {
	t.Helper()
	for a, err := range accounts {
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, a.Handle.String())
	}
	return handles
}

// testLists reads who follows local accounts, who asks to, and who is in their lists.
func testLists(t *testing.T, i *installation) {
	url := i.database(t)
	i.run(t, url, `INSERT INTO accounts (id, username, domain, suspended_at) VALUES
		(2000, 'fan', 'many.example', NULL), (2001, 'both', 'many.example', NULL), (2002, 'asker', 'many.example', NULL), (2003, 'gone', 'many.example', now())`)
	i.run(t, url, `INSERT INTO follows (account_id, target_account_id) VALUES (2000, 1), (2000, 2), (2001, 2), (2003, 1), (2002, 2000), (1, 2)`)
	i.run(t, url, `INSERT INTO follow_requests (account_id, target_account_id) VALUES (2001, 1), (2002, 1), (2003, 1), (2000, 2001), (2, 1)`)
	i.run(t, url, `INSERT INTO lists (id, account_id, title) VALUES (1, 1, 'Friends'), (2, 2, 'FRIENDS'), (3, 2, 'Work'), (4, 2000, 'Theirs')`)
	i.run(t, url, `INSERT INTO list_accounts (list_id, account_id) VALUES (1, 2000), (1, 2), (2, 2000), (2, 2001), (2, 2003), (3, 2002), (4, 2001)`)
	d := open(t, optionsFor(t, url))
	for name, c := range map[string]struct {
		got  iter.Seq2[fediverse.Account, error]
		want []string
	}{
		"followers":        {d.RemoteFollowers(t.Context()), []string{"both@many.example", "fan@many.example"}},
		"requests":         {d.RemoteRequests(t.Context()), []string{"asker@many.example", "both@many.example"}},
		"a list":           {d.ListAccounts(t.Context(), "work"), []string{"asker@many.example"}},
		"lists of two":     {d.ListAccounts(t.Context(), "friends"), []string{"both@many.example", "fan@many.example"}},
		"no list":          {d.ListAccounts(t.Context(), "foes"), nil},
		"a remote account": {d.ListAccounts(t.Context(), "theirs"), nil},
	} {
		got := handlesOf(t, c.got)
		got = slices.DeleteFunc(got, func(h string) bool { return !strings.HasSuffix(h, "@many.example") })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	for title, want := range map[string]bool{"Friends": true, "work": true, "foes": false, "Theirs": false, "\xff": false, "a\x00b": false} {
		if got, err := d.HasList(t.Context(), title); got != want || err != nil {
			t.Errorf("has %q: %t, %v", title, got, err)
		}
	}
	i.run(t, url, `INSERT INTO accounts (id, username, domain) SELECT 3000 + n, 'u' || n, 'pages.example' FROM generate_series(1, $1::int) n`, 2*followedPage+7)
	i.run(t, url, `INSERT INTO follows (account_id, target_account_id) SELECT 3000 + n, l FROM generate_series(1, $1::int) n, unnest(ARRAY[1, 2]) l`, 2*followedPage+7)
	if n := len(handlesOf(t, d.RemoteFollowers(t.Context()))); n < 2*followedPage+9 {
		t.Errorf("%d followers on three pages", n)
	}
}

// testListRights reads lists with a role that may not.
func testListRights(t *testing.T, i *installation) {
	url := i.database(t)
	i.run(t, url, `CREATE ROLE nolists LOGIN; GRANT USAGE ON SCHEMA public TO nolists; GRANT SELECT ON ALL TABLES IN SCHEMA public TO nolists;
		REVOKE SELECT ON lists, list_accounts FROM nolists; GRANT SELECT (id) ON lists TO nolists`)
	o := optionsFor(t, url)
	o.User = "nolists"
	d := open(t, o)
	_, err := d.HasList(t.Context(), "Friends")
	var closed *AccessError
	if hint := backfill.HintOf(err); !errors.As(err, &closed) || hint.Kind != backfill.Grant || hint.About != "GRANT SELECT (account_id, title) ON lists TO nolists" {
		t.Errorf("%v; %+v", err, hint)
	}
	for _, err := range d.ListAccounts(t.Context(), "Friends") {
		if !errors.As(err, &closed) {
			t.Error(err)
		}
	}
}
