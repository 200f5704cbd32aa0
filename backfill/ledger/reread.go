package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
	row := l.db.QueryRowContext(ctx, q, l.home, r.Account.String(), source)
	err = row.Scan(&s.Below.Listing, &s.Below.From, &s.ID, &above.top, &s.Next)
	if errors.Is(err, sql.ErrNoRows) {
		return backfill.Stretch{}, false, nil
	}
	if err != nil {
		return backfill.Stretch{}, false, fmt.Errorf("looking for where a walk of %s stands: %w", r.Account, l.db.Explain(ctx, err))
	}
	s.Below.To = above.end()
	return s, true, nil
}
