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
}

// Ledger is the record of one home server. It is safe for concurrent use.
type Ledger struct {
	options Options
	path    string
	// writer has one connection, on which every transaction takes the write lock
	// when it begins; reader has several, which cannot write.
	writer   *sql.DB
	reader   reader
	compiled *compiled
	together together
	// keeper is a connection of reader that stays open. opened are the files that
	// were opened, and lost says that they have been replaced or deleted.
	keeper *sql.Conn
	opened [len(files)]fs.FileInfo
	lost   atomic.Bool
	// use is the share of the lock on users; see [Ledger.join].
	use *flock.Flock
	// swept is when expired facts were last dropped, in milliseconds since 1970.
	swept atomic.Int64

	mu     sync.Mutex
	owner  *owner // nil until something is claimed
	closed bool
}

var _ backfill.Ledger = (*Ledger)(nil)

// errReadOnly is what the writing methods of a read-only ledger return.
var errReadOnly = errors.New("the ledger was opened for reading")

// errClosed is what Begin returns after Close.
var errClosed = errors.New("the ledger is closed")

// Open opens the ledger, creates it if there is none and brings an older one up
// to date. It returns an error with a hint (*backfill.Hinted) if the ledger is
// damaged, newer than this program or not a ledger at all, or if the folder is on a
// network file system.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	return openWith(ctx, o, migrations())
}

func openWith(ctx context.Context, o Options, steps []migration) (*Ledger, error) {
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
	l := &Ledger{options: o, path: filepath.Join(dir, "ledger.db"), compiled: newCompiled()}
	open := l.openFile
	if o.ReadOnly {
		open = l.openForReading
	}
	if err := open(ctx, steps); err != nil {
		return nil, errors.Join(err, l.closeFiles())
	}
	return l, nil
}

// Close releases all claims and closes the files. Runs that are not finished stay
// open and are resumed by the next Begin.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	var err error
	if l.owner != nil {
		if l.owner.registered.Load() && !l.lost.Load() {
			err = l.write(context.Background(), "giving back what was claimed", func(tx transaction) error {
				return dropClaims(context.Background(), tx, l.owner.id)
			})
		}
		err = errors.Join(err, l.owner.release())
	}
	if !l.options.ReadOnly && !l.lost.Load() {
		err = errors.Join(err, l.checkPresence())
	}
	return errors.Join(err, l.closeAlone())
}

// closeAlone closes the files while no other process opens them or begins to read;
// see gate. It does not wait long for a process that does not finish.
func (l *Ledger) closeAlone() error {
	if l.options.ReadOnly || l.lost.Load() {
		return l.closeFiles()
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	gate := l.gate()
	if err := gate.lock(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(l.denied("locking the ledger", err), l.closeFiles())
	}
	return errors.Join(l.closeFiles(), gate.unlock())
}

func (l *Ledger) closeFiles() error {
	var errs []error
	if l.keeper != nil {
		errs = append(errs, l.keeper.Close())
	}
	for _, db := range []*sql.DB{l.reader.DB, l.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if l.use != nil {
		errs = append(errs, l.use.Close())
	}
	return errors.Join(errs...)
}

// write runs change in one transaction, which is on disk when write returns nil.
func (l *Ledger) write(ctx context.Context, what string, change func(tx transaction) error) error {
	if l.options.ReadOnly {
		return fmt.Errorf("%s: %w", what, errReadOnly)
	}
	tx, err := l.begin(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, l.explain(ctx, err))
	}
	if err = l.checkPresence(); err == nil {
		err = change(tx)
	}
	if err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = errors.Join(err, back)
		}
		return fmt.Errorf("%s: %w", what, l.explain(ctx, err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, l.explain(ctx, err))
	}
	return nil
}

// begin begins a transaction of the writer.
func (l *Ledger) begin(ctx context.Context) (transaction, error) {
	if err := l.compiled.prepare(ctx, l.writer); err != nil {
		return transaction{}, err
	}
	tx, err := l.writer.BeginTx(ctx, nil)
	return transaction{tx, l.compiled}, err
}

// millis converts a time to the form that is stored: milliseconds since 1970, UTC.
func millis(t time.Time) int64 { return t.UnixMilli() }

// optional stores the zero time as NULL.
func optional(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func fromOptional(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMillis(ms.Int64)
}
