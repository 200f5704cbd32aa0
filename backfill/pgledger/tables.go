package pgledger

import (
	"context"
	"database/sql"
	"fmt"
)

// versions are the statements that bring the tables from each version to the next one.
var versions = []string{version1}

// prepare looks at the database and its clock, and makes the tables or brings them up to
// date.
func (d *database) prepare(ctx context.Context) error {
	seen, err := see(ctx, d.db)
	if err == nil {
		err = seen.check(d.options.ReadOnly)
	}
	if err == nil && seen.hasTables {
		err = d.checkCopy(ctx)
	}
	if err == nil {
		_, err = d.clock.read(ctx, d.db)
	}
	if err != nil || seen.version == len(versions) {
		return err
	}
	return d.migrate(ctx)
}

// creationLock keeps two processes from making the tables at the same time.
const creationLock = `SELECT pg_advisory_xact_lock(1953460084)` // "toot" in ASCII

func (d *database) migrate(ctx context.Context) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := migrateIn(ctx, tx); err != nil {
		_ = tx.Rollback() // the first error is the one that matters
		return err
	}
	return tx.Commit()
}

func migrateIn(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, creationLock); err != nil {
		return err
	}
	seen, err := see(ctx, tx) // another process may have been first
	if err == nil {
		err = seen.check(false)
	}
	if err != nil || seen.version == len(versions) {
		return err
	}
	if !seen.hasSchema {
		if _, err := tx.ExecContext(ctx, `CREATE SCHEMA tootfill`); err != nil {
			return err
		}
	}
	for _, step := range versions[seen.version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE tootfill.version SET version = $1`, len(versions))
	if err != nil {
		return fmt.Errorf("noting the version of the tables: %w", err)
	}
	return nil
}
