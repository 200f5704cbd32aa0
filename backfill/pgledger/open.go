package pgledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
)

// Options say where a ledger is, whose records it holds and which limit applies.
type Options struct {
	// URL is the address of the database as libpq understands it: postgres://… or
	// key=value pairs. What it leaves out comes from libpq's own sources (PGHOST,
	// PGPASSWORD, ~/.pgpass).
	URL string
	// Home names the home server whose records are read and written.
	Home string
	// Limit says how often an account may be backfilled.
	Limit limit.Limit
	// ReadOnly leaves everything in the database as it is. A missing ledger is ErrNone.
	ReadOnly bool
	// Copy opens a ledger as a copy that may be unfinished, to go on with it.
	Copy bool
	// Clock takes the place of the database's clock in tests; otherwise nil.
	Clock backfill.Clock
	// Machine is the machine's clock, which is asked only how much time has passed. Default:
	// the real one.
	Machine backfill.Clock
}

// ErrNone says that there is no ledger in the database yet.
var ErrNone = errors.New("there is no ledger in the database yet")

const (
	connectTimeout = 10 * time.Second
	// connections is how many are open at most: one writes.
	connections = 4
)

// Open opens the ledger, and creates its tables if there are none.
func Open(ctx context.Context, o Options) (*ledger.Ledger, error) {
	d, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	return ledger.New(d, o.Home, o.Limit), nil
}

func open(ctx context.Context, o Options) (*database, error) {
	if o.URL == "" || o.Home == "" {
		return nil, errors.New("opening the ledger: its database or home server is not given")
	}
	if err := o.Limit.Valid(); err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	d := &database{options: o, db: stdlib.OpenDB(*config), clock: newClock(o)}
	d.alive, d.end = context.WithCancel(context.Background())
	d.db.SetMaxOpenConns(connections)
	d.db.SetMaxIdleConns(connections)
	if err := d.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the ledger in the %s: %w", o, d.Explain(ctx, err)), d.Close(nil))
	}
	return d, nil
}

// config turns the options into the driver's.
func (o Options) config() (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("the address of the ledger's database cannot be used") // the driver's error quotes it
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "tootfill"
	}
	// A pooler may give each transaction another connection.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = 0, 0
	if config.ConnectTimeout == 0 { // neither connect_timeout nor PGCONNECT_TIMEOUT says so
		config.ConnectTimeout = connectTimeout
	}
	return config, nil
}

// String says where the database is, without the password.
func (o Options) String() string {
	config, err := o.config()
	if err != nil {
		return "a database"
	}
	_, address := pgconn.NetworkAddress(config.Host, config.Port)
	return fmt.Sprintf("database %s at %s", cmp.Or(config.Database, config.User), address) // as the server chooses
}

// GoString keeps the password out of %#v.
func (o Options) GoString() string { return o.String() }

// prepare looks at the clock, and makes the tables if there are none.
func (d *database) prepare(ctx context.Context) error {
	if _, err := d.clock.read(ctx, d.db); err != nil {
		return err
	}
	exists, err := d.exists(ctx, d.db)
	switch {
	case err != nil:
		return err
	case exists:
		return d.checkCopy(ctx)
	case d.options.ReadOnly:
		return ErrNone
	}
	return d.create(ctx)
}

// exists reports whether there is a ledger. It reads the catalog as a table: a look for
// one name (to_regclass) may be answered from before another process made the tables.
func (d *database) exists(ctx context.Context, q querier) (exists bool, err error) {
	const look = `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'tootfill' AND tablename = 'pauses')`
	err = q.QueryRowContext(ctx, look).Scan(&exists)
	return exists, err
}

// creationLock keeps two processes from making the tables at the same time.
const creationLock = `SELECT pg_advisory_xact_lock(1953460084)` // "toot" in ASCII

func (d *database) create(ctx context.Context) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := d.createIn(ctx, tx); err != nil {
		_ = tx.Rollback() // the first error is the one that matters
		return err
	}
	return tx.Commit()
}

func (d *database) createIn(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, creationLock); err != nil {
		return err
	}
	exists, err := d.exists(ctx, tx)
	if err != nil || exists {
		return err
	}
	if err := refuseMastodon(ctx, tx); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS tootfill;`+version1)
	return err
}

// refuseMastodon refuses a database that is Mastodon's own.
func refuseMastodon(ctx context.Context, tx *sql.Tx) error {
	const q = `SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname <> 'tootfill' AND tablename IN ('statuses', 'status_stats', 'account_stats')`
	var theirs int
	if err := tx.QueryRowContext(ctx, q).Scan(&theirs); err != nil {
		return err
	}
	if theirs < 3 {
		return nil
	}
	return errors.New("it is Mastodon's own database, and a ledger needs another one")
}
