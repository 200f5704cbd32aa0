package pgledger

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
)

var _ ledger.Copyable = (*database)(nil)

// checkCopy refuses a ledger that is an unfinished copy.
func (d *database) checkCopy(ctx context.Context) error {
	if d.options.Copy {
		return nil
	}
	const look = `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'tootfill' AND tablename = $1)`
	var unfinished bool
	if err := d.db.QueryRowContext(ctx, look, ledger.CopyMark).Scan(&unfinished); err != nil || !unfinished {
		return err
	}
	var command string
	if err := d.QueryRowContext(ctx, ledger.UnfinishedCopy).Scan(&command); err != nil {
		return err
	}
	return &backfill.Hinted{
		Err:  errors.New("it is an unfinished copy of another one"),
		Hint: backfill.Hint{Kind: backfill.FinishCopy, About: command},
	}
}

// Tables describes the tables, but for the one with their version, which belongs to the
// place; see [ledger.Copyable].
func (d *database) Tables(ctx context.Context) ([]ledger.Table, error) {
	const q = `SELECT t.relname, a.attname, a.atttypid = 'pg_catalog.bool'::pg_catalog.regtype,
			coalesce(pg_catalog.array_position(i.indkey::int2[], a.attnum), -1),
			(SELECT coalesce(pg_catalog.string_agg(other.relname, ' '), '') FROM pg_catalog.pg_constraint c
				JOIN pg_catalog.pg_class other ON other.oid = c.confrelid WHERE c.conrelid = t.oid AND c.contype = 'f')
		FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indisprimary
		WHERE n.nspname = 'tootfill' AND t.relkind = 'r' AND t.relname <> 'version' ORDER BY t.relname, a.attnum`
	rows, err := d.db.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	return ledger.ScanTables(rows)
}

// Renumber lets the numbers of new rows come after those of all rows; see
// [ledger.Copyable].
func (d *database) Renumber(ctx context.Context, tx ledger.Transaction) error {
	names, err := d.numbered(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		// Read as one row, since an empty table has none.
		q := fmt.Sprintf(`SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('tootfill.%[1]s', 'id'),
			(SELECT coalesce(max(id), 0) + 1 FROM tootfill.%[1]s), false)`, name)
		var next int64
		if err := tx.QueryRowContext(ctx, q).Scan(&next); err != nil {
			return fmt.Errorf("numbering the rows of %s: %w", name, err)
		}
	}
	return nil
}

// numbered are the tables whose rows are numbered by a column id.
func (d *database) numbered(ctx context.Context) ([]string, error) {
	const q = `SELECT t.relname FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attname = 'id' AND a.attidentity <> ''
		WHERE n.nspname = 'tootfill' AND t.relkind = 'r'`
	rows, err := d.db.QueryContext(ctx, q)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
