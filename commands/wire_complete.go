package commands

import (
	"context"
	"time"

	"tootfill/commands/settings"
)

const (
	// mostHandles is how many accounts of the ledger a shell is offered.
	mostHandles = 200
	// completionPatience is how long somebody who pressed Tab waits for them.
	completionPatience = 2 * time.Second
)

// ledgerHandles are accounts in the ledger whose handles begin with a prefix. Without a
// ledger that can be read there are none: nobody who presses Tab wants to see an error.
func ledgerHandles(ctx context.Context, env Env, o settings.Flags, prefix string) []string {
	known, _ := readAllSettings(o, env.Getenv)
	if known.Ledger.IsNone() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	accounts, err := surveyOf(known.Ledger, "", env.Clock).Accounts(ctx, prefix, mostHandles)
	if err != nil {
		return nil
	}
	handles := make([]string, len(accounts))
	for i, a := range accounts {
		handles[i] = a.String()
	}
	return handles
}
