package home

import (
	"context"
	"errors"
	"fmt"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Accounts finds accounts in home's database.
type Accounts struct {
	// Database says in its Standing what moderators have decided, as Moderated
	// does.
	Database backfill.Accounts
	// Home is home's name.
	Home string
	// IsHome reports whether a domain is home's own; all its accounts are known.
	IsHome func(domain string) bool
	// Fetch makes home fetch an account through its API; nil without a token.
	Fetch backfill.Accounts
	// Unknown allows accounts that home does not know. Nobody there follows them,
	// so this has to be asked for.
	Unknown bool
}

// Account finds h. If home does not know it, home fetches it if possible; otherwise
// it has a handle but no id, and its first post makes it known.
func (l Accounts) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return l.AccountSpelled(ctx, h, h.User)
}

// AccountSpelled is Account for a user part as it was typed.
func (l Accounts) AccountSpelled(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	return l.find(ctx, h, func() (fediverse.Account, error) {
		if l.Fetch == nil {
			a := stranger(h)
			a.Username = spelling
			return a, nil
		}
		return backfill.AccountSpelled(ctx, l.Fetch, h, spelling)
	})
}

// Known is Account without any fetching, for dry runs.
func (l Accounts) Known(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return l.find(ctx, h, func() (fediverse.Account, error) { return stranger(h), nil })
}

// Standing says how home stands to a.
func (l Accounts) Standing(ctx context.Context, a fediverse.Account) (backfill.Standing, error) {
	return l.Database.Standing(ctx, a)
}

// stranger is an account that home does not know.
func stranger(h fediverse.Handle) fediverse.Account {
	return fediverse.Account{Handle: h, Username: h.User}
}

func (l Accounts) find(ctx context.Context, h fediverse.Handle, otherwise func() (fediverse.Account, error)) (fediverse.Account, error) {
	a, err := l.Database.Known(ctx, h)
	if !errors.Is(err, backfill.ErrNoAccount) || l.IsHome(h.Domain) {
		return a, err
	}
	// If home takes nothing from its server, that is the reason to report: home may
	// have forgotten the account because of it, and no follow would help.
	standing, standingErr := l.Standing(ctx, stranger(h))
	switch {
	case standingErr != nil:
		return a, standingErr
	case standing.Refusal != "":
		return stranger(h), nil
	case l.Unknown:
		return otherwise()
	}
	return a, &backfill.Hinted{
		Err:  fmt.Errorf("%s does not know the account: %w", l.Home, err),
		Hint: backfill.Hint{Kind: backfill.MeetFirst, About: l.Home},
	}
}
