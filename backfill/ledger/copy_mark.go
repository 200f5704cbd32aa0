package ledger

import (
	"context"
	"slices"
)

// A copy that is not finished has a table of its own, with one row: what it is a copy of,
// how to go on with it, and whether it has to begin anew.

// UnfinishedCopy is the query that says how to go on with an unfinished copy; see
// [Copying]. A database that has no table of the name CopyMark is none.
const UnfinishedCopy = `SELECT command FROM ` + copyMark

// CopyMark is the table that only an unfinished copy has.
const CopyMark = copyMark

const lockMark = `SELECT source, stale FROM ` + copyMark + ` /* FOR UPDATE */`

// begin marks To as a copy, or finds that it is one already.
func (c *copier) begin(ctx context.Context) (resumed bool, err error) {
	there, err := c.to.Tables(ctx)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(there, func(t Table) bool { return t.Name == copyMark }) {
		return true, c.resume(ctx)
	}
	if err := unused(ctx, c.to); err != nil {
		return false, err
	}
	return false, c.to.Write(ctx, func(tx Transaction) error {
		for _, t := range c.tables {
			var any bool
			if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+t.Name+`)`).Scan(&any); err != nil {
				return err
			}
			if any {
				return ErrNotEmpty
			}
		}
		return c.mark(ctx, tx)
	})
}

// mark marks To, unless another process that copies has just done so.
func (c *copier) mark(ctx context.Context, tx Transaction) error {
	if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS `+copyMark+` (source TEXT NOT NULL, command TEXT NOT NULL, stale INTEGER NOT NULL)`); err != nil {
		return err
	}
	const insert = `INSERT INTO ` + copyMark + ` (source, command, stale)
		SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), 0 WHERE NOT EXISTS (SELECT 1 FROM ` + copyMark + `)`
	if _, err := tx.ExecContext(ctx, insert, c.Source, c.Command); err != nil {
		return err
	}
	var source string
	var stale int
	if err := tx.QueryRowContext(ctx, lockMark).Scan(&source, &stale); err != nil {
		return err
	}
	if source != c.Source {
		return ErrOtherCopy
	}
	return nil
}

// resume goes on with a copy. One that differs from its source begins anew.
func (c *copier) resume(ctx context.Context) error {
	return c.to.Write(ctx, func(tx Transaction) error {
		var source string
		var stale int
		if err := tx.QueryRowContext(ctx, lockMark).Scan(&source, &stale); err != nil {
			return err
		}
		if source != c.Source {
			return ErrOtherCopy
		}
		if stale == 0 {
			return nil
		}
		for _, t := range slices.Backward(c.tables) {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+t.Name); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE `+copyMark+` SET stale = 0`)
		return err
	})
}

// spoil notes that the copy differs from its source.
func (c *copier) spoil(ctx context.Context) error {
	return c.to.Write(ctx, func(tx Transaction) error {
		_, err := tx.ExecContext(ctx, `UPDATE `+copyMark+` SET stale = 1`)
		return err
	})
}

// finish makes a ledger of the copy.
func (c *copier) finish(ctx context.Context) error {
	return c.to.Write(ctx, func(tx Transaction) error {
		if err := c.to.Renumber(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DROP TABLE IF EXISTS `+copyMark)
		return err
	})
}
