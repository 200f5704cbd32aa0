package postgres

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill/fediverse"
)

// userLists is what lists need in addition.
func userLists() (tables, columns []string) {
	return pairs([]readable{
		{"lists", []string{"id", "account_id", "title"}},
		{"list_accounts", []string{"list_id", "account_id"}},
	})
}

// remoteAccount joins to a row r of accounts a remote account that is not suspended,
// and localTarget the local account l that it is about.
const (
	remoteAccount = `JOIN accounts t ON t.id = r.account_id AND t.domain IS NOT NULL AND t.suspended_at IS NULL `
	localTarget   = `JOIN accounts l ON l.id = r.target_account_id AND l.domain IS NULL AND l.suspended_at IS NULL AND l.id > 0 `
	// localList joins to an entry r the list s that it is in, and the local account l
	// that has the list.
	localList = `JOIN lists s ON s.id = r.list_id JOIN accounts l ON l.id = s.account_id AND l.domain IS NULL AND l.suspended_at IS NULL `
)

// RemoteFollowers lists the remote accounts that follow local ones; see
// [home.Database].
func (d *Database) RemoteFollowers(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	return d.pages("who follows", func(before int64) ([]accountRow, error) {
		return d.accountsIn(ctx, "follows r "+localTarget+remoteAccount+"WHERE r.account_id < $1", before)
	})
}

// RemoteRequests lists the remote accounts that have asked to follow local ones; see
// [home.Database].
func (d *Database) RemoteRequests(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	return d.pages("who asks to follow", func(before int64) ([]accountRow, error) {
		return d.accountsIn(ctx, "follow_requests r "+localTarget+remoteAccount+"WHERE r.account_id < $1", before)
	})
}

// HasList reports whether a local account has a list with a title; see
// [home.Database]. If the role may not read lists, the error is an *AccessError with a
// hint that names the right.
func (d *Database) HasList(ctx context.Context, title string) (bool, error) {
	if !storable(title) {
		return false, nil
	}
	const query = `SELECT EXISTS (SELECT FROM lists s JOIN accounts l ON l.id = s.account_id AND l.domain IS NULL AND l.suspended_at IS NULL
		WHERE lower(s.title) = lower($1))`
	found, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (found bool, err error) {
		err = tx.QueryRow(ctx, query, title).Scan(&found)
		return found, err
	})
	if err = d.detail(ctx, err, userLists); err != nil {
		return false, fmt.Errorf("looking for a list in Mastodon's database: %w", err)
	}
	return found, nil
}

// ListAccounts lists the remote accounts of lists with a title; see [home.Database].
func (d *Database) ListAccounts(ctx context.Context, title string) iter.Seq2[fediverse.Account, error] {
	return d.pages("who is in a list", func(before int64) ([]accountRow, error) {
		rows, err := d.accountsIn(ctx, "list_accounts r "+localList+remoteAccount+"WHERE r.account_id < $1 AND lower(s.title) = lower($3)", before, title)
		return rows, d.detail(ctx, err, userLists)
	})
}

// accountsIn reads a page of the accounts r.account_id of rows r. It picks the ids
// first, as followedBefore does. $1 and $2 are before and the length of a page.
func (d *Database) accountsIn(ctx context.Context, rows string, before int64, args ...any) ([]accountRow, error) {
	where := "WHERE a.id IN (SELECT DISTINCT r.account_id FROM " + rows + " ORDER BY r.account_id DESC LIMIT $2) ORDER BY a.id DESC"
	return read(ctx, d, func(ctx context.Context, tx pgx.Tx) ([]accountRow, error) {
		return d.queryAccounts(ctx, tx, where, append([]any{before, followedPage}, args...)...)
	})
}
