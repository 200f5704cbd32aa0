package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
)

// pacesName is the file of what need not survive a failure of the machine. It is apart
// from the ledger so that nothing in it waits for the disk, or for the one transaction
// that may write to the ledger at a time.
const pacesName = "paces.db"

const pacesTable = `CREATE TABLE IF NOT EXISTS paces (name TEXT PRIMARY KEY, record TEXT NOT NULL, changed_at INTEGER NOT NULL) WITHOUT ROWID`

// paces is that file, which is opened when it is first needed.
type paces struct {
	mu       sync.Mutex
	db       *sql.DB
	compiled *compiled
}

// Fleeting opens the file of paces; see [ledger.Database].
func (f *file) Fleeting(ctx context.Context) (ledger.Fleeting, error) {
	if f.options.ReadOnly {
		return nil, ledger.ErrReadOnly
	}
	f.paces.mu.Lock()
	defer f.paces.mu.Unlock()
	if f.paces.db != nil {
		return fleeting{reader{DB: f.paces.db, compiled: f.paces.compiled}}, nil
	}
	gate := f.gate()
	if err := gate.lock(ctx); err != nil {
		return nil, errors.Join(f.denied("locking the ledger", err), gate.unlock())
	}
	db, err := openPaces(ctx, filepath.Join(f.options.Dir, pacesName))
	if err = errors.Join(err, gate.unlock()); err != nil {
		return nil, f.withoutPaces(ctx, err)
	}
	f.paces.db, f.paces.compiled = db, newCompiled()
	return fleeting{reader{DB: db, compiled: f.paces.compiled}}, nil
}

// openPaces opens the file, which it creates if need be. SQLite's log makes that whole
// after a crash of a process; after one of the machine, what was written last may be
// missing (https://www.sqlite.org/pragma.html#pragma_synchronous).
func openPaces(ctx context.Context, path string) (*sql.DB, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path, "rw", "journal_mode(WAL)", "synchronous(NORMAL)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, pacesTable); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// withoutPaces is the error of a file of paces that cannot be opened.
func (f *file) withoutPaces(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	path := filepath.Join(f.options.Dir, pacesName)
	return &backfill.Hinted{
		Err:  fmt.Errorf("opening %s: %w", path, err),
		Hint: backfill.Say("nothing is lost with that file: remove it if it is damaged, while no tootfill runs"),
	}
}

func (f *file) closePaces() error {
	f.paces.mu.Lock()
	defer f.paces.mu.Unlock()
	if f.paces.db == nil {
		return nil
	}
	return f.paces.db.Close()
}

// fleeting is the file of paces, for reading and writing.
type fleeting struct{ reader }

// ExecContext is that of [sql.DB].
func (p fleeting) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if s := p.statement(ctx, text); s != nil {
		return s.ExecContext(ctx, args...)
	}
	return p.DB.ExecContext(ctx, text, args...)
}
