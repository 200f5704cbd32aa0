package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill/fediverse"
)

// ownPosts is what counting the held posts of one account needs in addition.
func ownPosts() (tables, columns []string) {
	return pairs([]readable{{"statuses", []string{"account_id", "visibility", "reblog_of_id"}}})
}

// heldCountQuery finds the posts by an index of the accounts. The visibilities
// are public and unlisted (Mastodon app/models/concerns/status/visibility.rb).
const heldCountQuery = `SELECT count(*) FROM statuses
	WHERE account_id = $1 AND deleted_at IS NULL AND reblog_of_id IS NULL AND visibility IN (0, 1)`

// HeldCount counts a's own public and unlisted posts on home, without boosts. If the
// role may not, the error is an *AccessError with a hint that names the right.
func (d *Database) HeldCount(ctx context.Context, a fediverse.Account) (int, error) {
	id, err := accountID(a)
	if err != nil {
		return 0, err
	}
	n, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (n int, err error) {
		err = tx.QueryRow(ctx, heldCountQuery, id).Scan(&n)
		return n, err
	})
	if err = d.detail(ctx, err, ownPosts); err != nil {
		return 0, fmt.Errorf("counting the held posts of %s: %w", a.Handle, err)
	}
	return n, nil
}

// detail finds out which column may not be read, if err is about that: PostgreSQL
// itself names the table at most.
func (d *Database) detail(ctx context.Context, err error, wanted func() (tables, columns []string)) error {
	var closed *AccessError
	if !errors.As(err, &closed) {
		return err
	}
	if detailed := d.checkColumns(ctx, wanted); detailed != nil {
		return detailed
	}
	return err
}
