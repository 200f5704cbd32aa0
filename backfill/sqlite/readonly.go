package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// openForReading opens the ledger without changing anything on disk.
func (l *Ledger) openForReading(ctx context.Context, steps []migration) error {
	if err := l.checkKinds(); err != nil {
		return err
	}
	exists, err := l.lookAtFile(ctx)
	if err != nil {
		return err
	}
	if !exists {
		return l.openEmpty(ctx, steps)
	}
	l.reader.DB = sql.OpenDB(traceless{path: l.path, dir: l.options.Dir})
	l.reader.SetMaxIdleConns(-1) // see traceless
	version, err := l.checkSchema(ctx, l.reader.DB, len(steps))
	if err == nil && version == len(steps) {
		// A newer process must not change the tables. One of this version may: the program
		// knows them before and after.
		if err = l.joinReaders(ctx); err == nil {
			version, err = l.checkSchema(ctx, l.reader.DB, len(steps))
		}
	}
	if err != nil {
		return err
	}
	if version < readableFrom(steps) {
		return &backfill.Hinted{
			Err:  fmt.Errorf("the ledger %s has schema version %d and must be brought to version %d before it can be read", l.path, version, len(steps)),
			Hint: backfill.Hint{Kind: backfill.RunInEarnest},
		}
	}
	return nil
}

// openEmpty opens an empty ledger in memory, where there is none on disk.
func (l *Ledger) openEmpty(ctx context.Context, steps []migration) error {
	var err error
	if l.reader.DB, err = sql.Open("sqlite", "file::memory:?_txlock=immediate"); err != nil {
		return fmt.Errorf("opening an empty ledger: %w", err)
	}
	l.reader.SetMaxOpenConns(1)
	l.reader.SetConnMaxLifetime(0)
	if err := migrate(ctx, l.reader.DB, steps); err != nil {
		return fmt.Errorf("opening an empty ledger: %w", err)
	}
	return nil
}

// lookAtFile reports whether there is a ledger, and checks it while keeping other
// processes from opening or closing it.
func (l *Ledger) lookAtFile(ctx context.Context) (exists bool, err error) {
	lock, err := shareGate(ctx, l.options.Dir)
	if err != nil {
		return false, l.denied("opening the ledger", err)
	}
	if exists, err = l.exists(); exists && err == nil {
		err = l.checkFile()
	}
	return exists, errors.Join(err, lock.Close())
}
