package ledger

import (
	"context"
	"strings"

	"tootfill/backfill/fediverse"
)

// account returns the id of an account, and adds the account if it is new.
func (l *Ledger) account(ctx context.Context, tx Transaction, h fediverse.Handle) (id int64, err error) {
	// An update that changes nothing makes RETURNING answer for a known account.
	const upsert = `INSERT INTO accounts (home, handle) VALUES (?, ?)
		ON CONFLICT (home, handle) DO UPDATE SET handle = excluded.handle RETURNING id`
	err = tx.QueryRowContext(ctx, upsert, l.home, h.String()).Scan(&id)
	return id, err
}

// parseStored reads a handle as the ledger has written it.
func parseStored(text string) (h fediverse.Handle) {
	h.User, h.Domain, _ = strings.Cut(text, "@")
	return h
}
