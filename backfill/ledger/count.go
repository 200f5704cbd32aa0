package ledger

import (
	"context"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// readToItsEnd says that a listing of an account was read to its end: it has no gap.
const readToItsEnd = `EXISTS (SELECT 1 FROM listings WHERE account_id = accounts.id
	AND (SELECT count(*) FILTER (WHERE next = '') = 1 AND count(*) FILTER (WHERE next <> '') = 0 FROM stretches WHERE listing_id = listings.id))`

// CountPosts counts the newest posts of an account; see [backfill.Ledger].
func (l *Ledger) CountPosts(ctx context.Context, h fediverse.Handle, c backfill.Counting) (backfill.PostCount, error) {
	const q = `SELECT count(*), count(*) FILTER (WHERE outcome NOT IN (?3, ?4) AND attempts < ?5 AND coalesce(next_try, 0) <= ?6),
		EXISTS (SELECT 1 FROM accounts WHERE home = ?1 AND handle = ?2 AND ` + readToItsEnd + `)
		FROM (SELECT outcome, attempts, next_try
			FROM accounts CROSS JOIN stems ON account_id = accounts.id CROSS JOIN posts ON stem_id = stems.id
			WHERE home = ?1 AND handle = ?2 AND (published IS NULL OR published >= ?7 AND published < ?8)
			ORDER BY published DESC NULLS LAST LIMIT ?9) AS newest`
	var n backfill.PostCount
	err := l.read(ctx, "counting the known posts of "+h.String(), func(ctx context.Context) (err error) {
		n, err = l.countPosts(ctx, q, h, c)
		return err
	})
	return n, err
}

func (l *Ledger) countPosts(ctx context.Context, q string, h fediverse.Handle, c backfill.Counting) (n backfill.PostCount, err error) {
	imported, err := storedOutcome(backfill.Imported)
	if err != nil {
		return n, err
	}
	held, err := storedOutcome(backfill.Held)
	if err != nil {
		return n, err
	}
	until, limit := int64(never), int64(c.Limit)
	if !c.Until.IsZero() {
		until = millis(c.Until)
	}
	if limit == 0 {
		limit = never
	}
	since := int64(-never)
	if !c.Since.IsZero() {
		since = millis(c.Since)
	}
	row := l.db.QueryRowContext(ctx, q, l.home, h.String(), imported, held, c.Attempts,
		millis(l.db.Now()), since, until, limit)
	return n, row.Scan(&n.Posts, &n.Open, &n.ToItsEnd)
}
