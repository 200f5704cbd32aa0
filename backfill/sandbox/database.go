package sandbox

import (
	"context"
	"crypto/rsa"
	"fmt"
	"strconv"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/home"
)

// Database answers, from what home holds, the questions that a real home server's
// database is asked. There is no PostgreSQL behind it.
type Database struct{ home *Home }

var _ home.Database = (*Database)(nil)

// Database is home's database. It need not be closed.
func (h *Home) Database() *Database { return &Database{home: h} }

// HeldURIs reports which of the URIs belong to posts that home has.
func (d *Database) HeldURIs(ctx context.Context, uris []string) (map[string]bool, error) {
	return d.which(ctx, uris, func(uri string) bool { return d.home.statuses[uri] != nil })
}

// StatusIDs returns the ids of those of the URIs whose posts home has.
func (d *Database) StatusIDs(ctx context.Context, uris []string) (map[string]int64, error) {
	held, err := d.HeldURIs(ctx, uris)
	if err != nil {
		return nil, err
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	ids := make(map[string]int64, len(held))
	for uri := range held {
		if s := d.home.statuses[uri]; s != nil {
			ids[uri] = s.ID
		}
	}
	return ids, nil
}

// Tombstones reports which of the URIs belong to posts that were deleted on home.
func (d *Database) Tombstones(ctx context.Context, uris []string) (map[string]bool, error) {
	return d.which(ctx, uris, func(uri string) bool { return d.home.tombstones[uri] })
}

// HeldCount counts a's own public and unlisted posts on home, without boosts.
func (d *Database) HeldCount(ctx context.Context, a fediverse.Account) (n int, err error) {
	err = d.known(ctx, a, func(k *knownAccount) {
		for _, st := range d.home.held[k.URI] {
			if st.BoostOf == "" && (st.Visibility <= Unlisted) {
				n++
			}
		}
	})
	return n, err
}

func (d *Database) which(ctx context.Context, uris []string, is func(uri string) bool) (map[string]bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("reading home's database: %w", err)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	found := map[string]bool{}
	for _, uri := range uris {
		if is(uri) {
			found[uri] = true
		}
	}
	return found, nil
}

// Account finds h among the accounts that home knows: a database cannot make home
// fetch one. If h names the host the account lives on rather than its domain, the
// result has a different handle. For any other account the error is ErrNoAccount.
func (d *Database) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return d.Known(ctx, h)
}

// Known does the same as Account.
func (d *Database) Known(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return d.one(ctx, h.String(), func() *knownAccount {
		if a := d.home.accountByHandle(h.User, h.Domain); a != nil {
			return a
		}
		for _, a := range d.home.accounts {
			if a.Domain != "" && hostOf(a.URI) == h.Domain && d.handle(a).User == h.User {
				return a
			}
		}
		return nil
	})
}

// AccountAt finds an account on another server by its actor or profile address.
func (d *Database) AccountAt(ctx context.Context, address string) (fediverse.Account, error) {
	return d.one(ctx, address, func() *knownAccount {
		for _, a := range d.home.accounts {
			if a.Domain != "" && (a.URI == address || a.URL == address) {
				return a
			}
		}
		return nil
	})
}

func (d *Database) one(ctx context.Context, name string, find func() *knownAccount) (fediverse.Account, error) {
	if err := ctx.Err(); err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s in home's database: %w", name, err)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	a := find()
	if a == nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s in home's database: %w", name, backfill.ErrNoAccount)
	}
	return d.account(a), nil
}

// account converts a row. With home.mu held.
func (d *Database) account(k *knownAccount) fediverse.Account {
	a := fediverse.Account{
		ID: formatID(k.ID), Handle: d.handle(k), Username: k.Username, URI: k.URI, URL: k.URL,
		DisplayName: k.DisplayName, Note: k.Note, Local: k.Domain == "",
	}
	if a.Local {
		a.URI = "" // the database has no URI for local accounts
	}
	if to := d.home.byURI[k.MovedTo]; to != nil {
		a.MovedTo = d.handle(to)
	}
	return a
}

// handle returns the zero Handle if the sandbox was given an invalid name.
func (d *Database) handle(k *knownAccount) fediverse.Handle {
	domain := k.Domain
	if domain == "" {
		domain = HomeDomain
	}
	h, err := fediverse.ParseHandle(k.Username + "@" + domain)
	if err != nil {
		return fediverse.Handle{}
	}
	return h
}

// Standing returns how home as a whole stands to a. As you are its only user, that
// is how you stand to a.
func (d *Database) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	var s backfill.Standing
	err := d.known(ctx, a, func(k *knownAccount) {
		f, ok := d.home.followOf(k.URI)
		s.Following, s.Requested = ok && !f.pending, ok && f.pending
	})
	return s, err
}

// Followers returns the ids of the local accounts that follow a: yours, or none.
func (d *Database) Followers(ctx context.Context, a fediverse.Account) ([]int64, error) {
	var ids []int64
	err := d.known(ctx, a, func(k *knownAccount) {
		if d.home.isFollowed(k.URI) {
			ids = append(ids, d.home.you.ID)
		}
	})
	return ids, err
}

// known calls see with the row of an account, if there is one. An account whose id
// is not a number is an error.
func (d *Database) known(ctx context.Context, a fediverse.Account, see func(*knownAccount)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reading home's database: %w", err)
	}
	id, err := strconv.ParseInt(a.ID, 10, 64)
	if err != nil {
		return fmt.Errorf("%s has the id %q, which is none of home's database", a.Handle, a.ID)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	if k := d.home.accountByID(id); k != nil {
		see(k)
	}
	return nil
}

// Retention returns how long home keeps the posts of other servers, counted from
// the date of the post; 0 means for ever.
func (d *Database) Retention(ctx context.Context) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("reading home's settings: %w", err)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	return d.home.retention, nil
}

// InstanceKey returns the key that home signs with, and its id.
func (d *Database) InstanceKey(ctx context.Context) (keyID string, key *rsa.PrivateKey, err error) {
	if err := ctx.Err(); err != nil {
		return "", nil, fmt.Errorf("reading home's key: %w", err)
	}
	pair, err := d.home.sandbox.homeKey()
	return homeKeyID, pair.signing.Private, err
}

// SetRetention sets how long home says it keeps the posts of other servers; 0
// means for ever. Nothing is actually deleted.
func (h *Home) SetRetention(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.retention = d
}
