package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"hash"
	"strings"
)

const (
	// copyBatch is how many rows are copied in a transaction, and insertBatch how many at
	// most with a statement. mostParameters is what any database takes at least.
	copyBatch      = 2000
	insertBatch    = 400
	mostParameters = 30_000
)

// copyTable copies the rows of a table that the copy lacks.
func (c *copier) copyTable(ctx context.Context, t Table) error {
	all, err := countRows(ctx, c.from, t)
	if err != nil {
		return err
	}
	done, err := countRows(ctx, c.to, t)
	if err != nil {
		return err
	}
	for {
		c.tell(t.Name, false, done, all)
		var copied int
		err := c.to.Write(ctx, func(tx Transaction) (err error) {
			copied, err = c.copyBatch(ctx, tx, t)
			return err
		})
		if err != nil || copied == 0 {
			return err
		}
		done += int64(copied)
	}
}

func countRows(ctx context.Context, r Reader, t Table) (n int64, err error) {
	err = r.QueryRowContext(ctx, `SELECT count(*) FROM `+t.Name).Scan(&n)
	return n, err
}

// copyBatch copies the rows that follow the last one in the copy. Where two processes
// copy the same ledger, the lock on the mark makes them take turns.
func (c *copier) copyBatch(ctx context.Context, tx Transaction, t Table) (int, error) {
	var source string
	var stale int
	if err := tx.QueryRowContext(ctx, lockMark).Scan(&source, &stale); err != nil {
		return 0, err
	}
	last := make([]any, len(t.Key))
	err := tx.QueryRowContext(ctx, t.lastKey()).Scan(pointers(last)...)
	if errors.Is(err, sql.ErrNoRows) {
		last, err = nil, nil
	}
	if err != nil {
		return 0, err
	}
	rows, err := readRows(ctx, c.from, t, last, copyBatch)
	if err != nil {
		return 0, err
	}
	for left := rows; len(left) > 0; {
		n := min(len(left), insertBatch, mostParameters/len(t.Columns))
		if err := insertRows(ctx, tx, t, left[:n]); err != nil {
			return 0, err
		}
		left = left[n:]
	}
	return len(rows), nil
}

func insertRows(ctx context.Context, tx Transaction, t Table, rows [][]any) error {
	args := make([]any, 0, len(rows)*len(t.Columns))
	for _, row := range rows {
		for i, value := range row {
			if n, ok := value.(int64); ok && t.Columns[i].Boolean {
				value = n != 0
			}
			args = append(args, value)
		}
	}
	_, err := tx.ExecContext(ctx, t.insert(len(rows)), args...)
	return err
}

// readRows reads rows that come after a key, in the order of the keys; nil comes before
// the first one.
func readRows(ctx context.Context, r Reader, t Table, after []any, most int) ([][]any, error) {
	rows, err := r.QueryContext(ctx, t.page(after == nil), append(after[:len(after):len(after)], most)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var all [][]any
	for rows.Next() {
		row := make([]any, len(t.Columns))
		if err := rows.Scan(pointers(row)...); err != nil {
			return nil, err
		}
		for i := range row {
			row[i] = common(row[i])
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

func pointers(values []any) []any {
	to := make([]any, len(values))
	for i := range values {
		to[i] = &values[i]
	}
	return to
}

// common is a value in the form that all databases have in common. PostgreSQL keeps
// neither text that is not UTF-8 nor the character 0.
func common(value any) any {
	switch v := value.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case string:
		return strings.ReplaceAll(strings.ToValidUTF8(v, "\uFFFD"), "\x00", "")
	}
	return value
}

// compare compares all rows of a table with those of its copy.
func (c *copier) compare(ctx context.Context, t Table) error {
	all, err := countRows(ctx, c.from, t)
	if err != nil {
		return err
	}
	want, rows, err := digest(ctx, c.from, t, func(n int64) { c.tell(t.Name, true, n/2, all) })
	if err != nil {
		return err
	}
	got, copied, err := digest(ctx, c.to, t, func(n int64) { c.tell(t.Name, true, (rows+n)/2, all) })
	if err != nil {
		return err
	}
	if rows != copied || string(want) != string(got) {
		return errors.Join(ErrChanged, c.spoil(ctx))
	}
	c.rows[t.Name] = rows
	return nil
}

// digest is a hash of all rows of a table, and their number. tell is told how far it is.
func digest(ctx context.Context, r Reader, t Table, tell func(rows int64)) (sum []byte, n int64, err error) {
	h := sha256.New()
	places := t.keyPlaces()
	for after := []any(nil); ; {
		rows, err := readRows(ctx, r, t, after, copyBatch)
		if err != nil {
			return nil, n, err
		}
		for _, row := range rows {
			writeRow(h, row)
		}
		if n += int64(len(rows)); len(rows) < copyBatch {
			return h.Sum(nil), n, nil
		}
		tell(n)
		last := rows[len(rows)-1]
		after = make([]any, len(places))
		for i, place := range places {
			after[i] = last[place]
		}
	}
}

// writeRow hashes a row, so that no two rows hash the same text.
func writeRow(h hash.Hash, row []any) {
	for _, value := range row {
		switch v := value.(type) {
		case string:
			fmt.Fprintf(h, "%d:%s", len(v), v)
		case []byte:
			fmt.Fprintf(h, "%d:%s", len(v), v)
		default:
			fmt.Fprintf(h, "%v,", v)
		}
	}
	_, _ = h.Write([]byte{'\n'}) // a hash never fails
}
