package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// needed lists what is read, as pairs of table and column. The private key is
// not in it: it is needed for signing only.
func needed() (tables, columns []string) {
	for _, t := range []struct {
		name    string
		columns []string
	}{
		{"accounts", []string{"id", "username", "domain", "uri", "url", "display_name", "note",
			"moved_to_account_id", "suspended_at", "silenced_at"}},
		{"follows", []string{"id", "account_id", "target_account_id"}},
		{"follow_requests", []string{"account_id", "target_account_id"}},
		{"statuses", []string{"uri", "deleted_at"}},
		{"tombstones", []string{"uri"}},
		{"domain_blocks", []string{"domain", "severity", "reject_media"}},
		{"settings", []string{"var", "value"}},
		{"schema_migrations", []string{"version"}},
	} {
		for _, c := range t.columns {
			tables, columns = append(tables, t.name), append(columns, c)
		}
	}
	return tables, columns
}

// lacking finds the first column that is missing or closed to the role.
const lacking = `
SELECT w.name, w.col, c.oid IS NOT NULL, a.attname IS NOT NULL
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (name, col, place)
LEFT JOIN pg_catalog.pg_class c ON c.oid = to_regclass(w.name)
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = w.col AND a.attnum > 0 AND NOT a.attisdropped
WHERE a.attname IS NULL OR NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY w.place LIMIT 1`

// checkSchema looks for everything that is needed before anything is begun.
func (d *Database) checkSchema(ctx context.Context) error {
	type column struct {
		table, name             string
		tableThere, columnThere bool
	}
	tables, columns := needed()
	bad, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) ([]column, error) {
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
	switch {
	case err != nil:
		return err
	case len(bad) == 0:
		return nil
	case !bad[0].tableThere:
		return d.schemaError(bad[0].table, "", "")
	case !bad[0].columnThere:
		return d.schemaError(bad[0].table, bad[0].name, "")
	}
	return d.accessError(bad[0].table, bad[0].name, "")
}

// SchemaVersion is the version of the database's layout: the time of the newest
// migration that has run, such as 20241007071624; empty if none has.
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
