package sandbox

import (
	"context"
	"strconv"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
)

// Here home's database answers what a service asks for one local account.

// AccountWithID finds an account by its id.
func (d *Database) AccountWithID(ctx context.Context, id string) (fediverse.Account, error) {
	return d.one(ctx, id, func() *knownAccount {
		number, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil
		}
		return d.home.accountByID(number)
	})
}

// StandingOf is Standing for one local account. Yours alone follows others.
func (d *Database) StandingOf(ctx context.Context, a fediverse.Account, asker string) (backfill.Standing, error) {
	if asker != formatID(d.home.you.ID) {
		return backfill.Standing{}, ctx.Err()
	}
	return d.Standing(ctx, a)
}
