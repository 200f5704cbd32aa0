package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Rights are what the role may read of all that tootfill reads for any purpose.
type Rights struct {
	// Missing are the statements that give the missing rights, but for the key.
	Missing []string
	// Key says that it may read the key of the instance actor, which only signing
	// needs.
	Key bool
}

// Rights finds out what the role may read. An error that is a *SchemaError means that
// something is not there at all.
func (d *Database) Rights(ctx context.Context) (Rights, error) {
	r, err := d.rights(ctx)
	if err != nil {
		return Rights{}, fmt.Errorf("reading the rights of the role %s: %w", show(d.options.User), err)
	}
	return r, nil
}

func (d *Database) rights(ctx context.Context) (Rights, error) {
	usable, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (usable bool, err error) {
		err = tx.QueryRow(ctx, "SELECT has_schema_privilege('public', 'USAGE')").Scan(&usable)
		return usable, err
	})
	if err != nil {
		return Rights{}, err
	}
	if !usable { // then the tables cannot even be found
		return Rights{Missing: []string{"GRANT USAGE ON SCHEMA public TO " + show(d.options.User)}}, nil
	}
	tables, columns := everything()
	bad, err := d.lacking(ctx, tables, columns)
	if err != nil {
		return Rights{}, err
	}
	for _, c := range bad {
		if err := d.missing(c); err != nil && !c.isKey() {
			return Rights{}, err
		}
	}
	return d.rightsWithout(bad), nil
}

// isKey reports whether this is the key of an account. Versions after 4.6 may keep it
// elsewhere.
func (c column) isKey() bool { return c.table == "accounts" && c.name == "private_key" }

// rightsWithout are all rights but for some columns.
func (d *Database) rightsWithout(closed []column) Rights {
	r := Rights{Key: true}
	columns := make(map[string][]string)
	var tables []string
	for _, c := range closed {
		if c.isKey() {
			r.Key = false
			continue
		}
		if columns[c.table] == nil {
			tables = append(tables, c.table)
		}
		columns[c.table] = append(columns[c.table], c.name)
	}
	for _, table := range tables {
		r.Missing = append(r.Missing, d.grant(table, columns[table]))
	}
	return r
}

// grant is the statement that gives the right to read columns.
func (d *Database) grant(table string, columns []string) string {
	return fmt.Sprintf("GRANT SELECT (%s) ON %s TO %s", strings.Join(columns, ", "), table, show(d.options.User))
}

// everything lists what is read for any purpose.
func everything() (tables, columns []string) {
	for _, purpose := range []func() (tables, columns []string){
		needed, followDates, ownPosts, statusIDs, userLists, allowedDomains, postCounts,
	} {
		t, c := purpose()
		tables, columns = append(tables, t...), append(columns, c...)
	}
	return append(tables, "accounts"), append(columns, "private_key")
}
