package backfill

import (
	"context"

	"tootfill/backfill/fediverse"
)

// spellers are Accounts that ask for an account as somebody has spelled its user
// part. Handles are in lower case, but a server may be case-sensitive, and then
// knows the account only by its own spelling.
type spellers interface {
	AccountSpelled(ctx context.Context, h fediverse.Handle, spelling string) (fediverse.Account, error)
}

// AccountSpelled finds an account by the user part as it was typed, if that is
// known and makes a difference.
func AccountSpelled(ctx context.Context, accounts Accounts, h fediverse.Handle, spelling string) (fediverse.Account, error) {
	if by, ok := accounts.(spellers); ok && spelling != "" {
		return by.AccountSpelled(ctx, h, spelling)
	}
	return accounts.Account(ctx, h)
}
