package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"

	"tootfill/backfill"
)

// applicationID marks a database as a ledger of tootfill: "toot" in ASCII.
const applicationID = 0x746f6f74

// migration is the SQL that leads from one schema version to the next.
type migration string

// migrations are all steps from an empty file to the schema of this program.
// Once released, a step is never changed: a new one is added.
func migrations() []migration {
	return []migration{version1, version2, version3, version4, version5, version6, version7, version8, version9, version10, version11, version12}
}

// tables are those of version 1, which every later version has too.
const tables = `'accounts', 'runs', 'posts', 'stretches', 'entries', 'marks', 'deferred', 'buckets', 'servers', 'owners', 'claims'`

// readableFrom is the oldest version that is read as it is. The steps above it
// changed only tables and columns that mere readers do not use or can do without,
// except for the posts of version 6, of which they know the older form too; see
// [ledger.Ledger.Recorded].
func readableFrom(steps []migration) int {
	unread := []migration{version4, version5, version6, version7, version8, version9, version10, version11, version12}
	version := len(steps)
	for version > 0 && slices.Contains(unread, steps[version-1]) {
		version--
	}
	return version
}

// migrate applies the steps that the database lacks, each in a transaction of
// its own together with the new version number.
func migrate(ctx context.Context, db *sql.DB, steps []migration) error {
	var version int
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	for ; version < len(steps); version++ {
		if err := apply(ctx, db, steps[version], version+1); err != nil {
			return fmt.Errorf("bringing the ledger to version %d: %w", version+1, err)
		}
	}
	return nil
}

func apply(ctx context.Context, db *sql.DB, step migration, version int) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, string(step)); err == nil {
		_, err = tx.ExecContext(ctx, `PRAGMA user_version = `+strconv.Itoa(version))
	}
	if err != nil {
		_ = tx.Rollback() // the first error is the one that matters
		return err
	}
	return tx.Commit()
}

// checkSchema refuses a ledger that is newer than this program or lacks its tables.
func (f *file) checkSchema(ctx context.Context, db *sql.DB, newest int) (version int, err error) {
	var found int
	err = db.QueryRowContext(ctx, `SELECT (SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN (`+tables+`))`).Scan(&version, &found)
	if err != nil {
		return 0, f.Explain(ctx, err)
	}
	if version > newest {
		return 0, &backfill.Hinted{
			Err:  fmt.Errorf("the ledger %s has schema version %d, but this tootfill knows versions up to %d", f.path, version, newest),
			Hint: backfill.Say("use the newer tootfill that wrote it, or choose another folder with --state"),
		}
	}
	if version < 1 || found < 11 {
		return 0, f.damaged(fmt.Errorf("it lacks its tables"))
	}
	return version, f.checkCopy(ctx, db)
}
