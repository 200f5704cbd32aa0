package ledger

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill"
)

// A ledger is copied table by table, in the order of the keys, many rows a transaction.
// So a copy that was killed continues after the last row that it has. Until all is
// copied and was compared, the copy holds a mark (copy_mark.go), and no other command
// opens it.

// Copyable is a database that can be copied, or hold a copy.
type Copyable interface {
	Database
	// Tables describes all tables.
	Tables(ctx context.Context) ([]Table, error)
	// Renumber lets the numbers of new rows come after those of all rows that there are.
	Renumber(ctx context.Context, tx Transaction) error
}

// Copying says what is copied to where.
type Copying struct {
	// From is opened for reading, and To as a copy.
	From, To *Ledger
	// Source names From: a copy that was begun is continued from the same one alone.
	// Command is the command line that does so, for people. Neither holds a password.
	Source, Command string
	// Tell is told how far the copy is; nil if nobody wants to know.
	Tell func(CopyProgress)
}

// CopyProgress is how far a copy is.
type CopyProgress struct {
	// Table is the table that is being copied or, if Comparing is set, compared.
	Table     string
	Comparing bool
	// Rows are those that this has come to, of all that there are in From.
	Rows, Of int64
}

// Copied is what a copy holds.
type Copied struct {
	Accounts, Runs, Posts int64
	// Tables and Rows count all tables and their rows.
	Tables int
	Rows   int64
	// Resumed says that the copy had been begun before.
	Resumed bool
}

var (
	// ErrNotEmpty says that the place of a copy holds something that is not one.
	ErrNotEmpty = errors.New("there is a ledger already")
	// ErrOtherCopy says that the place of a copy holds an unfinished one of another ledger.
	ErrOtherCopy = errors.New("there is an unfinished copy of another ledger")
	// ErrChanged says that the copy differs from what was copied, which was in use. The
	// next call copies it anew.
	ErrChanged = errors.New("the ledger was changed while it was copied")
	// ErrNotCopyable says that a database cannot be copied.
	ErrNotCopyable = errors.New("ledgers of this kind cannot be copied")

	// ErrOtherTables says that the ledger is of an older version, or of a newer one.
	ErrOtherTables = errors.New("the ledger does not have the tables of this version")
)

// copier copies a ledger.
type copier struct {
	Copying
	from, to Copyable
	tables   []Table
	rows     map[string]int64
}

// Copy copies a ledger of all home servers. What processes have claimed is not copied;
// the ledger that is copied must not be in use (a *backfill.LedgerInUseError). Other
// errors are ErrNotEmpty, ErrOtherCopy, ErrChanged, or of the databases.
func Copy(ctx context.Context, c Copying) (Copied, error) {
	from, ok := c.From.db.(Copyable)
	to, also := c.To.db.(Copyable)
	if !ok || !also {
		return Copied{}, ErrNotCopyable
	}
	r := &copier{Copying: c, from: from, to: to, rows: make(map[string]int64)}
	result, err := r.run(ctx)
	return result, err
}

func (c *copier) run(ctx context.Context) (result Copied, err error) {
	if err := unused(ctx, c.from); err != nil {
		return result, c.explain(ctx, c.from, err)
	}
	if c.tables, err = tablesToCopy(ctx, c.from, c.to); err != nil {
		return result, c.explain(ctx, c.from, err)
	}
	if result.Resumed, err = c.begin(ctx); err != nil {
		return result, c.explain(ctx, c.to, err)
	}
	for _, t := range c.tables {
		if err := c.copyTable(ctx, t); err != nil {
			return result, c.explain(ctx, c.to, fmt.Errorf("copying the table %s: %w", t.Name, err))
		}
	}
	for _, t := range c.tables {
		if err := c.compare(ctx, t); err != nil {
			return result, c.explain(ctx, c.to, fmt.Errorf("comparing the table %s: %w", t.Name, err))
		}
		result.Rows += c.rows[t.Name]
	}
	result.Tables, result.Accounts = len(c.tables), c.rows["accounts"]
	result.Runs, result.Posts = c.rows["runs"], c.rows["posts"]
	return result, c.explain(ctx, c.to, c.finish(ctx))
}

func (c *copier) explain(ctx context.Context, d Copyable, err error) error {
	if err == nil {
		return nil
	}
	return d.Explain(ctx, err)
}

// CheckUnused makes sure that no process works with the ledger, which would be a
// *backfill.LedgerInUseError.
func (l *Ledger) CheckUnused(ctx context.Context) error {
	if err := unused(ctx, l.db); err != nil {
		return l.db.Explain(ctx, err)
	}
	return nil
}

// unused makes sure that no living process has registered with a ledger.
func unused(ctx context.Context, d Database) error {
	owners, err := ownersOf(ctx, d)
	if err != nil {
		return err
	}
	for id, pid := range owners {
		alive, err := d.IsAlive(ctx, d, id)
		if err != nil {
			return err
		}
		if alive {
			return &backfill.LedgerInUseError{PID: pid}
		}
	}
	return nil
}

// ownersOf are the ids of processes by those of owners.
func ownersOf(ctx context.Context, r Reader) (map[string]int, error) {
	rows, err := r.QueryContext(ctx, `SELECT id, pid FROM owners`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	owners := make(map[string]int)
	for rows.Next() {
		var id string
		var pid int
		if err := rows.Scan(&id, &pid); err != nil {
			return nil, err
		}
		owners[id] = pid
	}
	return owners, rows.Err()
}

func (c *copier) tell(table string, comparing bool, rows, of int64) {
	if c.Tell != nil {
		c.Tell(CopyProgress{Table: table, Comparing: comparing, Rows: rows, Of: of})
	}
}
