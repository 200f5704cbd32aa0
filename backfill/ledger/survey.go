package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"
	"unicode/utf8"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Survey reads how the ledger stands, for one home server or for all of them, and
// changes nothing on disk. It opens the ledger anew for every reading, so it sees one
// that has since been created; if there is none, it reads an empty one.
type Survey struct {
	// Open opens the ledger for reading. Its errors are those of reading, too.
	Open func(context.Context) (*Ledger, error)
	// Home names the home server whose records are read; empty means all.
	Home string
}

// read opens the ledger and closes it when reading is done.
func (s Survey) read(ctx context.Context, reading func(*Ledger) error) error {
	ledger, err := s.Open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(reading(ledger), ledger.Close())
}

// Standing is how the ledger stands at a moment.
type Standing struct {
	// Running are the runs that a living process works on, the oldest first.
	Running []RunningAccount
	// Unfinished counts the runs that were interrupted and can be resumed.
	Unfinished int
	// Deferred counts the accounts that have to wait.
	Deferred int
	// DoneToday counts the accounts whose backfill has succeeded or was handed to
	// home since the beginning of the day, and ImportedToday the posts of all runs
	// that have ended since then, or were interrupted.
	DoneToday, ImportedToday int
}

// RunningAccount is an account that a process works on.
type RunningAccount struct {
	Account fediverse.Handle
	// Since is when the run began, maybe in an earlier process.
	Since time.Time
	PID   int
}

// Standing reads how the ledger stands. today is the beginning of the day.
func (s Survey) Standing(ctx context.Context, today time.Time) (Standing, error) {
	var standing Standing
	err := s.read(ctx, func(l *Ledger) (err error) {
		if standing, err = s.counts(ctx, l, today); err == nil {
			err = s.running(ctx, l, &standing)
		}
		if err != nil {
			return fmt.Errorf("reading how the ledger stands: %w", l.db.Explain(ctx, err))
		}
		return nil
	})
	return standing, err
}

func (s Survey) counts(ctx context.Context, l *Ledger, today time.Time) (Standing, error) {
	const q = `SELECT
		(SELECT count(*) FROM runs JOIN accounts ON accounts.id = account_id WHERE finished_at IS NULL AND (?1 = '' OR home = ?1)),
		(SELECT count(*) FROM deferred JOIN accounts ON accounts.id = account_id WHERE ?1 = '' OR home = ?1),
		count(DISTINCT account_id) FILTER (WHERE finished_at IS NOT NULL AND status IN (?3, ?4)), coalesce(sum(imported), 0)
		FROM runs JOIN accounts ON accounts.id = account_id
		WHERE coalesce(finished_at, started_at) >= ?2 AND (?1 = '' OR home = ?1)`
	var c Standing
	row := l.db.QueryRowContext(ctx, q, s.Home, millis(today), string(backfill.Done), string(backfill.Queued))
	err := row.Scan(&c.Unfinished, &c.Deferred, &c.DoneToday, &c.ImportedToday)
	return c, err
}

// running adds the runs that living processes have claimed, and does not count them
// as unfinished.
func (s Survey) running(ctx context.Context, l *Ledger, standing *Standing) error {
	const q = `SELECT handle, runs.started_at, pid, owners.id FROM claims
		JOIN runs ON runs.id = run_id JOIN accounts ON accounts.id = claims.account_id JOIN owners ON owners.id = owner_id
		WHERE finished_at IS NULL AND (?1 = '' OR home = ?1) ORDER BY runs.started_at, handle`
	rows, err := l.db.QueryContext(ctx, q, s.Home)
	if err != nil {
		return err
	}
	claimed, err := scanRunning(rows)
	if err != nil {
		return err
	}
	alive := make(map[string]bool)
	for _, r := range claimed {
		if _, looked := alive[r.owner]; !looked {
			if alive[r.owner], err = l.db.IsAlive(ctx, l.db, r.owner); err != nil {
				return err
			}
		}
		if alive[r.owner] {
			standing.Running = append(standing.Running, r.RunningAccount)
		}
	}
	// A run may have begun between the two reads.
	standing.Unfinished = max(0, standing.Unfinished-len(standing.Running))
	return nil
}

// claimedAccount is an account that a process has claimed, living or not.
type claimedAccount struct {
	RunningAccount
	owner string
}

// scanRunning reads all rows before anything else is asked: a question in the middle
// would need a second connection.
func scanRunning(rows *sql.Rows) (claimed []claimedAccount, err error) {
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var c claimedAccount
		var handle string
		var started int64
		if err := rows.Scan(&handle, &started, &c.PID, &c.owner); err != nil {
			return nil, err
		}
		c.Account, c.Since = parseStored(handle), fromMillis(started)
		claimed = append(claimed, c)
	}
	return claimed, rows.Err()
}

// Deferred reads all deferred accounts, in the order of their times. Nothing is held
// between two reads of the file, however long the caller takes.
func (s Survey) Deferred(ctx context.Context) iter.Seq2[backfill.Deferral, error] {
	return func(yield func(backfill.Deferral, error) bool) {
		more := true
		err := s.read(ctx, func(l *Ledger) error {
			for d, err := range l.deferrals(ctx, s.Home, never) {
				if err != nil {
					return err
				}
				if more = yield(d, nil); !more {
					return nil
				}
			}
			return nil
		})
		if err != nil && more {
			yield(backfill.Deferral{}, err)
		}
	}
}

// Accounts reads up to n accounts whose handles begin with a prefix, in the order of
// the alphabet.
func (s Survey) Accounts(ctx context.Context, prefix string, n int) ([]fediverse.Handle, error) {
	// No character of a handle comes after the last one of Unicode.
	const q = `SELECT DISTINCT handle FROM accounts
		WHERE (?1 = '' OR home = ?1) AND handle >= ?2 AND handle < ?3 ORDER BY handle LIMIT ?4`
	var found []fediverse.Handle
	err := s.read(ctx, func(l *Ledger) error {
		rows, err := l.db.QueryContext(ctx, q, s.Home, prefix, prefix+string(utf8.MaxRune), n)
		if err != nil {
			return fmt.Errorf("reading the accounts: %w", l.db.Explain(ctx, err))
		}
		defer rows.Close() //nolint:errcheck // Err tells
		for rows.Next() {
			var handle string
			if err := rows.Scan(&handle); err != nil {
				return err
			}
			found = append(found, parseStored(handle))
		}
		return rows.Err()
	})
	return found, err
}
