package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
)

// Options say where a ledger is, whose records it holds and which limit applies.
type Options struct {
	// Dir is the folder of the ledger. It is created if it is missing.
	Dir string
	// Home names the home server whose records are read and written.
	Home string
	// Clock tells the time.
	Clock backfill.Clock
	// Limit says how often an account may be backfilled.
	Limit limit.Limit
	// ReadOnly leaves everything on disk as it is. A missing ledger reads as an
	// empty one, and is not created; methods that write return an error.
	ReadOnly bool
	// Copy opens a ledger as a copy that may be unfinished, to go on with it.
	Copy bool
}

// file is the database of a ledger.
type file struct {
	options Options
	path    string
	// writer has one connection, on which every transaction takes the write lock
	// when it begins; reader has several, which cannot write.
	writer *sql.DB
	reader
	compiled *compiled
	paces    paces
	// keeper is a connection of reader that stays open. opened are the files that
	// were opened, and lost says that they have been replaced or deleted.
	keeper *sql.Conn
	opened [len(files)]fs.FileInfo
	lost   atomic.Bool
	// use is the share of the lock on users; see [file.join].
	use *flock.Flock

	mu     sync.Mutex
	owner  *owner // nil until something is claimed
	closed bool
}

var _ ledger.Database = (*file)(nil)

// Open opens the ledger, creates it if there is none and brings an older one up
// to date. It returns an error with a hint (*backfill.Hinted) if the ledger is
// damaged, newer than this program or not a ledger at all, or if the folder is on a
// network file system.
func Open(ctx context.Context, o Options) (*ledger.Ledger, error) {
	f, err := openWith(ctx, o, migrations())
	if err != nil {
		return nil, err
	}
	return ledger.New(f, o.Home, o.Limit), nil
}

// OpenEmpty opens an empty ledger for reading, which is in no folder.
func OpenEmpty(ctx context.Context, o Options) (*ledger.Ledger, error) {
	o.ReadOnly = true
	f := &file{options: o, compiled: newCompiled()}
	if err := f.openEmpty(ctx, migrations()); err != nil {
		return nil, errors.Join(err, f.closeFiles())
	}
	return ledger.New(f, o.Home, o.Limit), nil
}

func openWith(ctx context.Context, o Options, steps []migration) (*file, error) {
	if o.Dir == "" || o.Home == "" || o.Clock == nil {
		return nil, errors.New("opening the ledger: its folder, home server or clock is not given")
	}
	if err := o.Limit.Valid(); err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	o.Dir = dir
	f := &file{options: o, path: filepath.Join(dir, "ledger.db"), compiled: newCompiled()}
	open := f.openFile
	if o.ReadOnly {
		open = f.openForReading
	}
	if err := open(ctx, steps); err != nil {
		return nil, errors.Join(err, f.closeFiles())
	}
	return f, nil
}

// ReadOnly says that the ledger was opened for reading; see [ledger.Database].
func (f *file) ReadOnly() bool { return f.options.ReadOnly }

// Now is the time of the machine; see [ledger.Reader].
func (f *file) Now() time.Time { return f.options.Clock.Now() }

// Wait is that of the machine's clock; see [ledger.Database].
func (f *file) Wait(ctx context.Context, d time.Duration) error { return f.options.Clock.Wait(ctx, d) }

// Version is that of the tables; see [ledger.Database].
func (f *file) Version(ctx context.Context) (version int, err error) {
	err = f.QueryRowContext(ctx, `SELECT user_version FROM pragma_user_version`).Scan(&version)
	return version, err
}

// Close closes the files; see [ledger.Database].
func (f *file) Close(leave func(ledger.Transaction) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	var err error
	if leave != nil && !f.lost.Load() {
		if err = f.Write(context.Background(), leave); err != nil {
			err = fmt.Errorf("giving back what was claimed: %w", f.Explain(context.Background(), err))
		}
	}
	if f.owner != nil {
		err = errors.Join(err, f.owner.release())
	}
	if !f.options.ReadOnly && !f.lost.Load() {
		err = errors.Join(err, f.checkPresence())
	}
	return errors.Join(err, f.closeAlone())
}

// closeAlone closes the files while no other process opens them or begins to read;
// see gate. It does not wait long for a process that does not finish.
func (f *file) closeAlone() error {
	if f.options.ReadOnly || f.lost.Load() {
		return f.closeFiles()
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	gate := f.gate()
	if err := gate.lock(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(f.denied("locking the ledger", err), f.closeFiles())
	}
	return errors.Join(f.closeFiles(), gate.unlock())
}

func (f *file) closeFiles() error {
	errs := []error{f.closePaces()}
	if f.keeper != nil {
		errs = append(errs, f.keeper.Close())
	}
	for _, db := range []*sql.DB{f.reader.DB, f.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if f.use != nil {
		errs = append(errs, f.use.Close())
	}
	return errors.Join(errs...)
}

// Ask asks a question: a file is never away; see [ledger.Database].
func (f *file) Ask(ctx context.Context, question func(ctx context.Context) error) error {
	return question(ctx)
}

// Write runs change in one transaction, which is on disk when Write returns nil; see
// [ledger.Database].
func (f *file) Write(ctx context.Context, change func(ledger.Transaction) error) error {
	if f.options.ReadOnly {
		return ledger.ErrReadOnly
	}
	tx, err := f.begin(ctx)
	if err != nil {
		return err
	}
	if err = f.checkPresence(); err == nil {
		err = change(tx)
	}
	if err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, back)
		}
		return err
	}
	return tx.Commit()
}

// begin begins a transaction of the writer.
func (f *file) begin(ctx context.Context) (transaction, error) {
	if err := f.compiled.prepare(ctx, f.writer); err != nil {
		return transaction{}, err
	}
	tx, err := f.writer.BeginTx(ctx, nil)
	return transaction{tx, f}, err
}
