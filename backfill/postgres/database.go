package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
)

const (
	// maxConns is the greatest number of connections: Mastodon needs the others.
	maxConns = 2
	// answerTime also bounds one transaction on our side, in case the network
	// falls silent.
	answerTime = 20 * time.Second
	// begin starts a transaction that cannot write and does not wait for long.
	// SET LOCAL ends with it: behind a PgBouncer the next transaction of the
	// same connection may be Mastodon's.
	begin = "BEGIN READ ONLY; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '2s'; " +
		"SET LOCAL idle_in_transaction_session_timeout = '30s'"
)

var errClosed = errors.New("the connection to the database was closed")

// Database is Mastodon's database. It may be used by several goroutines.
type Database struct {
	options Options
	config  *pgx.ConnConfig
	// slots holds the connections that are not in use; nil stands for one that is
	// still to be made.
	slots  chan *pgx.Conn
	answer time.Duration
	closed chan struct{}
	close  func()

	// counted says that the role may read how many posts accounts have. countGrant is
	// the statement that would let it.
	counted    bool
	countGrant string
}

var (
	_ backfill.Accounts = (*Database)(nil)
)

// Open connects and checks that all tables and columns exist and may be read.
// Errors are, or wrap, *backfill.UnavailableError, *LoginError, *SchemaError and
// *AccessError, with a hint on what to check.
func Open(ctx context.Context, o Options) (*Database, error) {
	d, err := Unchecked(o)
	if err != nil {
		return nil, err
	}
	err = d.checkSchema(ctx)
	if err == nil {
		err = d.findPostCounts(ctx)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("opening Mastodon's database: %w", err)
	}
	return d, nil
}

// Unchecked is the database of which nothing is known yet, not even that it is there:
// the first question connects.
func Unchecked(o Options) (*Database, error) {
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	d := &Database{
		options: o, config: config, answer: answerTime,
		slots: make(chan *pgx.Conn, maxConns), closed: make(chan struct{}),
	}
	d.close = sync.OnceFunc(func() {
		close(d.closed)
		for range maxConns {
			hangUp(<-d.slots)
		}
	})
	for range maxConns {
		d.slots <- nil
	}
	return d, nil
}

// String says where the database is, without the password.
func (d *Database) String() string { return d.options.String() }

// Close waits for running questions and closes the connections.
func (d *Database) Close() { d.close() }

// hangUp closes a connection, if there is one. Its error is ignored: nothing
// depends on a clean goodbye.
func hangUp(conn *pgx.Conn) {
	if conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// read runs fn in a transaction that cannot write. fn may be run again from
// its beginning: a connection that broke, as after a restart of the server, is
// replaced at once.
func read[T any](ctx context.Context, d *Database, fn func(context.Context, pgx.Tx) (T, error)) (T, error) {
	for try := 0; ; try++ {
		result, broken, err := readOnce(ctx, d, fn)
		if err == nil || !broken || try == maxConns {
			return result, d.explain(ctx, err)
		}
	}
}

// readOnce also reports whether it was the connection that broke.
func readOnce[T any](ctx context.Context, d *Database, fn func(context.Context, pgx.Tx) (T, error)) (result T, broken bool, err error) {
	var conn *pgx.Conn
	select {
	case <-d.closed:
		return result, false, errClosed
	case <-ctx.Done():
		return result, false, ctx.Err()
	case conn = <-d.slots:
	}
	defer func() {
		if conn != nil && conn.IsClosed() {
			conn = nil
		}
		d.slots <- conn
	}()
	if conn == nil {
		if conn, err = pgx.ConnectConfig(ctx, d.config); err != nil {
			return result, false, &connectError{err}
		}
	}
	limited, cancel := context.WithTimeout(ctx, d.answer)
	defer cancel()
	result, err = inTransaction(limited, conn, fn)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return result, false, &connectError{fmt.Errorf("no answer within %s", d.answer)}
	}
	if err != nil && conn.IsClosed() && ctx.Err() == nil {
		return result, true, &connectError{err}
	}
	return result, false, err
}

func inTransaction[T any](ctx context.Context, conn *pgx.Conn, fn func(context.Context, pgx.Tx) (T, error)) (T, error) {
	var none T
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return none, err
	}
	result, err := fn(ctx, tx)
	if err != nil {
		// err says what went wrong; the driver closes a connection that can no
		// longer be used.
		_ = tx.Rollback(ctx)
		return none, err
	}
	if err := tx.Commit(ctx); err != nil {
		return none, err
	}
	return result, nil
}
