package ledger

import (
	"context"

	"tootfill/backfill"
)

// Reread returns where a walk stands that has found nothing new on the top page of
// a source; see [backfill.Ledger]. There is no gap to close: whatever lies above the
// first gap has been joined already.
func (l *Ledger) Reread(ctx context.Context, r backfill.Run, source string) (s backfill.Stretch, known bool, err error) {
	const q = `SELECT listings.id, (SELECT min(top) FROM stretches WHERE listing_id = listings.id), stretches.id, top, next
		FROM accounts JOIN listings ON account_id = accounts.id JOIN stretches ON listing_id = listings.id
		WHERE home = ? AND handle = ? AND source = ? AND next IS NOT NULL ORDER BY top LIMIT 1`
	var above stretch // the first gap is below it
	s = backfill.Stretch{Joined: true}
	err = l.read(ctx, "looking for where a walk of "+r.Account.String()+" stands", func(ctx context.Context) error {
		row := l.db.QueryRowContext(ctx, q, l.home, r.Account.String(), source)
		err := row.Scan(&s.Below.Listing, &s.Below.From, &s.ID, &above.top, &s.Next)
		known = err == nil
		return orNone(err)
	})
	if err != nil || !known {
		return backfill.Stretch{}, false, err
	}
	s.Below.To = above.end()
	return s, true, nil
}
