package postgres

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill/home"
)

// newFollows are the follows above an id: "7 carol@photos.example by 1".
func newFollows(t *testing.T, d *Database, after int64) []string {
	t.Helper()
	var found []string
	for f, err := range d.Follows(t.Context(), after) {
		switch {
		case errors.Is(err, home.ErrUnreadableAccount):
			found = append(found, "unreadable")
		case err != nil:
			t.Fatal(err)
		case f.After != f.ID-1:
			t.Errorf("%+v", f)
		default:
			found = append(found, fmt.Sprint(f.ID, " ", f.Account, " by ", f.Follower))
		}
	}
	return found
}

func testFollowTable(t *testing.T, i *installation) {
	url := i.database(t)
	d := open(t, optionsFor(t, url))
	// not those of suspended, remote and the server's own accounts, nor those of
	// suspended or local ones
	all := []string{"1 alice@photos.example by 2", "2 alice@photos.example by 1", "9 carol@photos.example by 1", "11 erin@quiet.example by 1"}
	if got := newFollows(t, d, 0); !slices.Equal(got, all) {
		t.Errorf("follows %q, want %q", got, all)
	}
	if got := newFollows(t, d, 9); !slices.Equal(got, all[3:]) {
		t.Errorf("follows after 9: %q", got)
	}
	for id, want := range map[int64]int{0: 0, 1: 0, 2: 1, 10: 2, math.MaxInt64: 3} {
		if n, err := d.FollowedBy(t.Context(), id); err != nil || n != want {
			t.Errorf("followed by %d: %d, %v, want %d", id, n, err, want)
		}
	}
	// In Mastodon times are UTC, without a zone.
	i.run(t, url, `UPDATE follows SET created_at = timestamp '2026-01-01 12:00' + id * interval '1 hour'`)
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).In(time.FixedZone("", 5*3600))
	for hours, want := range map[int]int64{0: 0, 1: 0, 2: 1, 5: 4, 100: 11} {
		if id, err := d.LastFollow(t.Context(), noon.Add(time.Duration(hours)*time.Hour)); err != nil || id != want {
			t.Errorf("the last follow within %d hours: %d, %v, want %d", hours, id, err, want)
		}
	}
	// A follow that is renewed, and a request that is accepted.
	i.run(t, url, `DELETE FROM follows WHERE account_id = 1 AND target_account_id = 102`)
	i.run(t, url, `INSERT INTO follows (account_id, target_account_id) VALUES (1, 102)`)
	i.run(t, url, `DELETE FROM follow_requests WHERE account_id = 1 AND target_account_id = 101`)
	i.run(t, url, `INSERT INTO follows (account_id, target_account_id) VALUES (1, 101)`)
	if got, want := newFollows(t, d, 11), []string{"12 carol@photos.example by 1", "13 alice@other.example by 1"}; !slices.Equal(got, want) {
		t.Errorf("new follows %q, want %q", got, want)
	}
	i.run(t, url, `UPDATE accounts SET domain = E'x\u001b[31m' WHERE id = 101`)
	if got, want := newFollows(t, d, 11), []string{"12 carol@photos.example by 1", "unreadable"}; !slices.Equal(got, want) {
		t.Errorf("new follows %q, want %q", got, want)
	}
	i.run(t, url, file(t, "grants.sql"))
	o := optionsFor(t, url)
	o.User = "tootfill"
	narrow := open(t, o)
	if _, err := narrow.LastFollow(t.Context(), noon); err != nil || len(newFollows(t, narrow, 0)) != 5 {
		t.Errorf("with a role of its own: %v", err)
	}
	i.run(t, url, "REVOKE SELECT (created_at) ON follows FROM tootfill")
	_, err := open(t, o).LastFollow(t.Context(), noon)
	wantGrant(t, err, "GRANT SELECT (created_at) ON follows TO tootfill")
	i.run(t, url, "DROP OWNED BY tootfill; DROP ROLE tootfill")
}

func testFollowTablePages(t *testing.T, i *installation) {
	url := i.database(t)
	const most = 2*followsPage + 7
	i.run(t, url, `INSERT INTO accounts (id, username, domain) SELECT 1000 + n, 'u' || n, 'many.example' FROM generate_series(1, $1::int) n`, most)
	i.run(t, url, `INSERT INTO follows (account_id, target_account_id) SELECT 1, 1000 + n FROM generate_series(1, $1::int) n ORDER BY n`, most)
	d := open(t, optionsFor(t, url))
	got := newFollows(t, d, 11)
	if len(got) != most || !strings.HasSuffix(got[0], " u1@many.example by 1") || !strings.HasSuffix(got[most-1], fmt.Sprintf(" u%d@many.example by 1", most)) {
		t.Errorf("%d follows", len(got))
	}
	for range d.Follows(t.Context(), 0) { // left early
		break
	}
}
