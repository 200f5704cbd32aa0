package postgres

import (
	"testing"

	"tootfill/backfill/testservers"

	"github.com/jackc/pgx/v5"
)

// testPgBouncer puts a PgBouncer in transaction mode in front of the database. It has
// a single connection, which its clients have to share.
func testPgBouncer(t *testing.T, i *installation) {
	direct := i.database(t)
	pooled := testservers.PgBouncer(t, direct, 1).URL
	d := open(t, optionsFor(t, pooled))
	other := open(t, optionsFor(t, pooled))
	for range 3 {
		account(t, d, "alice@photos.example")
		if held, err := other.HeldURIs(t.Context(), []string{"https://photos.example/p/1"}); err != nil || len(held) != 1 {
			t.Errorf("held: %v, %v", held, err)
		}
	}
	if got := followed(t, d, 0); len(got) != 3 {
		t.Errorf("followed: %v", got)
	}
	if open, err := d.Transactions(t.Context()); err != nil || open.Oldest <= 0 || open.Next < open.Oldest || len(newFollows(t, d, 0)) != 4 {
		t.Errorf("transactions: %+v, %v", open, err)
	}
	// Mastodon gets the same connection, but none of our settings.
	conn, err := pgx.Connect(t.Context(), pooled+"&default_query_exec_mode=exec")
	if err != nil {
		t.Fatal(err)
	}
	defer hangUp(conn)
	var timeout, readOnly, lock string
	err = conn.QueryRow(t.Context(), `SELECT current_setting('statement_timeout'), current_setting('transaction_read_only'),
		current_setting('lock_timeout')`).Scan(&timeout, &readOnly, &lock)
	if err != nil || timeout != "0" || readOnly != "off" || lock != "0" {
		t.Errorf("what stays behind: statement_timeout %s, read only %s, lock_timeout %s, %v", timeout, readOnly, lock, err)
	}
}
