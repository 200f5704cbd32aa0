package postgres

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill/recorded"
	"tootfill/backfill/testservers"
)

const post = "https://photos.example/p/"

func testPosts(t *testing.T, i *installation) {
	d := i.unchanged(t)
	asked := []string{post + "1", post + "1", post + "2", post + "3", post + "4", post + "5", "", "a\x00b", "\xff", post + "1' OR true --"}
	held, err := d.HeldURIs(t.Context(), asked)
	if want := map[string]bool{post + "1": true, post + "2": true}; err != nil || !maps.Equal(held, want) {
		t.Errorf("held: %v, %v, want %v", held, err, want)
	}
	dead, err := d.Tombstones(t.Context(), asked)
	if want := map[string]bool{post + "3": true, post + "4": true}; err != nil || !maps.Equal(dead, want) {
		t.Errorf("dead: %v, %v, want %v", dead, err, want)
	}
	for _, none := range [][]string{nil, {}, {"\x00"}} {
		if held, err := d.HeldURIs(t.Context(), none); err != nil || held == nil || len(held) != 0 {
			t.Errorf("held of %q: %v, %v", none, held, err)
		}
	}
}

func fill(t testing.TB, i *installation, url string, n int) {
	i.run(t, url, `INSERT INTO statuses (uri, account_id) SELECT 'https://photos.example/users/alice/statuses/' || n, 100 FROM generate_series(1, $1::int) n`, n)
	i.run(t, url, `INSERT INTO tombstones (uri, account_id) SELECT 'https://photos.example/users/alice/statuses/-' || n, 100 FROM generate_series(1, $1::int) n`, n)
	i.run(t, url, `ANALYZE`)
}

func statuses(from, n int) []string {
	uris := make([]string, n)
	for i := range uris {
		uris[i] = fmt.Sprint("https://photos.example/users/alice/statuses/", from+i)
	}
	return uris
}

func testManyPosts(t *testing.T, i *installation) {
	url := i.database(t)
	fill(t, i, url, 700)
	d := open(t, optionsFor(t, url))
	held, err := d.HeldURIs(t.Context(), statuses(1, 1000))
	if err != nil || len(held) != 700 || !held[statuses(700, 1)[0]] || held[statuses(701, 1)[0]] {
		t.Errorf("held: %d of 1000, %v, want 700", len(held), err)
	}
}

// testIndexes checks that no query about posts has to scan a whole table. PostgreSQL
// scans small tables anyway if it may.
func testIndexes(t *testing.T, i *installation) {
	url := i.database(t)
	fill(t, i, url, 700)
	i.run(t, url, "UPDATE statuses SET deleted_at = now() WHERE id % 2 = 0")
	i.run(t, url, "ANALYZE")
	d := open(t, optionsFor(t, url))
	for name, query := range map[string]string{"held": heldQuery, "dead": deadQuery} {
		plan, err := read(t.Context(), d, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
			if _, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
				return nil, err
			}
			rows, err := tx.Query(ctx, "EXPLAIN "+query, []string{post + "1", post + "2", post + "9"})
			if err != nil {
				return nil, err
			}
			return pgx.CollectRows(rows, pgx.RowTo[string])
		})
		text := strings.Join(plan, "\n")
		if err != nil || !strings.Contains(text, "index_statuses_on_uri") || strings.Contains(text, "Seq Scan") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// BenchmarkHeldURIs asks for 500 URIs, half of them held, among 100,000 posts.
func BenchmarkHeldURIs(b *testing.B) {
	i := &installation{Server: testservers.StartPostgres(b), version: recorded.Mastodon46}
	url := i.database(b)
	fill(b, i, url, 100_000)
	d := open(b, optionsFor(b, url))
	uris := statuses(100_000-249, 500)
	for b.Loop() {
		held, err := d.HeldURIs(b.Context(), uris)
		if err != nil || len(held) != 250 {
			b.Fatalf("held: %d, %v", len(held), err)
		}
	}
}
