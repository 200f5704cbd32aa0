package commands

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"iter"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/push"
)

// homeDatabase is what is asked of the home server's own database.
type homeDatabase interface {
	push.Database
	// Accounts finds those that home knows; a database cannot have home fetch
	// one. Standing tells the decisions of home's moderators too; of an account
	// that home does not know, which has no ID, those about its domain.
	backfill.Accounts
	// HeldCount counts an account's own public and unlisted posts on home.
	HeldCount(ctx context.Context, a fediverse.Account) (int, error)
	// AccountAt finds one by the address of its actor or of its profile.
	AccountAt(ctx context.Context, address string) (fediverse.Account, error)
	// Followed lists the remote accounts that local ones follow.
	Followed(ctx context.Context, since int64) iter.Seq2[fediverse.Account, error]
	// InstanceKey is the key with which home signs its own requests.
	InstanceKey(ctx context.Context) (keyID string, key *rsa.PrivateKey, err error)
	retention
}

// localAccounts finds accounts in home's database.
type localAccounts struct {
	homeDatabase
	home string
	// isHome says that a domain is home's own; its accounts are all known.
	isHome func(domain string) bool
	// fetch has home fetch an account over its API; nil without a token.
	fetch backfill.Accounts
	// unknown allows accounts that home does not know: nobody there follows
	// them, so that has to be wanted.
	unknown bool
}

// Account finds h. One that home does not know is fetched if possible;
// otherwise it has a handle and no id, and the first of its posts brings it.
func (l localAccounts) Account(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return l.AccountSpelled(ctx, h, h.User)
}

// AccountSpelled is Account for a user part as it was typed.
func (l localAccounts) AccountSpelled(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	return l.find(ctx, h, func() (fediverse.Account, error) {
		if l.fetch == nil {
			a := stranger(h)
			a.Username = spelling
			return a, nil
		}
		return backfill.AccountSpelled(ctx, l.fetch, h, spelling)
	})
}

// Known is Account without any fetching, for dry runs.
func (l localAccounts) Known(ctx context.Context, h fediverse.Handle) (fediverse.Account, error) {
	return l.find(ctx, h, func() (fediverse.Account, error) { return stranger(h), nil })
}

func stranger(h fediverse.Handle) fediverse.Account {
	return fediverse.Account{Handle: h, Username: h.User}
}

func (l localAccounts) find(ctx context.Context, h fediverse.Handle, otherwise func() (fediverse.Account, error)) (fediverse.Account, error) {
	a, err := l.homeDatabase.Known(ctx, h)
	if !errors.Is(err, backfill.ErrNoAccount) || l.isHome(h.Domain) {
		return a, err
	}
	// Where home takes nothing of its server, that is the reason to be told:
	// home may have forgotten the account for it, and no follow would help.
	standing, standingErr := l.Standing(ctx, stranger(h))
	switch {
	case standingErr != nil:
		return a, standingErr
	case standing.Refusal != "":
		return stranger(h), nil
	case l.unknown:
		return otherwise()
	}
	return a, &backfill.Hinted{
		Err:  fmt.Errorf("%s does not know the account: %w", l.home, err),
		Hint: backfill.Hint{Kind: backfill.MeetFirst, About: l.home},
	}
}
