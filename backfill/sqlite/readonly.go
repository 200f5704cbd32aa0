package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"

	sqlitedriver "modernc.org/sqlite"
	"tootfill/backfill"
)

// openForReading opens the ledger so that nothing on disk changes.
func (l *Ledger) openForReading(ctx context.Context, steps []migration) error {
	exists, err := l.exists()
	if err != nil {
		return err
	}
	if !exists {
		return l.openEmpty(ctx, steps)
	}
	if err := l.checkFile(); err != nil {
		return err
	}
	l.reader = sql.OpenDB(untouched{path: l.path})
	l.reader.SetMaxIdleConns(-1) // see untouched
	version, err := l.checkSchema(ctx, l.reader, len(steps))
	if err != nil {
		return err
	}
	if version < len(steps) {
		return &backfill.Hinted{
			Err:  fmt.Errorf("the ledger %s has schema version %d and must be brought to version %d before it can be read", l.path, version, len(steps)),
			Hint: "run a backfill without --dry-run once",
		}
	}
	return nil
}

// openEmpty reads a ledger in memory in place of the one that is not there.
func (l *Ledger) openEmpty(ctx context.Context, steps []migration) error {
	var err error
	if l.reader, err = sql.Open("sqlite", "file::memory:?_txlock=immediate"); err != nil {
		return fmt.Errorf("opening an empty ledger: %w", err)
	}
	l.reader.SetMaxOpenConns(1)
	l.reader.SetConnMaxLifetime(0)
	if err := migrate(ctx, l.reader, steps); err != nil {
		return fmt.Errorf("opening an empty ledger: %w", err)
	}
	return nil
}

// untouched opens connections that leave no trace. How depends on whether there
// is a log at that moment, so every statement has a connection of its own:
//
//   - No log: no process is writing, and the file holds everything. It is opened
//     as immutable, since SQLite would otherwise create -wal and -shm files for
//     any reader (https://www.sqlite.org/wal.html#read_only_databases).
//   - A log: other processes are at work, or one was killed. The log's index is
//     read through their -shm file, which is opened for reading too.
//   - A log without its -shm file, which no process leaves behind: SQLite has to
//     create the index in order to read the log.
type untouched struct{ path string }

func (u untouched) Connect(ctx context.Context) (driver.Conn, error) {
	address := dsn(u.path, "ro", "query_only(1)")
	log, err := hasLog(u.path)
	if err != nil {
		return nil, err
	}
	if !log {
		address += "&immutable=1"
	} else if _, err := os.Stat(u.path + "-shm"); err == nil {
		address += "&readonly_shm=1"
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	c, err := sqlitedriver.NewConnector(address)
	if err != nil {
		return nil, err
	}
	return c.Connect(ctx)
}

func (u untouched) Driver() driver.Driver { return &sqlitedriver.Driver{} }
