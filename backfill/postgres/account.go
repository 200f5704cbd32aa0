package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// UnreadableAccountError: the name of an account in the database makes no valid
// handle.
type UnreadableAccountError struct {
	// Acct is the name, fit to be shown.
	Acct string
	Err  error
}

func (e *UnreadableAccountError) Error() string {
	return fmt.Sprintf("an account whose name %v", e.Err)
}

func (e *UnreadableAccountError) Unwrap() error { return e.Err }

// Is says that it is home.ErrUnreadableAccount.
func (e *UnreadableAccountError) Is(target error) bool { return target == home.ErrUnreadableAccount }

// selectAccount reads account a, and the account m to which it has moved. Texts
// from other servers are bounded, in characters. Local accounts have no URI or URL
// in the database. The last column is postCount or, if that may not be read, 0.
const selectAccount = `
SELECT a.id, a.username, COALESCE(a.domain, ''), a.domain IS NULL, COALESCE(a.uri, ''), COALESCE(a.url, ''),
       left(a.display_name, 1000), left(a.note, 65536), COALESCE(m.username, ''), COALESCE(m.domain, ''), `

// fromAccounts are the accounts that it reads from.
const fromAccounts = ` FROM accounts a LEFT JOIN accounts m ON m.id = a.moved_to_account_id `

// accountRow is a row of selectAccount.
type accountRow struct {
	id                                        int64
	username, domain                          string
	local                                     bool
	uri, url, displayName, note, moved, movDm string
	posts                                     int64
}

func scanAccount(row pgx.CollectableRow) (accountRow, error) {
	var r accountRow
	err := row.Scan(&r.id, &r.username, &r.domain, &r.local, &r.uri, &r.url, &r.displayName, &r.note, &r.moved, &r.movDm, &r.posts)
	return r, err
}

func (d *Database) queryAccounts(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]accountRow, error) {
	posts := "0"
	if d.counted {
		posts = postCount
	}
	rows, err := tx.Query(ctx, selectAccount+posts+fromAccounts+where, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanAccount)
}

// Account finds h among the accounts that home knows. A database cannot have home
// fetch an account: one that is not there is ErrNoAccount. The handle of the
// result differs from h if h names the host on which the account lives instead of
// its domain.
func (d *Database) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return d.Known(ctx, h)
}

// Known does the same as Account.
func (d *Database) Known(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	found, err := d.one(ctx, func(ctx context.Context, tx pgx.Tx) ([]accountRow, error) {
		domain := h.Domain
		if domain == d.options.LocalDomain || domain == d.options.WebDomain {
			domain = "" // as index_accounts_on_username_and_domain_lower has it
		}
		rows, err := d.queryAccounts(ctx, tx, "WHERE lower(a.username) = $1 AND COALESCE(lower(a.domain), '') = $2 LIMIT 1", h.User, domain)
		if err != nil || len(rows) > 0 || domain == "" {
			return rows, err
		}
		rows, err = d.queryAccounts(ctx, tx, "WHERE lower(a.username) = $1 AND a.domain IS NOT NULL AND starts_with(a.uri, $2) LIMIT 2",
			h.User, "https://"+h.Domain+"/")
		if len(rows) > 1 {
			rows = nil
		}
		return rows, err
	})
	if err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s in Mastodon's database: %w", h, err)
	}
	return found, nil
}

// AccountAt finds an account of another server by the address of its actor or,
// failing that, of its profile; ErrNoAccount if home does not know it (yet).
func (d *Database) AccountAt(ctx context.Context, address string) (fediverse.Account, error) {
	found, err := d.one(ctx, func(ctx context.Context, tx pgx.Tx) ([]accountRow, error) {
		if address == "" || !storable(address) {
			return nil, nil
		}
		for _, column := range []string{"uri", "url"} {
			rows, err := d.queryAccounts(ctx, tx, "WHERE a."+column+" = $1 AND a.domain IS NOT NULL ORDER BY a.id LIMIT 1", address)
			if err != nil || len(rows) > 0 {
				return rows, err
			}
		}
		return nil, nil
	})
	if err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s in Mastodon's database: %w", show(address), err)
	}
	return found, nil
}

// AccountWithID finds an account by its id; ErrNoAccount if there is none.
func (d *Database) AccountWithID(ctx context.Context, id string) (fediverse.Account, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return fediverse.Account{}, fmt.Errorf("%s is no id of Mastodon's database: %w", show(id), backfill.ErrNoAccount)
	}
	found, err := d.one(ctx, func(ctx context.Context, tx pgx.Tx) ([]accountRow, error) {
		return d.queryAccounts(ctx, tx, "WHERE a.id = $1", number)
	})
	if err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up the account %d in Mastodon's database: %w", number, err)
	}
	return found, nil
}

// one makes an account of the first row.
func (d *Database) one(ctx context.Context, query func(context.Context, pgx.Tx) ([]accountRow, error)) (fediverse.Account, error) {
	rows, err := read(ctx, d, query)
	if err != nil {
		return fediverse.Account{}, err
	}
	if len(rows) == 0 {
		return fediverse.Account{}, backfill.ErrNoAccount
	}
	return d.account(rows[0])
}

func (d *Database) account(r accountRow) (fediverse.Account, error) {
	h, err := d.handle(r.username, r.domain)
	if err != nil {
		return fediverse.Account{}, err
	}
	a := fediverse.Account{
		ID: strconv.FormatInt(r.id, 10), Handle: h, Username: r.username, URI: r.uri, URL: r.url,
		DisplayName: r.displayName, Note: r.note, Local: r.local,
		Posts: int(min(max(r.posts, 0), math.MaxInt32)),
	}
	if a.URL == "" {
		a.URL = a.URI
	}
	if a.Local {
		a.URL = "https://" + d.options.WebDomain + "/@" + r.username
	}
	if r.moved != "" {
		if a.MovedTo, err = d.handle(r.moved, r.movDm); err != nil {
			return fediverse.Account{}, fmt.Errorf("reading where %s has moved to: %w", h, err)
		}
	}
	return a, nil
}

// handle makes a handle of an account's name; home's own accounts have no domain.
func (d *Database) handle(username, domain string) (fediverse.Handle, error) {
	if domain == "" {
		domain = d.options.LocalDomain
	}
	h, err := fediverse.ParseHandle(username + "@" + domain)
	if err != nil {
		// its advice is for somebody who typed the handle
		return fediverse.Handle{}, &UnreadableAccountError{Acct: show(username + "@" + domain), Err: errors.New(err.Error())}
	}
	return h, nil
}

// accountID is the id of an account of this database.
func accountID(a fediverse.Account) (int64, error) {
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s has the id %s, which is none of Mastodon's database", a.Handle, show(a.ID))
	}
	return id, nil
}
