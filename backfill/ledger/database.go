package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

var (
	// ErrReadOnly says that the database was opened for reading.
	ErrReadOnly = errors.New("the ledger was opened for reading")
	// ErrClosed says that the database is closed.
	ErrClosed = errors.New("the ledger is closed")
)

// NewestTables is the version of tables that have all that a ledger asks for.
const NewestTables = max(withStems, withFollows, withFollowers, withAsked)

// Database is where a ledger is kept. It is safe for concurrent use, and several
// processes may have it open.
type Database interface {
	// Reader reads what transactions have committed.
	Reader
	// Wait waits as [backfill.Clock] says, until the time of Now has moved on by d.
	Wait(ctx context.Context, d time.Duration) error
	// Ask asks a question that only reads, and asks it again if a database that is away
	// comes back soon. ctx is that of one try.
	Ask(ctx context.Context, question func(ctx context.Context) error) error
	// Write runs change in one transaction, which is on disk when Write returns nil. If
	// change returns an error, nothing is changed, and the error is, or wraps, that one.
	// It may run change again after it has undone what change has done; what has been
	// committed is not run again. It waits for a database that is away as Ask does.
	Write(ctx context.Context, change func(Transaction) error) error
	// Explain adds advice to an error of the database that a person can do something
	// about.
	Explain(ctx context.Context, err error) error
	// Fleeting has the table of paces, which a failure of the machine may empty; ErrReadOnly
	// if the database was opened for reading.
	Fleeting(ctx context.Context) (Fleeting, error)
	// ReadOnly says that the database was opened for reading; Write returns ErrReadOnly.
	ReadOnly() bool
	// Version is that of the tables. One that was opened for reading may be older than
	// this program, and be brought up to date at any time.
	Version(ctx context.Context) (int, error)
	Owners
	// Close closes the database. If leave is not nil, it first gives back in a transaction
	// what this process has claimed.
	Close(leave func(Transaction) error) error
}

// Reader reads from a database. Parameters are written ?, or ?1 for the first one.
type Reader interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
	// Now is the time by which the ledger counts.
	Now() time.Time
}

// Transaction is a transaction that may write.
type Transaction interface {
	Reader
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// Fleeting runs statements, each on its own, without waiting for the disk.
type Fleeting interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// Process is a process as people know it. Host is empty for one on this machine.
type Process struct {
	PID  int
	Host string
}

// Owners are the processes that have claimed something, each known by an id that no
// other has or ever had.
type Owners interface {
	// Self is the id of this process; empty if the database was opened for reading. After
	// Close the error is ErrClosed.
	Self() (string, error)
	// Register writes this process to the table of owners. From now on it counts as
	// alive.
	Register(ctx context.Context, tx Transaction) error
	// Term makes sure that this process counts as alive. If it has not all the time, it
	// waits until it does again, which begins another term: others may have taken what it
	// has claimed.
	Term(ctx context.Context) (int64, error)
	// Process says which process an owner is; the zero Process if that is not known.
	Process(ctx context.Context, r Reader, owner string) (Process, error)
	// IsAlive reports whether the process of an owner works with the database. r is what
	// the caller reads with.
	IsAlive(ctx context.Context, r Reader, owner string) (bool, error)
	// Bury reports whether the process of an owner has ended, and if so removes what it
	// has left outside of the tables.
	Bury(ctx context.Context, r Reader, owner string) (dead bool, err error)
}
