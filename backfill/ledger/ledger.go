package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/limit"
)

// Ledger is the record of one home server. It is safe for concurrent use.
type Ledger struct {
	db Database
	// home names the home server, and limit says how often an account may be backfilled.
	home     string
	limit    limit.Limit
	together together
	holds    holds
	// swept is when expired facts were last dropped, in milliseconds since 1970.
	swept atomic.Int64
	// pacesSwept is the same for paces.
	pacesSwept atomic.Int64
	// registered says that this process has been written to the ledger.
	registered atomic.Bool
}

var _ backfill.Ledger = (*Ledger)(nil)

// New returns the ledger of a home server in a database. The limit, which must be
// valid, says how often an account may be backfilled.
func New(db Database, home string, l limit.Limit) *Ledger {
	return &Ledger{db: db, home: home, limit: l}
}

// Clock is the clock by which the ledger counts. Whoever records a time has to reckon by
// it: several machines may share the ledger, and their own clocks may differ by hours.
func (l *Ledger) Clock() backfill.Clock { return l.db }

// Close releases all claims and closes the database. Runs that are not finished stay
// open and are resumed by the next Begin.
func (l *Ledger) Close() error {
	if !l.registered.Load() {
		return l.db.Close(nil)
	}
	self, err := l.db.Self()
	if err != nil { // it was closed before
		return nil
	}
	return l.db.Close(func(tx Transaction) error { return dropClaims(context.Background(), tx, self) })
}

// write runs change in one transaction, which is on disk when write returns nil.
func (l *Ledger) write(ctx context.Context, what string, change func(tx Transaction) error) error {
	if err := l.db.Write(ctx, change); err != nil {
		return fmt.Errorf("%s: %w", what, l.db.Explain(ctx, err))
	}
	return nil
}

// read asks a question that only reads. It may be asked several times, so the question
// must begin its answer anew.
func (l *Ledger) read(ctx context.Context, what string, question func(ctx context.Context) error) error {
	if err := l.db.Ask(ctx, question); err != nil {
		return fmt.Errorf("%s: %w", what, l.db.Explain(ctx, err))
	}
	return nil
}

// orNone is nil for a row that there is not.
func orNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// lacks reports whether the ledger was opened for reading in a version of its tables
// that is older than one.
func (l *Ledger) lacks(ctx context.Context, what string, version int) (bool, error) {
	if !l.db.ReadOnly() {
		return false, nil
	}
	have := 0
	err := l.read(ctx, what, func(ctx context.Context) (err error) {
		have, err = l.db.Version(ctx)
		return err
	})
	return have < version, err
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
