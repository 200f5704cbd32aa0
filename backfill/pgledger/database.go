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
	// elapsed is Options.Elapsed, and host the name of this machine.
	elapsed func() time.Duration
	host    string
	// writing is held by the one transaction of this process that writes.
	writing chan struct{}
	away    absence
	lease   lease
	// alive ends when the lease is no longer renewed.
	alive    context.Context
	end      context.CancelFunc
	renewing sync.WaitGroup

	mu sync.Mutex
	// self is the id of this process, and registered says that it is in the database.
	self       string
	registered bool
	closed     bool
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
	return errors.Join(d.leave(leave), d.db.Close())
}

// leavePatience is how long the end of a process waits for the database.
const leavePatience = 10 * time.Second

// leave gives back what this process has claimed. A database that is away does not keep
// it from ending: what it has claimed is free when its lease is over.
func (d *database) leave(leave func(ledger.Transaction) error) error {
	if leave == nil || d.away.isLost() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), leavePatience)
	defer cancel()
	var unsure int64
	err := d.try(ctx, func(ctx context.Context) error { return d.writeInTurn(ctx, leave, &unsure) })
	if isUnreached(err) || ctx.Err() != nil {
		return nil
	}
	return d.Explain(ctx, err)
}
