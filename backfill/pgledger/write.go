package pgledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
)

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
//
// A connection may break off after COMMIT was sent and before it was answered. Then the
// next try asks the database what has become of that transaction, so that none is
// committed twice.
func (d *database) Write(ctx context.Context, change func(ledger.Transaction) error) error {
	if d.options.ReadOnly {
		return ledger.ErrReadOnly
	}
	var unsure int64
	return d.ask(ctx, func(ctx context.Context) error { return d.writeInTurn(ctx, change, &unsure) })
}

// writeInTurn writes when no other goroutine does: the transactions of one run would often
// wait for each other's rows. If the database turns out to be away meanwhile, it does not
// have to find that out itself.
func (d *database) writeInTurn(ctx context.Context, change func(ledger.Transaction) error, unsure *int64) error {
	failures := d.away.count()
	select {
	case d.writing <- struct{}{}:
		defer func() { <-d.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := d.away.since(failures); err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := d.writeOnce(ctx, change, unsure)
		if err == nil || try == deadlockTries || !isDeadlock(err) {
			return err
		}
	}
}

// writeOnce runs change in one transaction. unsure is the id of one that may have been
// committed before; 0 if there is none.
func (d *database) writeOnce(ctx context.Context, change func(ledger.Transaction) error, unsure *int64) error {
	if *unsure != 0 {
		if committed, err := d.isCommitted(ctx, *unsure); err != nil || committed {
			return err
		}
		*unsure = 0
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	id, now, err := d.begin(ctx, tx)
	if err == nil {
		err = change(transaction{tx, d, now})
	}
	if err != nil {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) && !isUnreached(back) && ctx.Err() == nil {
			err = errors.Join(err, back)
		}
		return err
	}
	err = tx.Commit()
	var refused *pgconn.PgError
	if err != nil && (isUnreached(err) || ctx.Err() != nil) && !errors.As(err, &refused) {
		*unsure = id
	}
	return err
}

// idleInTransaction is how long a transaction waits for a machine that has died: its
// locks go with it.
const idleInTransaction = "15s"

// begin returns the id of a transaction and the database's time. What set_config sets
// ends with the transaction, whoever gets the connection then.
func (d *database) begin(ctx context.Context, tx *sql.Tx) (id int64, now time.Time, err error) {
	const q = `SELECT txid_current(), ` + nowMillis + `, set_config('idle_in_transaction_session_timeout', '` + idleInTransaction + `', true)`
	var ms int64
	var set string
	if err := tx.QueryRowContext(ctx, q).Scan(&id, &ms, &set); err != nil {
		return 0, time.Time{}, err
	}
	return id, d.clock.show(ms), nil
}

// isCommitted reports whether a transaction was committed. It is an error if that is not
// known yet: the server may not have noticed that the connection broke off.
func (d *database) isCommitted(ctx context.Context, id int64) (bool, error) {
	var status sql.NullString
	err := d.db.QueryRowContext(ctx, `SELECT txid_status($1)`, id).Scan(&status)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == codeBadParameter:
		return false, nil // another server has taken over, which has never heard of it
	case err != nil:
		return false, err
	case status.String == "in progress":
		return false, &backfill.UnavailableError{Server: d.name(), Ledger: true,
			Err: fmt.Errorf("it has not said whether it has recorded the last change")}
	}
	return status.String == "committed", nil
}
