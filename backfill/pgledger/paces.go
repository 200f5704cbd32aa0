package pgledger

import (
	"context"
	"database/sql"

	"tootfill/backfill/ledger"
)

// Fleeting has the table of paces, which is not logged; see [ledger.Database].
func (d *database) Fleeting(context.Context) (ledger.Fleeting, error) {
	if d.options.ReadOnly {
		return nil, ledger.ErrReadOnly
	}
	return fleeting{d}, nil
}

// fleeting runs statements outside of transactions.
type fleeting struct{ *database }

// ExecContext is that of [sql.DB].
func (f fleeting) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return f.db.ExecContext(ctx, f.translations.of(text), args...)
}
