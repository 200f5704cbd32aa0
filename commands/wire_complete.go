package commands

import (
	"context"

	"tootfill/backfill/sqlite"
	"tootfill/commands/settings"
)

// mostHandles is how many accounts of the ledger a shell is offered.
const mostHandles = 200

// ledgerHandles are accounts in the ledger whose handles begin with a prefix. Without a
// ledger that can be read there are none: nobody who presses Tab wants to see an error.
func ledgerHandles(ctx context.Context, env Env, o settings.Flags, prefix string) []string {
	known, _ := readAllSettings(o, env.Getenv)
	if known.StateDir == "" {
		return nil
	}
	accounts, err := sqlite.Survey(known.StateDir, "", env.Clock).Accounts(ctx, prefix, mostHandles)
	if err != nil {
		return nil
	}
	handles := make([]string, len(accounts))
	for i, a := range accounts {
		handles[i] = a.String()
	}
	return handles
}
