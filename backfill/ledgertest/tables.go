package ledgertest

import (
	"testing"

	"tootfill/backfill/ledger"
)

// Count is the number that a query reads.
func Count(t *testing.T, r ledger.Reader, query string) (n int) {
	t.Helper()
	if err := r.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Errorf("%s: %v", query, err)
	}
	return n
}

// CheckListings looks for orphaned rows, and for stretches that can never be met or
// continued.
func CheckListings(t *testing.T, r ledger.Reader) {
	t.Helper()
	for _, q := range []string{
		`SELECT count(*) FROM entries AS e WHERE NOT EXISTS (SELECT 1 FROM stretches AS s
			WHERE s.listing_id = e.listing_id AND place BETWEEN top AND top + 4294967295)`,
		`SELECT count(*) FROM marks LEFT JOIN stretches USING (listing_id, top) WHERE id IS NULL`,
		`SELECT count(*) FROM (SELECT post_id, listing_id FROM entries GROUP BY 1, 2 HAVING count(*) > 1) AS twice`,
		`SELECT count(*) FROM posts WHERE id NOT IN (SELECT post_id FROM entries)`,
		`SELECT count(*) FROM stems WHERE id NOT IN (SELECT stem_id FROM posts)`,
		`SELECT count(*) FROM posts JOIN stems ON stems.id = stem_id JOIN entries ON post_id = posts.id
			JOIN listings ON listings.id = listing_id WHERE listings.account_id <> stems.account_id`,
		`SELECT count(*) FROM (SELECT next FROM stretches AS s WHERE top = (SELECT max(top) FROM stretches AS other WHERE other.listing_id = s.listing_id)) AS lowest WHERE next IS NULL`,
		`SELECT count(*) FROM stretches AS s JOIN (SELECT listing_id, min(top) AS first FROM stretches GROUP BY 1) AS tops USING (listing_id)
			WHERE top > first AND NOT EXISTS (SELECT 1 FROM entries AS e WHERE e.listing_id = s.listing_id AND place BETWEEN top AND top + 4294967295)
				AND NOT EXISTS (SELECT 1 FROM marks AS m WHERE m.listing_id = s.listing_id AND m.top = s.top)`,
	} {
		if n := Count(t, r, q); n != 0 {
			t.Errorf("%s: %d", q, n)
		}
	}
}

// CheckFile looks for what is wrong in a file and its listings.
func CheckFile(t *testing.T, r ledger.Reader) {
	t.Helper()
	CheckListings(t, r)
	for _, q := range []string{
		`SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
		`SELECT count(*) FROM pragma_foreign_key_check`,
	} {
		if n := Count(t, r, q); n != 0 {
			t.Errorf("%s: %d", q, n)
		}
	}
}
