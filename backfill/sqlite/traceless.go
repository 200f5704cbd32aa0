package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// traceless opens connections that leave no trace. How depends on whether there
// is a log at that moment, so every statement has a connection of its own, which
// shares the gate until it is closed:
//
//   - No log: no process is writing, and the file holds everything. It is opened
//     as immutable, since SQLite would otherwise create -wal and -shm files for
//     any reader (https://www.sqlite.org/wal.html#read_only_databases).
//   - A log: other processes are at work, or one was killed. The log's index is
//     read through their -shm file, which is opened for reading too.
//   - A log without its -shm file, which no process leaves behind: SQLite has to
//     create the index in order to read the log.
type traceless struct{ path, dir string }

func (t traceless) Connect(ctx context.Context) (driver.Conn, error) {
	lock, err := shareGate(ctx, t.dir)
	if err != nil {
		return nil, err
	}
	c := &statementConn{traceless: t, lock: lock}
	if c.connection, err = t.open(ctx); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return c, nil
}

func (t traceless) Driver() driver.Driver { return &sqlitedriver.Driver{} }

// connection is what the driver's connections can do.
type connection interface {
	driver.Conn
	driver.QueryerContext
	driver.ConnPrepareContext
}

func (t traceless) open(ctx context.Context) (connection, error) {
	address, err := t.address()
	if err != nil {
		return nil, err
	}
	connector, err := sqlitedriver.NewConnector(address)
	if err != nil {
		return nil, err
	}
	c, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	able, ok := c.(connection)
	if !ok {
		return nil, errors.Join(errors.New("the driver lacks queries with a context"), c.Close())
	}
	return able, nil
}

func (t traceless) address() (string, error) {
	address := dsn(t.path, "ro", "query_only(1)")
	// An empty log belongs to a process that is at work, or to one that has
	// opened the ledger and was killed before it wrote anything.
	log, err := hasLog(t.path)
	if err != nil {
		return "", err
	}
	_, err = os.Stat(t.path + "-shm")
	index := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	_, err = os.Stat(t.path + "-wal")
	switch {
	case err == nil && index:
		return address + "&readonly_shm=1", nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", err
	case log:
		return address, nil
	}
	return address + "&immutable=1", nil
}

// statementConn is a connection for one statement.
type statementConn struct {
	connection
	traceless
	lock io.Closer
}

const (
	// statementTries is how often to try a statement while its error is one that
	// passes, and statementPause is the pause between two tries.
	statementTries = 20
	statementPause = 10 * time.Millisecond
)

// QueryContext begins a statement. A process that knows nothing of the gate may
// come or go meanwhile, and a reader may mistake an index that is being written for
// one that needs a repair, which a reader cannot make. Both errors pass.
func (c *statementConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	for try := 1; ; try++ {
		rows, err := c.connection.QueryContext(ctx, query, args)
		if err == nil || try == statementTries || !isPassing(err) {
			return rows, err
		}
		if err := sleep(ctx, statementPause); err != nil {
			return nil, err
		}
		fresh, err := c.open(ctx)
		if err != nil {
			return nil, err
		}
		stale := c.connection
		c.connection = fresh
		if err := stale.Close(); err != nil {
			return nil, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// isPassing reports whether an error may be gone at the next try.
func isPassing(err error) bool {
	var failure *sqlitedriver.Error
	if !errors.As(err, &failure) {
		return false
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

func (c *statementConn) Close() error {
	return errors.Join(c.connection.Close(), c.lock.Close())
}
