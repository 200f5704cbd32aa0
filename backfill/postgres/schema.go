package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// readable is a table with the columns that are read.
type readable struct {
	table   string
	columns []string
}

// needed lists what is read, as pairs of table and column. It leaves out what only
// one purpose needs, so that everything else works without it: the private key,
// ownPosts, allowedDomains, followDates and postCounts.
func needed() (tables, columns []string) {
	return pairs([]readable{
		{"accounts", []string{"id", "username", "domain", "uri", "url", "display_name", "note",
			"moved_to_account_id", "suspended_at", "silenced_at"}},
		{"follows", []string{"id", "account_id", "target_account_id"}},
		{"follow_requests", []string{"account_id", "target_account_id"}},
		{"statuses", []string{"uri", "deleted_at"}},
		{"tombstones", []string{"uri"}},
		{"domain_blocks", []string{"domain", "severity", "reject_media"}},
		{"settings", []string{"var", "value"}},
		{"schema_migrations", []string{"version"}},
	})
}

func pairs(all []readable) (tables, columns []string) {
	for _, r := range all {
		for _, c := range r.columns {
			tables, columns = append(tables, r.table), append(columns, c)
		}
	}
	return tables, columns
}

// lacking finds the columns that are missing or closed to the role.
const lacking = `
SELECT w.name, w.col, c.oid IS NOT NULL, a.attname IS NOT NULL
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (name, col, place)
LEFT JOIN pg_catalog.pg_class c ON c.oid = to_regclass(w.name)
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = w.col AND a.attnum > 0 AND NOT a.attisdropped
WHERE a.attname IS NULL OR NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY w.place`

// checkSchema looks for everything that is needed before anything starts.
func (d *Database) checkSchema(ctx context.Context) error {
	return d.checkColumns(ctx, needed)
}

// column is one that is missing or closed to the role.
type column struct {
	table, name             string
	tableThere, columnThere bool
}

// lacking finds which of the columns are missing or may not be read.
func (d *Database) lacking(ctx context.Context, tables, columns []string) ([]column, error) {
	return read(ctx, d, func(ctx context.Context, tx pgx.Tx) ([]column, error) {
		rows, err := tx.Query(ctx, lacking, tables, columns)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, func(row pgx.CollectableRow) (column, error) {
			var c column
			err := row.Scan(&c.table, &c.name, &c.tableThere, &c.columnThere)
			return c, err
		})
	})
}

// missing is the error of a column that is not there; nil if it is.
func (d *Database) missing(c column) error {
	switch {
	case !c.tableThere:
		return d.schemaError(c.table, "", "")
	case !c.columnThere:
		return d.schemaError(c.table, c.name, "")
	}
	return nil
}

// checkColumns reports which columns are missing or may not be read: the first
// one, and in the hint all others of its table.
func (d *Database) checkColumns(ctx context.Context, wanted func() (tables, columns []string)) error {
	tables, columns := wanted()
	bad, err := d.lacking(ctx, tables, columns)
	if err != nil || len(bad) == 0 {
		return err
	}
	if err := d.missing(bad[0]); err != nil {
		return err
	}
	var closed []string
	for _, c := range bad {
		if c.table == bad[0].table && c.columnThere {
			closed = append(closed, c.name)
		}
	}
	return d.accessError(bad[0].table, closed, "")
}

// SchemaVersion returns the version of the database's layout: the time of the
// newest migration that has run, such as 20241007071624; empty if none has.
func (d *Database) SchemaVersion(ctx context.Context) (string, error) {
	version, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (version string, err error) {
		err = tx.QueryRow(ctx, "SELECT COALESCE(max(version), '') FROM schema_migrations").Scan(&version)
		return version, err
	})
	if err != nil {
		return "", fmt.Errorf("reading the version of Mastodon's database: %w", err)
	}
	return version, nil
}
