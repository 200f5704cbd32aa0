package pgledger

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"tootfill/backfill/ledger"
)

// database is a ledger's database.
type database struct {
	options      Options
	db           *sql.DB
	translations translations
	clock        *databaseClock
	// writing is held by the one transaction of this process that writes: those of one
	// run would often wait for each other's rows.
	writing sync.Mutex
	// alive ends with the process's lease.
	alive    context.Context
	end      context.CancelFunc
	renewing sync.WaitGroup

	mu     sync.Mutex
	self   string
	closed bool
}

var _ ledger.Database = (*database)(nil)

// ReadOnly says that the ledger was opened for reading; see [ledger.Database].
func (d *database) ReadOnly() bool { return d.options.ReadOnly }

// Version is that of the tables, in the count of package ledger: they have all that is
// asked of them; see [ledger.Database].
func (d *database) Version(context.Context) (int, error) { return ledger.NewestTables, nil }

// Wait is that of the database's clock; see [ledger.Database].
func (d *database) Wait(ctx context.Context, t time.Duration) error { return d.clock.Wait(ctx, t) }

// Now is the time of the database; see [ledger.Reader].
func (d *database) Now() time.Time { return d.clock.Now() }

// QueryContext is that of [sql.DB].
func (d *database) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return d.db.QueryContext(ctx, d.translations.of(text), args...)
}

// QueryRowContext is that of [sql.DB].
func (d *database) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	return d.db.QueryRowContext(ctx, d.translations.of(text), args...)
}

// transaction is a transaction that writes.
type transaction struct {
	*sql.Tx
	database *database
	now      time.Time
}

// Now is the time of the database when the transaction began; see [ledger.Reader].
func (t transaction) Now() time.Time { return t.now }

// ExecContext is that of [sql.Tx].
func (t transaction) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return t.Tx.ExecContext(ctx, t.database.translations.of(text), args...)
}

// QueryContext is that of [sql.Tx].
func (t transaction) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return t.Tx.QueryContext(ctx, t.database.translations.of(text), args...)
}

// QueryRowContext is that of [sql.Tx].
func (t transaction) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	return t.Tx.QueryRowContext(ctx, t.database.translations.of(text), args...)
}

// deadlockTries is how often a transaction is tried that PostgreSQL ends because it and
// another one wait for each other.
const deadlockTries = 10

// Write runs change in one transaction, which is on disk when Write returns nil; see
// [ledger.Database]. It may run change several times.
func (d *database) Write(ctx context.Context, change func(ledger.Transaction) error) error {
	if d.options.ReadOnly {
		return ledger.ErrReadOnly
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, change)
		if err == nil || try == deadlockTries || !isDeadlock(err) {
			return err
		}
	}
}

func (d *database) writeOnce(ctx context.Context, change func(ledger.Transaction) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	now, err := d.clock.read(ctx, tx)
	if err == nil {
		err = change(transaction{tx, d, now})
	}
	if err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) && ctx.Err() == nil {
			err = errors.Join(err, back)
		}
		return err
	}
	return tx.Commit()
}

// Close ends the lease and closes the connections; see [ledger.Database].
func (d *database) Close(leave func(ledger.Transaction) error) error {
	d.mu.Lock()
	closed := d.closed
	d.closed = true
	d.mu.Unlock()
	if closed {
		return nil
	}
	d.end()
	d.renewing.Wait()
	var err error
	if leave != nil {
		ctx, cancel := context.WithTimeout(context.Background(), leavePatience)
		defer cancel()
		err = d.Explain(ctx, d.Write(ctx, leave))
	}
	return errors.Join(err, d.db.Close())
}

// leavePatience is how long the end of a process waits for the database.
const leavePatience = 10 * time.Second
