package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// openForReading opens the ledger without changing anything on disk.
func (f *file) openForReading(ctx context.Context, steps []migration) error {
	if err := f.checkKinds(); err != nil {
		return err
	}
	exists, err := f.lookAtFile(ctx)
	if err != nil {
		return err
	}
	if !exists {
		return f.openEmpty(ctx, steps)
	}
	f.reader.DB = sql.OpenDB(traceless{path: f.path, dir: f.options.Dir})
	f.reader.SetMaxIdleConns(-1) // see traceless
	version, err := f.checkSchema(ctx, f.reader.DB, len(steps))
	if err == nil && version == len(steps) {
		// A newer process must not change the tables. One of this version may: the program
		// knows them before and after.
		if err = f.joinReaders(ctx); err == nil {
			version, err = f.checkSchema(ctx, f.reader.DB, len(steps))
		}
	}
	if err != nil {
		return err
	}
	if version < readableFrom(steps) {
		return &backfill.Hinted{
			Err:  &tooOldError{f.path, version, len(steps)},
			Hint: backfill.Hint{Kind: backfill.RunInEarnest},
		}
	}
	return nil
}

// tooOldError says that only a run that writes makes a ledger readable.
type tooOldError struct {
	path            string
	version, newest int
}

func (e *tooOldError) Error() string {
	return fmt.Sprintf("the ledger %s has schema version %d and must be brought to version %d before it can be read", e.path, e.version, e.newest)
}

// openEmpty opens an empty ledger in memory, where there is none on disk.
func (f *file) openEmpty(ctx context.Context, steps []migration) error {
	var err error
	if f.reader.DB, err = sql.Open("sqlite", "file::memory:?_txlock=immediate"); err != nil {
		return fmt.Errorf("opening an empty ledger: %w", err)
	}
	f.reader.SetMaxOpenConns(1)
	f.reader.SetConnMaxLifetime(0)
	if err := migrate(ctx, f.reader.DB, steps); err != nil {
		return fmt.Errorf("opening an empty ledger: %w", err)
	}
	return nil
}

// lookAtFile reports whether there is a ledger, and checks it while keeping other
// processes from opening or closing it.
func (f *file) lookAtFile(ctx context.Context) (exists bool, err error) {
	lock, err := shareGate(ctx, f.options.Dir)
	if err != nil {
		return false, f.denied("opening the ledger", err)
	}
	if exists, err = f.exists(); exists && err == nil {
		err = f.checkFile()
	}
	return exists, errors.Join(err, lock.Close())
}
