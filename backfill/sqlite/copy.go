package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
)

var _ ledger.Copyable = (*file)(nil)

// checkCopy refuses a ledger that is an unfinished copy.
func (f *file) checkCopy(ctx context.Context, db *sql.DB) error {
	if f.options.Copy {
		return nil
	}
	const look = `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?)`
	var unfinished bool
	if err := db.QueryRowContext(ctx, look, ledger.CopyMark).Scan(&unfinished); err != nil {
		return f.Explain(ctx, err)
	}
	if !unfinished {
		return nil
	}
	var command string
	if err := db.QueryRowContext(ctx, ledger.UnfinishedCopy).Scan(&command); err != nil {
		return f.Explain(ctx, err)
	}
	return &backfill.Hinted{
		Err:  fmt.Errorf("the ledger %s is an unfinished copy of another one", f.path),
		Hint: backfill.Hint{Kind: backfill.FinishCopy, About: command},
	}
}

// Tables describes the tables; see [ledger.Copyable]. No column has a type of truth
// values here.
func (f *file) Tables(ctx context.Context) ([]ledger.Table, error) {
	const q = `SELECT t.name, c.name, FALSE, c.pk - 1, (SELECT coalesce(group_concat("table", ' '), '') FROM pragma_foreign_key_list(t.name))
		FROM sqlite_schema AS t CROSS JOIN pragma_table_info(t.name) AS c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name, c.cid`
	rows, err := f.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	return ledger.ScanTables(rows)
}

// Renumber has nothing to do: SQLite looks at the rows for the number of a new one; see
// [ledger.Copyable].
func (f *file) Renumber(context.Context, ledger.Transaction) error { return nil }
