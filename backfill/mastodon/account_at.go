package mastodon

import (
	"context"
	"fmt"
	"slices"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/loosejson"
)

// AccountAt finds the account whose actor or profile is at an address, with the
// search that resolves (Mastodon app/services/resolve_url_service.rb). Without
// fetch, home only checks whether it knows such an account.
func (s *Server) AccountAt(ctx context.Context, address string, fetch bool) (fediverse.Account, error) {
	var answer struct {
		Accounts []loosejson.Maybe[accountEntity] `json:"accounts"`
	}
	err := s.search(ctx, "accounts", address, fetch, searchLimit, &answer)
	var a accountEntity
	if err == nil {
		a, err = accountAt(address, loosejson.Values(answer.Accounts))
	}
	var found fediverse.Account
	if err == nil {
		found, err = s.account(ctx, a)
	}
	if err != nil {
		return fediverse.Account{}, fmt.Errorf("looking up %s at %s: %w", clean(address), s.Host(), err)
	}
	return found, nil
}

// accountAt picks the account at an address. Its page may differ from the one that
// home gives, but hardly be on another server: if other software finds nothing at
// an address, it searches for the words in it.
func accountAt(address string, found []accountEntity) (accountEntity, error) {
	found = slices.DeleteFunc(found, func(a accountEntity) bool { return a.ID == "" })
	for _, a := range found {
		if string(a.URI) == address || string(a.URL) == address {
			return a, nil
		}
	}
	if len(found) != 1 {
		return accountEntity{}, backfill.ErrNoAccount
	}
	if isOn(found[0], fediverse.HostOf(address)) {
		return found[0], nil
	}
	return accountEntity{}, fmt.Errorf("%w; it offers %s instead", backfill.ErrNoAccount, clean(string(found[0].Acct)))
}
