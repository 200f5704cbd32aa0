package sandbox

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"tootfill/backfill/fediverse"
)

// RemoteFollowers lists the remote accounts that follow you, those home learned of
// most recently first.
func (d *Database) RemoteFollowers(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	return d.accounts(ctx, func() []string { return d.home.followerURIs(false) })
}

// RemoteRequests lists the remote accounts that have asked to follow you.
func (d *Database) RemoteRequests(ctx context.Context) iter.Seq2[fediverse.Account, error] {
	return d.accounts(ctx, func() []string { return d.home.followerURIs(true) })
}

// HasList reports whether you have a list with a title, in whatever case.
func (d *Database) HasList(ctx context.Context, title string) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("looking for a list in home's database: %w", err)
	}
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	return slices.ContainsFunc(d.home.lists, func(l list) bool { return strings.EqualFold(l.title, title) }), nil
}

// ListAccounts lists the remote accounts of your lists with a title.
func (d *Database) ListAccounts(ctx context.Context, title string) iter.Seq2[fediverse.Account, error] {
	return d.accounts(ctx, func() (uris []string) {
		for _, l := range d.home.lists {
			if strings.EqualFold(l.title, title) {
				uris = append(uris, l.accounts...)
			}
		}
		return uris
	})
}

// accounts lists the accounts with URIs that are read with mu held.
func (d *Database) accounts(ctx context.Context, uris func() []string) iter.Seq2[fediverse.Account, error] {
	return func(yield func(fediverse.Account, error) bool) {
		for _, a := range d.accountsWith(uris) {
			if err := ctx.Err(); err != nil {
				yield(fediverse.Account{}, fmt.Errorf("listing accounts in home's database: %w", err))
				return
			}
			if !yield(a, nil) {
				return
			}
		}
	}
}

func (d *Database) accountsWith(uris func() []string) []fediverse.Account {
	d.home.mu.Lock()
	defer d.home.mu.Unlock()
	var rows []*knownAccount
	for _, uri := range uris() {
		if k := d.home.byURI[uri]; k != nil && k.Domain != "" && !d.home.suspendsServer(k) && !slices.Contains(rows, k) {
			rows = append(rows, k)
		}
	}
	return d.newestFirst(rows)
}

// newestFirst describes accounts, those with the highest ids first. With mu held.
func (d *Database) newestFirst(rows []*knownAccount) []fediverse.Account {
	slices.SortFunc(rows, func(a, b *knownAccount) int {
		if a.ID > b.ID {
			return -1
		}
		return 1
	})
	accounts := make([]fediverse.Account, len(rows))
	for i, k := range rows {
		accounts[i] = d.account(k)
	}
	return accounts
}
