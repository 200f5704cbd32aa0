package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tootfill/backfill"

	"github.com/jackc/pgx/v5"
)

func testHeldCount(t *testing.T, i *installation) {
	url := i.database(t)
	d := open(t, optionsFor(t, url))
	alice, dan := account(t, d, "alice@photos.example"), account(t, d, "dan@bad.example")
	// alice has two posts, and a deleted one
	i.run(t, url, `INSERT INTO statuses (uri, account_id, visibility, reblog_of_id) VALUES
		('u1', 100, 1, NULL), ('u2', 100, 2, NULL), ('u3', 100, 3, NULL), ('u4', 100, 4, NULL), ('u5', 100, 0, 1), ('u6', 101, 0, NULL)`)
	if n, err := d.HeldCount(t.Context(), alice); err != nil || n != 3 {
		t.Errorf("held of alice: %d, %v, want 3", n, err)
	}
	if n, err := d.HeldCount(t.Context(), dan); err != nil || n != 0 {
		t.Errorf("held of dan: %d, %v, want 0", n, err)
	}
	i.run(t, url, file(t, "grants.sql"))
	o := optionsFor(t, url)
	o.User = "tootfill"
	narrow := open(t, o)
	if n, err := narrow.HeldCount(t.Context(), alice); err != nil || n != 3 {
		t.Errorf("with a role of its own: %d, %v, want 3", n, err)
	}
	i.run(t, url, "REVOKE SELECT (visibility, reblog_of_id) ON statuses FROM tootfill")
	_, err := open(t, o).HeldCount(t.Context(), alice)
	wantGrant(t, err, "GRANT SELECT (visibility, reblog_of_id) ON statuses TO tootfill")
	i.run(t, url, "DROP OWNED BY tootfill; DROP ROLE tootfill")
}

func testPostCounts(t *testing.T, i *installation) {
	url := i.database(t)
	i.run(t, url, `INSERT INTO account_stats (account_id, statuses_count, created_at, updated_at) VALUES (100, 1234, now(), now())`)
	i.run(t, url, file(t, "grants.sql"))
	o := optionsFor(t, url)
	o.User = "tootfill"
	want := func(posts int, grant string) {
		t.Helper()
		d := open(t, o)
		alice, dan := account(t, d, "alice@photos.example"), account(t, d, "dan@bad.example")
		if alice.Posts != posts || dan.Posts != 0 || d.CountGrant() != grant {
			t.Errorf("alice has %d posts, want %d; dan %d; the grant is %q, want %q", alice.Posts, posts, dan.Posts, d.CountGrant(), grant)
		}
	}
	want(1234, "")
	i.run(t, url, "REVOKE SELECT (statuses_count) ON account_stats FROM tootfill")
	want(0, "GRANT SELECT (statuses_count) ON account_stats TO tootfill")
	i.run(t, url, "ALTER TABLE account_stats RENAME TO account_numbers")
	want(0, "")
	i.run(t, url, "DROP OWNED BY tootfill; DROP ROLE tootfill")
}

func testStatusIDs(t *testing.T, i *installation) {
	url := i.database(t)
	i.run(t, url, `INSERT INTO statuses (id, uri, account_id, deleted_at) VALUES (77, 'r1', 100, NULL), (78, 'r2', 100, now())`)
	i.run(t, url, file(t, "grants.sql"))
	o := optionsFor(t, url)
	o.User = "tootfill"
	ids, err := open(t, o).StatusIDs(t.Context(), []string{"r1", "r2", "r3", "r\x00"})
	if err != nil || len(ids) != 1 || ids["r1"] != 77 {
		t.Errorf("ids %v, error %v", ids, err)
	}
	i.run(t, url, "REVOKE SELECT (id) ON statuses FROM tootfill")
	_, err = open(t, o).StatusIDs(t.Context(), []string{"r1"})
	wantGrant(t, err, "GRANT SELECT (id) ON statuses TO tootfill")
	i.run(t, url, "DROP OWNED BY tootfill; DROP ROLE tootfill")
}

// wantGrant wants an error whose hint names a statement.
func wantGrant(t *testing.T, err error, statement string) {
	t.Helper()
	var closed *AccessError
	if !errors.As(err, &closed) || closed.Column == "" || hintOf(err) != (backfill.Hint{Kind: backfill.Grant, About: statement}) {
		t.Errorf("without the right: %v (%+v)", err, hintOf(err))
	}
}

// testHeldCountIndex checks that counting reads the posts of one account only.
func testHeldCountIndex(t *testing.T, i *installation) {
	plan, err := read(t.Context(), i.unchanged(t), func(ctx context.Context, tx pgx.Tx) ([]string, error) {
		if _, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return nil, err
		}
		rows, err := tx.Query(ctx, "EXPLAIN "+heldCountQuery, 100)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[string])
	})
	if text := strings.Join(plan, "\n"); err != nil || !strings.Contains(text, "Index Cond: (account_id =") {
		t.Errorf("%v\n%s", err, text)
	}
}
