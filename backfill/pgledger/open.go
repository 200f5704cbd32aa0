package pgledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
	"tootfill/backfill/pgerror"
)

// Options say where a ledger is, whose records it holds and which limit applies.
type Options struct {
	// URL is the address of the database as libpq understands it: postgres://…. What it
	// leaves out comes from libpq's own sources (PGHOST, PGPASSWORD, ~/.pgpass).
	URL string
	// Home names the home server whose records are read and written.
	Home string
	// Limit says how often an account may be backfilled.
	Limit limit.Limit
	// ReadOnly leaves everything in the database as it is. A missing ledger is ErrNone.
	ReadOnly bool
	// Copy opens a ledger as a copy that may be unfinished, to go on with it.
	Copy bool
	// Patience waits for a database that is away after it was opened. Default: nobody
	// waits.
	Patience Patience
	// Lease is how long a process counts as alive that is not heard of. It is the same
	// for all that use the ledger. Default: 45 seconds.
	Lease time.Duration
	// Elapsed measures the lease on this machine. It never goes back, and goes on while
	// the machine is suspended. Default: the machine's own.
	Elapsed func() time.Duration
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

// Open opens the ledger, creates its tables if there are none and brings older ones up
// to date. Most of its errors have a hint (*backfill.Hinted). None shows a password.
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
	d, err := connect(o)
	if err != nil {
		return nil, err
	}
	if err := d.prepare(ctx); err != nil {
		return nil, closing(d.unopened(ctx, err), d)
	}
	return d, nil
}

// connect makes a database that has no connection yet.
func connect(o Options) (*database, error) {
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	d := &database{
		options: o, db: stdlib.OpenDB(*config), clock: newClock(o),
		elapsed: o.Elapsed, writing: make(chan struct{}, 1),
	}
	d.host, _ = os.Hostname() // it is only shown
	d.alive, d.end = context.WithCancel(context.Background())
	d.db.SetMaxOpenConns(connections)
	d.db.SetMaxIdleConns(connections)
	return d, nil
}

// closing closes a database that is of no use.
func closing(err error, d *database) error {
	if closed := d.Close(nil); closed != nil {
		return errors.Join(err, closed)
	}
	return err
}

func (o Options) withDefaults() Options {
	if o.Patience == nil {
		o.Patience = impatient{}
	}
	if o.Elapsed == nil {
		o.Elapsed = elapsed
	}
	o.Lease = cmp.Or(o.Lease, leaseTime)
	return o
}

// config turns the options into the driver's.
func (o Options) config() (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, hinted(backfill.Hint{Kind: backfill.DatabaseAddress}, "the address of the ledger's database cannot be used: %s", pgerror.Unusable(err))
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
